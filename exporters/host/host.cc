// The host collector: Linux as node_exporter shows it, from procfs and sysfs under configurable roots.
//
// It is a list of parts (part.h). Each part is run, timed and judged by itself, as node_exporter does with its
// collectors: a part that fails costs its own families, gets success 0 and one line in the log when that changes.
//
// Thread rule: one thread at a time.
#include "exporters/host/host.h"

#include <algorithm>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kDuration = {"node_scrape_collector_duration_seconds", MetricType::kGauge,
                                  "node_exporter: Duration of a collector scrape.", "collector"};
constexpr MetricSpec kSuccess = {"node_scrape_collector_success", MetricType::kGauge,
                                 "node_exporter: Whether a collector succeeded.", "collector"};

constexpr config::Option kPartsOptions[] = {
    {.key = "enable", .type = config::Type::kStrings, .help = "Parts to run although they are off by default."},
    {.key = "disable", .type = config::Type::kStrings, .help = "Parts not to run although they are on by default."},
};

constexpr config::Option kHostOptions[] = {
    {.key = "procfs",
     .type = config::Type::kString,
     .default_text = "/proc",
     .help = "Where procfs is mounted, or a captured copy of one."},
    {.key = "sysfs", .type = config::Type::kString, .default_text = "/sys", .help = "Where sysfs is mounted."},
    {.key = "rootfs",
     .type = config::Type::kString,
     .default_text = "/",
     .help = "The host's root directory, when bekci runs in a container: mount points are looked up below it."},
    {.key = "udev_data",
     .type = config::Type::kString,
     .default_text = "/run/udev/data",
     .help = "Where udev keeps what it knows of block devices (model, serial number)."},
    {.key = "parts",
     .type = config::Type::kSection,
     .help = "Which parts run; the names are those of node_exporter's collectors.",
     .section = kPartsOptions},
};

// Half of the parts have nothing to do on most hosts (no RAID, no NFS, no Infiniband), and to find that out each time
// costs as much as two of the busy ones. A part that found nothing so many times in a row is asked only so often.
constexpr int kEmptyRounds = 3;
constexpr base::Duration kLookAgain = base::seconds(60);

class Host : public collect::Collector {
 public:
  Host(const config::Values& options, const collect::Environment& environment, SystemCalls& calls);

  base::Status MakeParts(const config::Values& options);
  base::Status Collect(const collect::CollectContext& context, FamilySink& sink) override;

 private:
  struct Running {
    const PartSpec* spec;
    std::unique_ptr<Part> part;
    base::Code last = base::Code::kOk;  // how it went last time, so that only a change is logged
    bool ran = false;                   // in this round
    base::Duration duration = {};
    int empty_rounds = 0;  // in a row: it went well and there was nothing
    base::MonotonicTime look_again = {};
  };

  void Run(Running& running, FamilySink& sink, base::MonotonicTime deadline);
  void LogChange(const Running& running, const base::Status& status);

  HostEnvironment environment_;
  std::vector<Running> parts_;
};

std::vector<std::string_view> PartNames() {
  std::vector<std::string_view> names;
  for (const PartSpec* part : AllParts()) names.push_back(part->name);
  return names;
}

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// Every name in parts.enable or parts.disable must be a part's.
base::Status CheckNames(const config::Values& parts, std::string_view key) {
  const std::vector<std::string_view> known = PartNames();
  for (const std::string& name : parts.Strings(key)) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string message = parts.MarkOf(key).ToString() + ": the host collector has no part " + base::Quoted(name);
    const std::string_view nearest = base::Nearest(name, known);
    if (!nearest.empty()) message += ", did you mean " + base::Quoted(nearest) + "?";
    return base::Invalid(std::move(message));
  }
  return base::OkStatus();
}

Host::Host(const config::Values& options, const collect::Environment& environment, SystemCalls& calls)
    : environment_{
          *environment.fs,          *environment.clock,      *environment.log,         calls,
          options.String("procfs"), options.String("sysfs"), options.String("rootfs"), options.String("udev_data")} {}

base::Status Host::MakeParts(const config::Values& options) {
  const config::Values& wanted = options.Section("parts");
  RETURN_IF_ERROR(CheckNames(wanted, "enable"));
  RETURN_IF_ERROR(CheckNames(wanted, "disable"));
  const config::Values no_options;
  for (const PartSpec* spec : AllParts()) {
    const bool on = (spec->on_by_default || Contains(wanted.Strings("enable"), spec->name)) &&
                    !Contains(wanted.Strings("disable"), spec->name);
    if (!on) continue;
    ASSIGN_OR_RETURN(auto part,
                     spec->make(environment_, spec->options.empty() ? no_options : options.Section(spec->name)));
    parts_.push_back({spec, std::move(part)});
  }
  return base::OkStatus();
}

