#include "agent/app/commands/run_flags.h"

#include <unistd.h>

#include <cstdlib>
#include <optional>

#include "agent/base/text.h"
#include "agent/collect/collector.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    {.name = "config.file",
     .alias = "config",
     .value = "FILE",
     .help = "The configuration (YAML). Without it everything has its default: this host is collected."},
    {.name = "web.listen-address",
     .kind = FlagKind::kValues,
     .value = "HOST:PORT",
     .help = "Where to listen, in place of web.listen_address."},
    {.name = "web.config.file",
     .value = "FILE",
     .help = "TLS, passwords and headers in the exporter toolkit's format, in place of web.config_file."},
    {.name = "web.external-url",
     .value = "URL",
     .help = "The address people use to reach this agent, when it is not the one it listens on."},
    {.name = "web.enable-lifecycle",
     .kind = FlagKind::kSwitch,
     .help = "Accepted for the habit of it: POST /-/reload is answered unless web.enable_lifecycle says false.",
     .hidden = true},
    {.name = "storage.path", .alias = "storage.tsdb.path", .value = "DIR", .help = "Where state is kept."},
    {.name = "query.lookback-delta", .value = "DURATION", .help = "In place of query.lookback_delta."},
    {.name = "query.timeout", .value = "DURATION", .help = "In place of query.timeout."},
    {.name = "query.max-samples", .value = "COUNT", .help = "In place of query.max_samples."},
    {.name = "query.max-concurrency", .value = "COUNT", .help = "In place of query.max_concurrency."},
    {.name = "enable-feature",
     .kind = FlagKind::kValues,
     .value = "NAMES",
     .help = "Experimental parts of PromQL by Prometheus' names, separated by commas, in place of query.features."},
    {.name = "collector.textfile.directory",
     .kind = FlagKind::kValues,
     .value = "DIR",
     .help = "A directory of .prom files for the host collector's textfile part."},
    {.name = "collector.",
     .kind = FlagKind::kSwitches,
     .help = "Runs a part of the host collector or does not; the names are node_exporter's: --no-collector.wifi."},
    {.name = "path.procfs", .value = "DIR", .help = "Where procfs is mounted, for the host collector."},
    {.name = "path.sysfs", .value = "DIR", .help = "Where sysfs is mounted, for the host collector."},
    {.name = "path.rootfs",
     .value = "DIR",
     .help = "The host's root directory, when bekci runs in a container, for the host collector."},
    {.name = "log.level", .value = "LEVEL", .help = "debug, info, warn or error."},
    {.name = "log.format", .value = "FORMAT", .help = "logfmt or json."},
    {.name = "single-process",
     .kind = FlagKind::kSwitch,
     .help = "Collects in this process instead of a worker: for debuggers only."},
};

}  // namespace

std::span<const Flag> RunFlags() {
  return kFlags;
}

base::Result<SettingsInput> InputFromFlags(const Arguments& arguments) {
  if (arguments.Has("web.enable-lifecycle") && !arguments.Switch("web.enable-lifecycle")) {
    return base::Invalid(
        "reloading over HTTP is switched off in the configuration file: web: {enable_lifecycle: false}");
  }
  SettingsInput input;
  input.path = arguments.Value("config.file");
  if (arguments.Has("config.file") && input.path.empty()) {
    return base::Invalid("--config.file is empty; leave it out to run with defaults");
  }
  input.host_name = HostName();
  input.collectors = collect::AllCollectors();
  input.environment = ProcessEnvironment;
  SettingsOverrides& overrides = input.overrides;
  overrides.listen_addresses = arguments.Values("web.listen-address");
  overrides.web_config_file = arguments.Value("web.config.file");
  overrides.external_url = arguments.Value("web.external-url");
  overrides.log_level = arguments.Value("log.level");
  overrides.log_format = arguments.Value("log.format");
  overrides.storage_path = arguments.Value("storage.path");
  overrides.query_lookback_delta = arguments.Value("query.lookback-delta");
  overrides.query_timeout = arguments.Value("query.timeout");
  overrides.query_max_samples = arguments.Value("query.max-samples");
  overrides.query_max_concurrency = arguments.Value("query.max-concurrency");
  for (const std::string& names : arguments.Values("enable-feature")) {
    for (const std::string_view name : base::Split(names, ',')) overrides.features.emplace_back(base::Trim(name));
  }
  overrides.host.procfs = arguments.Value("path.procfs");
  overrides.host.sysfs = arguments.Value("path.sysfs");
  overrides.host.rootfs = arguments.Value("path.rootfs");
  overrides.host.textfile_directories = arguments.Values("collector.textfile.directory");
  overrides.host.parts = arguments.Switches("collector.");
  return input;
}

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return value;
}

std::string HostName() {
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0 || name[0] == '\0') return "localhost";
  return name;
}

}  // namespace bekci::app::commands
