// bonding: how many slaves each bonding interface has, and how many of them are up, from /sys/class/net.
#include <string>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kSlaves = {"node_bonding_slaves", MetricType::kGauge,
                                "Number of configured slaves per bonding interface.", "master"};
constexpr MetricSpec kActive = {"node_bonding_active", MetricType::kGauge,
                                "Number of active slaves per bonding interface.", "master"};
constexpr const MetricSpec* kMetrics[] = {&kSlaves, &kActive};

class Bonding : public Part {
 public:
  explicit Bonding(const HostEnvironment& environment)
      : directory_(environment.Sys("class/net")),
        reader_(environment.fs, 1),
        masters_(reader_, directory_ + "/bonding_masters") {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto masters = reader_.Read(masters_);
    if (!masters.ok() && masters.status().code() == base::Code::kNotFound) return base::NoData("no bonding interfaces");
    if (!masters.ok()) return masters.status();
    const std::string names(*masters);  // the buffer is needed for what is read below
    base::FieldReader fields(names);
    base::Status status;
    for (std::string_view name = fields.Next(); !name.empty(); name = fields.Next()) {
      if (base::Status one = Emit(name, sink); !one.ok()) status = std::move(one);
    }
    return status;
  }

 private:
  base::Status Emit(std::string_view master, FamilySink& sink) {
    const std::string base = directory_ + "/" + std::string(master);
    AttributeFile file(reader_, base + "/bonding/slaves");
    ASSIGN_OR_RETURN(const std::string_view text, reader_.Read(file));
    const std::string slaves(text);
    base::FieldReader fields(slaves);
    double configured = 0;
    double active = 0;
    for (std::string_view slave = fields.Next(); !slave.empty(); slave = fields.Next()) {
      ++configured;
      if (IsUp(base, slave)) ++active;
    }
    sink.Add(kSlaves, {master}, configured);
    sink.Add(kActive, {master}, active);
    return base::OkStatus();
  }

  // Kernels before 3.13 call the link to the slave slave_<name>.
  bool IsUp(const std::string& master, std::string_view slave) {
    for (const char* link : {"/lower_", "/slave_"}) {
      AttributeFile file(reader_, master + link + std::string(slave) + "/bonding_slave/mii_status");
      const auto state = reader_.Read(file);
      if (state.ok()) return *state == "up";
    }
    return false;
  }

  const std::string directory_;
  AttributeReader reader_;
  AttributeFile masters_;
};

}  // namespace

extern const PartSpec kBonding;
constinit const PartSpec kBonding = {
    .name = "bonding",
    .help = "Slaves of bonding interfaces, configured and up.",
    .metrics = kMetrics,
    .make = MakePart<Bonding>,
};

}  // namespace bekci::exporters::host
