// services: CPU, memory, IO, pressure and restarts of chosen services, from the control groups systemd runs them in
// (service_cgroup.h), and from their processes where they have none (service_processes.h). No peer has these families;
// the names are ours: bekci_service_*.
//
// The label `service` is the unit's name without ".service" (php8.2-fpm), or the program's name where there is no unit.
// Restarts are systemd's NRestarts: automatic restarts since the unit was started by hand.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"
#include "exporters/host/service_cgroup.h"
#include "exporters/host/service_processes.h"
#include "exporters/host/systemd_bus.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kRestarts = {"bekci_service_restarts_total", MetricType::kCounter,
                                  "How often systemd restarted a service by itself.", "service"};
constexpr const MetricSpec* kMetrics[] = {&kServiceSource,          &kServiceCpu,        &kServiceThrottled,
                                          &kServiceMemory,          &kServiceMemoryKind, &kServiceMemoryLimit,
                                          &kServiceMemoryEvents,    &kServiceOomKills,   &kServiceIoBytes,
                                          &kServiceIoOperations,    &kServicePids,       &kServicePressureWaiting,
                                          &kServicePressureStalled, &kRestarts};

constexpr config::Option kOptions[] = {
    {.key = "units",
     .type = config::Type::kStrings,
     .default_text = "[php*-fpm, mysql, mysqld, mariadb, redis*, valkey*, nginx]",
     .help = "Services to report, by the name of their unit without .service; * ? and [] stand for parts of it."},
    {.key = "processes",
     .type = config::Type::kStrings,
     .default_text = "[php-fpm*, mysqld, mariadbd, redis-server, valkey-server, nginx]",
     .help = "Programs to report where they run in no such unit, by their name in /proc/<pid>/comm."},
};

constexpr size_t kMaxServices = 64;
constexpr size_t kMaxOpen = 96;
constexpr base::Duration kScanInterval = base::seconds(10);
constexpr base::Duration kRestartsInterval = base::seconds(5);
constexpr base::Duration kBusPatience = base::milliseconds(500);

class Services : public Part {
 public:
  Services(const HostEnvironment& environment, const config::Values& options)
      : environment_(environment),
        units_(options.Strings("units")),
        reader_(environment.fs, kMaxOpen),
        processes_(environment, options.Strings("processes")),
        bus_(MakeSystemdBus(environment.Root("run/systemd/private"), environment.Root("run/dbus/system_bus_socket"),
                            environment.clock)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime deadline) override {
    const base::MonotonicTime now = environment_.clock.Monotonic();
    if (now >= next_scan_) {
      Scan();
      next_scan_ = now + kScanInterval;
    }
    for (Service& service : services_) {
      if (!service.group->Emit(sink)) next_scan_ = {};  // it stopped: look again in the next round
    }
    processes_.Emit(groups_, sink);
    return AddRestarts(now, deadline, sink);
  }

 private:
  struct Service {
    FoundService found;
    std::unique_ptr<ServiceCgroup> group;
    std::string object_path;
    std::optional<double> restarts;
  };

  void Scan() {
    const CgroupLayout layout = FindCgroups(environment_.fs, environment_.Sys("fs/cgroup"));
    std::vector<FoundService> found = FindServices(environment_.fs, layout, units_, kMaxServices);
    const auto same = [](const Service& service, const FoundService& other) { return service.found == other; };
    if (std::equal(services_.begin(), services_.end(), found.begin(), found.end(), same)) return;
    services_.clear();
    groups_.clear();
    next_restarts_ = {};
    for (FoundService& one : found) {
      groups_.push_back(one.group);
      auto group = OpenServiceCgroup(reader_, layout, one);
      std::string path = SystemdUnitPath(one.name + ".service");
      services_.push_back({std::move(one), std::move(group), std::move(path), std::nullopt});
    }
  }

  // A systemd that does not answer costs the restarts and half a second once in a while, not the numbers above.
  base::Status AddRestarts(base::MonotonicTime now, base::MonotonicTime deadline, FamilySink& sink) {
    base::Status status;
    if (!services_.empty() && now >= next_restarts_) {
      status = AskRestarts(std::min(deadline, now + kBusPatience));
      next_restarts_ = now + (status.ok() ? kRestartsInterval : base::seconds(60));
    }
    for (const Service& service : services_) {
      if (service.restarts) sink.Add(kRestarts, {service.found.name}, *service.restarts);
    }
    return status;
  }

  base::Status AskRestarts(base::MonotonicTime deadline) {
    for (Service& service : services_) service.restarts.reset();
    if (!environment_.fs.Exists(environment_.Root("run/systemd/system"))) return base::OkStatus();
    for (Service& service : services_) {
      const auto restarts = bus_->NumberProperty(service.object_path, "Service", "NRestarts", deadline);
      if (restarts.ok()) {
        service.restarts = static_cast<double>(*restarts);
      } else if (restarts.status().code() != base::Code::kNotFound) {
        return restarts.status();
      }
    }
    return base::OkStatus();
  }

  const HostEnvironment& environment_;
  const std::vector<std::string> units_;
  AttributeReader reader_;
  ServiceProcesses processes_;
  std::unique_ptr<SystemdBus> bus_;
  base::MonotonicTime next_scan_;
  base::MonotonicTime next_restarts_;
  std::vector<Service> services_;
  std::vector<std::string> groups_;
};

}  // namespace

extern const PartSpec kServices;
constinit const PartSpec kServices = {
    .name = "services",
    .help = "CPU, memory, IO and restarts of named services.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakePartWithOptions<Services>,
};

}  // namespace bekci::exporters::host