base::Status Host::Collect(const collect::CollectContext& context, FamilySink& sink) {
  if (Contains(context.exclude, kSpec.name)) return base::NoData("the host collector is excluded");
  environment_.round_files->NextRound();
  const bool all = Contains(context.only, kSpec.name);  // collect[]=host asks for every part
  for (Running& running : parts_) {
    running.ran = all ? !Contains(context.exclude, running.spec->name) : context.Wants(running.spec->name);
    if (running.ran) Run(running, sink, context.deadline);
  }
  for (const Running& running : parts_) {
    if (!running.ran) continue;
    sink.Add(kDuration, {running.spec->name}, base::ToSeconds(running.duration));
    sink.Add(kSuccess, {running.spec->name}, running.last == base::Code::kOk ? 1 : 0);
  }
  return base::OkStatus();
}

void Host::Run(Running& running, FamilySink& sink, base::MonotonicTime deadline) {
  const base::MonotonicTime begin = environment_.clock.Monotonic();
  if (running.empty_rounds >= kEmptyRounds && begin < running.look_again) {
    running.duration = {};
    return;
  }
  const size_t series = sink.series();
  const base::Status status =
      begin >= deadline ? base::Timeout("no time was left for it") : running.part->Collect(sink, deadline);
  const bool well = status.ok() || status.code() == base::Code::kNoData;
  running.empty_rounds = well && sink.series() == series ? running.empty_rounds + 1 : 0;
  running.look_again = begin + kLookAgain;
  running.duration = environment_.clock.Monotonic() - begin;
  if (status.code() != running.last) LogChange(running, status);
  running.last = status.code();
}

void Host::LogChange(const Running& running, const base::Status& status) {
  const auto quiet = [](base::Code code) { return code == base::Code::kOk || code == base::Code::kNoData; };
  if (!quiet(status.code())) {
    environment_.log.Warn(
        "host part failed",
        {{"part", running.spec->name}, {"code", base::CodeName(status.code())}, {"error", status.message()}});
  } else if (!quiet(running.last)) {
    environment_.log.Info("host part works again", {{"part", running.spec->name}});
  } else if (!status.ok()) {
    environment_.log.Debug("host part has nothing to report",
                           {{"part", running.spec->name}, {"reason", status.message()}});
  }
}

// The collector's tables are joined from those of the parts, once, when the program starts: PartSpecs are constants, so
// the order in which files are initialised does not matter.
struct Tables {
  std::vector<config::Option> options;
  std::vector<const MetricSpec*> metrics;
  std::vector<std::string_view> parts = PartNames();

  Tables() {
    options.assign(std::begin(kHostOptions), std::end(kHostOptions));
    for (const PartSpec* part : AllParts()) {
      metrics.insert(metrics.end(), part->metrics.begin(), part->metrics.end());
      if (part->options.empty()) continue;
      options.push_back(
          {.key = part->name, .type = config::Type::kSection, .help = part->help, .section = part->options});
    }
    metrics.push_back(&kDuration);
    metrics.push_back(&kSuccess);
  }
};

const Tables kTables;

base::Result<std::unique_ptr<collect::Collector>> MakeOnThisKernel(const config::Values& options,
                                                                   const collect::Environment& environment) {
  return MakeHost(options, environment, RealSystemCalls());
}

}  // namespace

base::Result<std::unique_ptr<collect::Collector>> MakeHost(const config::Values& options,
                                                           const collect::Environment& environment,
                                                           SystemCalls& calls) {
  auto host = std::make_unique<Host>(options, environment, calls);
  RETURN_IF_ERROR(host->MakeParts(options));
  return std::unique_ptr<collect::Collector>(std::move(host));
}

const collect::CollectorSpec kSpec = {
    .name = "host",
    .help = "This Linux host: what node_exporter shows of it, from procfs and sysfs.",
    .job = "node",
    .freshness = collect::Freshness::kFresh,
    .on_by_default = true,
    .many_instances = false,
    .interval = base::seconds(15),
    .deadline = base::seconds(5),
    .options = kTables.options,
    .metrics = kTables.metrics,
    .parts = kTables.parts,
    .make = MakeOnThisKernel,
};

}  // namespace bekci::exporters::host
