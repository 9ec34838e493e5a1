// systemd: the states of units, timers and sockets, asked of systemd over D-Bus.
//
// Every answer costs PID 1 time as well as us, so it is asked as little as the truth allows: the list of units at most
// every five seconds however often we are scraped; a service's type, which only a change of its unit file changes, once
// and then every ten minutes. Everything asked in one round is bounded in number and by the round's deadline; when
// systemd does not answer, the part says so and no old numbers are shown.
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/name_filter.h"
#include "exporters/host/part.h"
#include "exporters/host/systemd_bus.h"
#include "exporters/host/systemd_part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricType kGauge = MetricType::kGauge;
constexpr MetricSpec kUnitState = {"node_systemd_unit_state", kGauge, "Systemd unit", "name,state,type"};
constexpr MetricSpec kUnits = {"node_systemd_units", kGauge, "Summary of systemd unit states", "state"};
constexpr MetricSpec kRunning = {"node_systemd_system_running", kGauge,
                                 "Whether the system is operational (see 'systemctl is-system-running')"};
constexpr MetricSpec kVersion = {"node_systemd_version", kGauge, "Detected systemd version", "version"};
constexpr MetricSpec kLastTrigger = {"node_systemd_timer_last_trigger_seconds", kGauge,
                                     "Seconds since epoch of last trigger.", "name"};
constexpr MetricSpec kAccepted = {"node_systemd_socket_accepted_connections_total", MetricType::kCounter,
                                  "Total number of accepted socket connections", "name"};
constexpr MetricSpec kConnections = {"node_systemd_socket_current_connections", kGauge,
                                     "Current number of socket connections", "name"};
constexpr MetricSpec kRefused = {"node_systemd_socket_refused_connections_total", kGauge,
                                 "Total number of refused socket connections", "name"};
constexpr MetricSpec kRestarts = {"node_systemd_service_restart_total", MetricType::kCounter,
                                  "Service unit count of Restart triggers", "name"};
constexpr MetricSpec kStartTime = {"node_systemd_unit_start_time_seconds", kGauge,
                                   "Start time of the unit since unix epoch in seconds.", "name"};
constexpr MetricSpec kTasks = {"node_systemd_unit_tasks_current", kGauge, "Current number of tasks per Systemd unit",
                               "name"};
constexpr MetricSpec kTasksMax = {"node_systemd_unit_tasks_max", kGauge, "Maximum number of tasks per Systemd unit",
                                  "name"};
constexpr const MetricSpec* kMetrics[] = {&kUnitState,   &kUnits,   &kRunning,  &kVersion,   &kLastTrigger, &kAccepted,
                                          &kConnections, &kRefused, &kRestarts, &kStartTime, &kTasks,       &kTasksMax};

constexpr std::string_view kStates[] = {"active", "activating", "deactivating", "inactive", "failed"};

