// `bekci config ...`: what the configuration is, would be, and can be.
#include <ostream>

#include "agent/app/commands.h"
#include "agent/app/config_docs.h"
#include "agent/app/run_flags.h"
#include "agent/app/trial_build.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"

namespace bekci::app {
namespace {

constexpr Flag kDocsFlags[] = {
    {.name = "format",
     .value = "markdown|yaml",
     .default_text = "markdown",
     .help = "A document, or a configuration file in which everything is commented out."},
};

base::Result<Settings> Load(const Arguments& arguments) {
  ASSIGN_OR_RETURN(const SettingsInput input, InputFromFlags(arguments));
  base::RealFileSystem fs;
  return LoadBuildableSettings(fs, input);
}

// Why a collector would or would not run.
std::string Reason(const collect::CollectorSpec& spec, const std::vector<const collect::InstanceConfig*>& instances,
                   bool from_file) {
  if (instances.empty()) return from_file ? "not named in the configuration" : "off unless it is configured";
  std::string names;
  for (const auto* instance : instances) names += (names.empty() ? "" : ", ") + instance->instance;
  const std::string every = " every " + base::DurationText(instances.front()->interval);
  return (from_file ? "named in the configuration: " : "on by default: ") + names + every +
         (spec.freshness == collect::Freshness::kFresh ? " and for each scrape" : "");
}

}  // namespace

std::span<const Flag> ConfigDocsFlags() {
  return kDocsFlags;
}

int RunConfigShow(const Arguments& arguments, Console console) {
  const auto settings = Load(arguments);
  if (!settings.ok()) {
    PrintError(console.err, settings.status().message());
    return kExitUsage;
  }
  if (settings->path.empty()) console.out << "# no configuration file: everything has its default\n";
  console.out << config::PrintYaml(settings->shown);
  return kExitGood;
}

int RunConfigDiscover(const Arguments& arguments, Console console) {
  const auto settings = Load(arguments);
  if (!settings.ok()) {
    PrintError(console.err, settings.status().message());
    return kExitUsage;
  }
  const config::Node* section = settings->path.empty() ? nullptr : settings->shown.Find("collectors");
  for (const collect::CollectorSpec* spec : collect::AllCollectors()) {
    std::vector<const collect::InstanceConfig*> instances;
    for (const collect::InstanceConfig& instance : settings->instances) {
      if (instance.collector == spec->name) instances.push_back(&instance);
    }
    std::string left = (instances.empty() ? "  no   " : "  yes  ") + std::string(spec->name);
    left += left.size() < 24 ? std::string(24 - left.size(), ' ') : "  ";
    console.out << left << Reason(*spec, instances, section != nullptr) << "\n"
                << std::string(24, ' ') << spec->help << "\n";
  }
  return kExitGood;
}

int RunConfigDocs(const Arguments& arguments, Console console) {
  const std::string format = arguments.Value("format");
  if (format == "markdown") {
    console.out << ConfigDocsMarkdown(collect::AllCollectors());
  } else if (format == "yaml") {
    console.out << ConfigDocsExample(collect::AllCollectors());
  } else {
    PrintError(console.err, "--format is markdown or yaml, not " + base::Quoted(format));
    return kExitUsage;
  }
  return kExitGood;
}

}  // namespace bekci::app
