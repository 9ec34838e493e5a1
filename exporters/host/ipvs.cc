// ipvs: the kernel's load balancer: totals, and connections and weight per real server.
//
// `backend_labels` chooses by which labels servers are told apart; those that become the same are added up, as in
// node_exporter. A balancer with thousands of servers can so be reported by service.
#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "exporters/host/ipvs_table.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

struct Total {
  MetricSpec spec;
  double IpvsTotals::*value;
};
constexpr Total kTotals[] = {
    {{"node_ipvs_connections_total", MetricType::kCounter, "The total number of connections made."},
     &IpvsTotals::connections},
    {{"node_ipvs_incoming_packets_total", MetricType::kCounter, "The total number of incoming packets."},
     &IpvsTotals::incoming_packets},
    {{"node_ipvs_outgoing_packets_total", MetricType::kCounter, "The total number of outgoing packets."},
     &IpvsTotals::outgoing_packets},
    {{"node_ipvs_incoming_bytes_total", MetricType::kCounter, "The total amount of incoming data."},
     &IpvsTotals::incoming_bytes},
    {{"node_ipvs_outgoing_bytes_total", MetricType::kCounter, "The total amount of outgoing data."},
     &IpvsTotals::outgoing_bytes},
};

struct Label {
  std::string_view name;
  std::string IpvsBackend::*value;
};
constexpr Label kLabels[] = {
    {"local_address", &IpvsBackend::local_address},
    {"local_port", &IpvsBackend::local_port},
    {"remote_address", &IpvsBackend::remote_address},
    {"remote_port", &IpvsBackend::remote_port},
    {"proto", &IpvsBackend::proto},
    {"local_mark", &IpvsBackend::local_mark},
};
constexpr std::string_view kLabelNames[] = {"local_address", "local_port", "remote_address",
                                            "remote_port",   "proto",      "local_mark"};
constexpr char kAllLabels[] = "local_address,local_port,remote_address,remote_port,proto,local_mark";

constexpr MetricSpec kActive = {"node_ipvs_backend_connections_active", MetricType::kGauge,
                                "The current active connections by local and remote address.", kAllLabels};
constexpr MetricSpec kInactive = {"node_ipvs_backend_connections_inactive", MetricType::kGauge,
                                  "The current inactive connections by local and remote address.", kAllLabels};
constexpr MetricSpec kWeight = {"node_ipvs_backend_weight", MetricType::kGauge,
                                "The current backend weight by local and remote address.", kAllLabels};

constexpr const MetricSpec* kMetrics[] = {&kTotals[0].spec, &kTotals[1].spec, &kTotals[2].spec, &kTotals[3].spec,
                                          &kTotals[4].spec, &kActive,         &kInactive,       &kWeight};

constexpr config::Option kOptions[] = {
    {.key = "backend_labels",
     .type = config::Type::kStrings,
     .default_text = "[local_address, local_port, remote_address, remote_port, proto, local_mark]",
     .help = "Labels by which servers are told apart; servers that are the same by them are added up.",
     .choices = kLabelNames},
};

class Ipvs : public Part {
 public:
  Ipvs(const HostEnvironment& environment, const config::Values& options)
      : totals_(environment.fs, environment.Proc("net/ip_vs_stats")),
        table_(environment.fs, environment.Proc("net/ip_vs")) {
    const std::vector<std::string>& wanted = options.Strings("backend_labels");
    for (const Label& label : kLabels) {
      if (std::find(wanted.begin(), wanted.end(), label.name) == wanted.end()) continue;
      labels_.push_back(label.value);
      label_names_.append(label_names_.empty() ? "" : ",").append(label.name);
    }
  }

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto text = totals_.Read();
    if (!text.ok() && text.status().code() == base::Code::kNotFound) return base::NoData("no IPVS in this kernel");
    if (!text.ok()) return text.status();
    ASSIGN_OR_RETURN(const IpvsTotals totals, ParseIpvsTotals(totals_.path(), *text));
    for (const Total& total : kTotals) sink.Add(total.spec, totals.*total.value);
    ASSIGN_OR_RETURN(const std::string_view table, table_.Read());
    sums_.clear();
    base::Status status =
        ParseIpvsBackends(table_.path(), table, [this](const IpvsBackend& backend) { AddUp(backend); });
    EmitSums(sink);
    return status;
  }

 private:
  using LabelValues = std::vector<std::string>;
  struct Sum {
    double active = 0, inactive = 0, weight = 0;
  };

  void AddUp(const IpvsBackend& backend) {
    LabelValues values;
    for (const auto label : labels_) values.push_back(backend.*label);
    Sum& sum = sums_[std::move(values)];
    sum.active += backend.active;
    sum.inactive += backend.inactive;
    sum.weight += backend.weight;
  }

  void EmitSums(FamilySink& sink) const {
    MetricSpec active = kActive, inactive = kInactive, weight = kWeight;
    active.labels = inactive.labels = weight.labels = label_names_;
    std::vector<std::string_view> values;
    for (const auto& [key, sum] : sums_) {
      values.assign(key.begin(), key.end());
      sink.Add(active, values, sum.active);
      sink.Add(inactive, values, sum.inactive);
      sink.Add(weight, values, sum.weight);
    }
  }

  base::RereadFile totals_, table_;
  std::vector<std::string IpvsBackend::*> labels_;
  std::string label_names_;
  std::map<LabelValues, Sum> sums_;  // of this round
};

}  // namespace

extern const PartSpec kIpvs;
constinit const PartSpec kIpvs = {
    .name = "ipvs",
    .help = "The kernel's load balancer (IPVS): totals and real servers.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Ipvs>,
};

}  // namespace bekci::exporters::host