constexpr config::Option kOptions[] = {
    {.key = "unit_include",
     .type = config::Type::kRegex,
     .default_text = ".+",
     .help = "Units to report; the expression must match the whole name."},
    {.key = "unit_exclude",
     .type = config::Type::kRegex,
     .default_text = ".+\\.(automount|device|mount|scope|slice|target)",
     .help = "Units not to report; the expression must match the whole name."},
    {.key = "restarts",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report how often systemd restarted each service; one question to systemd per service."},
    {.key = "start_times",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report when each unit became active; one question to systemd per unit."},
    {.key = "tasks",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Report tasks and their limit for each service; two questions to systemd per service."},
};

constexpr size_t kMaxUnits = 20'000;         // systemd's own limit is 131072; a big host has a thousand
constexpr size_t kMaxQuestions = 2000;       // per round, about 0.1 s of systemd's time
constexpr uint64_t kUnlimited = UINT64_MAX;  // systemd's word for "no such number"
constexpr base::Duration kListInterval = base::seconds(5);
constexpr base::Duration kTypeInterval = base::minutes(10);

std::string Anchored(const std::string& expression) {
  return "^(?:" + expression + ")$";
}

// "252.39-1~deb12u2" is 252.39: the first number of at least three digits, with one fraction.
double VersionNumber(std::string_view text) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  size_t begin = 0;
  while (begin < text.size()) {
    size_t end = begin;
    while (end < text.size() && is_digit(text[end])) ++end;
    if (end - begin < 3) {
      begin = end + 1;
      continue;
    }
    if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
      for (++end; end < text.size() && is_digit(text[end]);) ++end;
    }
    return base::ParseDouble(text.substr(begin, end - begin)).value_or(0);
  }
  return 0;
}

class Systemd : public Part {
 public:
  Systemd(const HostEnvironment& environment, const config::Values& options, NameFilter units,
          std::unique_ptr<SystemdBus> bus)
      : environment_(environment),
        booted_(environment.Root("run/systemd/system")),
        wanted_(std::move(units)),
        restarts_(options.Bool("restarts")),
        start_times_(options.Bool("start_times")),
        tasks_(options.Bool("tasks")),
        bus_(std::move(bus)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime deadline) override {
    if (!environment_.fs.Exists(booted_)) return base::NoData("systemd does not run this host");
    const base::MonotonicTime now = environment_.clock.Monotonic();
    if (now >= next_list_) {
      points_.clear();
      next_list_ = {};
      base::Status status = Ask(now, deadline);
      if (!status.ok()) {
        points_.clear();
        return status;
      }
      next_list_ = now + kListInterval;
    }
    for (const Point& point : points_) {
      const std::string_view labels[] = {point.label[0], point.label[1], point.label[2]};
      sink.Add(*point.spec, std::span<const std::string_view>(labels, point.labels), point.value);
    }
    return skipped_ == 0 ? base::OkStatus()
                         : base::LimitReached("too many units: details of " + std::to_string(skipped_) + " left out");
  }

 private:
  // One series of the last list. The texts live in units_, types_ and version_, which change only with the list.
  struct Point {
    const MetricSpec* spec;
    double value;
    size_t labels;
    std::string_view label[3];
  };
  struct ServiceType {
    std::string type;
    base::MonotonicTime until;
  };

  void Add(const MetricSpec& spec, double value) { points_.push_back({&spec, value, 0, {}}); }
  void Add(const MetricSpec& spec, std::string_view label, double value) {
    points_.push_back({&spec, value, 1, {label, {}, {}}});
  }

  base::Status Ask(base::MonotonicTime now, base::MonotonicTime deadline) {
    questions_ = 0;
    skipped_ = 0;
    if (types_.size() > 2 * kMaxQuestions) types_.clear();  // units that come and go under new names
    RETURN_IF_ERROR(AskManager(deadline));
    RETURN_IF_ERROR(bus_->ListUnits(deadline, kMaxUnits, &units_));
    AddSummary();
    for (const SystemdUnit& unit : units_) {
      if (unit.load_state != "loaded" || !wanted_.Wants(unit.name)) continue;
      RETURN_IF_ERROR(AddUnit(unit, now, deadline));
    }
    return base::OkStatus();
  }

  base::Status AskManager(base::MonotonicTime deadline) {
    ASSIGN_OR_RETURN(version_, bus_->TextProperty(kSystemdManagerPath, "Manager", "Version", deadline));
    Add(kVersion, version_, VersionNumber(version_));
    ASSIGN_OR_RETURN(const std::string state,
                     bus_->TextProperty(kSystemdManagerPath, "Manager", "SystemState", deadline));
    Add(kRunning, state == "running" ? 1 : 0);
    return base::OkStatus();
  }

  void AddSummary() {
    for (const std::string_view state : kStates) {
      double count = 0;
      for (const SystemdUnit& unit : units_) count += unit.active_state == state ? 1 : 0;
      Add(kUnits, state, count);
    }
  }

  base::Status AddUnit(const SystemdUnit& unit, base::MonotonicTime now, base::MonotonicTime deadline) {
    const bool is_service = unit.name.ends_with(".service");
    std::string_view type;
    if (is_service) {
      ASSIGN_OR_RETURN(type, TypeOf(unit, now, deadline));
    }
    for (const std::string_view state : kStates) {
      points_.push_back({&kUnitState, unit.active_state == state ? 1.0 : 0.0, 3, {unit.name, state, type}});
    }
    if (unit.name.ends_with(".timer")) {
      RETURN_IF_ERROR(AddNumber(unit, "Timer", "LastTriggerUSec", kLastTrigger, 1e6, deadline));
    }
    if (unit.name.ends_with(".socket")) {
      RETURN_IF_ERROR(AddNumber(unit, "Socket", "NAccepted", kAccepted, 1, deadline));
      RETURN_IF_ERROR(AddNumber(unit, "Socket", "NConnections", kConnections, 1, deadline));
      RETURN_IF_ERROR(AddNumber(unit, "Socket", "NRefused", kRefused, 1, deadline));
    }
    if (is_service && restarts_) RETURN_IF_ERROR(AddNumber(unit, "Service", "NRestarts", kRestarts, 1, deadline));
    if (is_service && tasks_) {
      RETURN_IF_ERROR(AddNumber(unit, "Service", "TasksCurrent", kTasks, 1, deadline));
      RETURN_IF_ERROR(AddNumber(unit, "Service", "TasksMax", kTasksMax, 1, deadline));
    }
    return start_times_ ? AddStartTime(unit, deadline) : base::OkStatus();
  }

  // A unit that is not active has no start time, and node_exporter says 0.
  base::Status AddStartTime(const SystemdUnit& unit, base::MonotonicTime deadline) {
    if (unit.active_state == "active") {
      return AddNumber(unit, "Unit", "ActiveEnterTimestamp", kStartTime, 1e6, deadline);
    }
    Add(kStartTime, unit.name, 0);
    return base::OkStatus();
  }

  // A unit that went away between the list and the question, or a property that this systemd does not have, costs its
  // series; anything else means systemd is not answering and ends the round.
  base::Status AddNumber(const SystemdUnit& unit, const char* interface, const char* property, const MetricSpec& spec,
                         double divisor, base::MonotonicTime deadline) {
    if (!MayAsk()) return base::OkStatus();
    const auto number = bus_->NumberProperty(unit.object_path, interface, property, deadline);
    if (!number.ok()) return number.status().code() == base::Code::kNotFound ? base::OkStatus() : number.status();
    if (*number != kUnlimited) Add(spec, unit.name, static_cast<double>(*number) / divisor);
    return base::OkStatus();
  }

  base::Result<std::string_view> TypeOf(const SystemdUnit& unit, base::MonotonicTime now,
                                        base::MonotonicTime deadline) {
    ServiceType& known = types_[unit.name];
    if (now < known.until || !MayAsk()) return std::string_view(known.type);
    auto type = bus_->TextProperty(unit.object_path, "Service", "Type", deadline);
    if (!type.ok() && type.status().code() != base::Code::kNotFound) return std::move(type).status();
    known.type = type.ok() ? *std::move(type) : "";
    known.until = now + kTypeInterval;
    return std::string_view(known.type);
  }

  bool MayAsk() {
    if (questions_ == kMaxQuestions) {
      ++skipped_;
      return false;
    }
    ++questions_;
    return true;
  }

  const HostEnvironment& environment_;
  const std::string booted_;
  NameFilter wanted_;
  const bool restarts_;
  const bool start_times_;
  const bool tasks_;
  std::unique_ptr<SystemdBus> bus_;

  base::MonotonicTime next_list_;
  std::string version_;
  std::vector<SystemdUnit> units_;
  std::unordered_map<std::string, ServiceType> types_;
  std::vector<Point> points_;
  size_t questions_ = 0;  // of this round
  size_t skipped_ = 0;
};

base::Result<std::unique_ptr<Part>> MakeSystemd(const HostEnvironment& environment, const config::Values& options) {
  return MakeSystemdPart(environment, options,
                         MakeSystemdBus(environment.Root("run/systemd/private"),
                                        environment.Root("run/dbus/system_bus_socket"), environment.clock));
}

}  // namespace

base::Result<std::unique_ptr<Part>> MakeSystemdPart(const HostEnvironment& environment, const config::Values& options,
                                                    std::unique_ptr<SystemdBus> bus) {
  ASSIGN_OR_RETURN(NameFilter units, NameFilter::Make(Anchored(options.String("unit_include")),
                                                      Anchored(options.String("unit_exclude"))));
  return std::unique_ptr<Part>(std::make_unique<Systemd>(environment, options, std::move(units), std::move(bus)));
}

extern const PartSpec kSystemd;
constinit const PartSpec kSystemd = {
    .name = "systemd",
    .help = "Units of systemd: states, timers, sockets.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeSystemd,
};

}  // namespace bekci::exporters::host
