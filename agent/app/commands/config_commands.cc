// `bekci config ...`: what the configuration is, would be, and can be.
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/run_flags.h"
#include "agent/app/commands/trial_build.h"
#include "agent/app/config_docs.h"
#include "agent/app/discovery.h"
#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"

namespace bekci::app::commands {
namespace {

using config::Node;

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

std::vector<Discovery> Look() {
  constexpr base::Duration kPatience = base::seconds(10);
  base::RealFileSystem fs;
  base::RealClock clock;
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kError);
  return DiscoverHere(collect::AllCollectors(), {&fs, &clock, log.get()}, kPatience);
}

void PrintFound(const Discovery& one, std::ostream& out) {
  const collect::Found& found = one.found;
  out << (found.problem.empty() ? "  yes  " : "  no   ") << one.collector << "  " << found.instance << "\n"
      << "         " << found.what << "\n";
  if (!found.problem.empty()) out << "         " << found.problem << "\n";
  if (found.fix.empty()) return;
  base::LineReader lines(found.fix);
  for (std::string_view line; lines.Next(&line);) out << "           " << line << "\n";
}

}  // namespace

std::span<const Flag> ConfigDocsFlags() {
  return kDocsFlags;
}

int RunConfigShow(const Arguments& arguments, Console console) {
  auto input = InputFromFlags(arguments);
  base::RealFileSystem fs;
  auto settings = input.ok() ? LoadBuildableSettings(fs, *input) : input.status();
  if (settings.ok() && settings->discovers) {
    input->found = Look();
    settings = LoadBuildableSettings(fs, *input);
  }
  if (!settings.ok()) {
    PrintError(console.err, settings.status().message());
    return kExitUsage;
  }
  if (settings->path.empty()) console.out << "# no configuration file: everything has its default\n";
  if (settings->discovers) console.out << "# no collectors: section: what was found on this host is collected\n";
  console.out << config::PrintYaml(settings->shown);
  return kExitGood;
}

int RunConfigDiscover(const Arguments& arguments, Console console) {
  const auto settings = Load(arguments);
  if (!settings.ok()) {
    PrintError(console.err, settings.status().message());
    return kExitUsage;
  }
  const std::vector<Discovery> found = Look();
  console.out << "On this host:\n";
  for (const collect::CollectorSpec* spec : collect::AllCollectors()) {
    if (spec->on_by_default) console.out << "  yes  " << spec->name << "\n         " << spec->help << "\n";
    bool any = false;
    for (const Discovery& one : found) {
      if (one.collector != spec->name) continue;
      PrintFound(one, console.out);
      any = true;
    }
    if (!any && spec->discover != nullptr) console.out << "  -    " << spec->name << ": none found\n";
    if (!any && spec->discover == nullptr && !spec->on_by_default) {
      console.out << "  -    " << spec->name << ": only where it is configured\n";
    }
  }
  if (!settings->discovers) {
    console.out << "\nThe configuration has a collectors: section, so what it names is collected, and nothing else.\n";
    return kExitGood;
  }
  console.out << "\nCollected without a collectors: section, and what to put there to have it fixed or changed:\n\n";
  Node whole;
  whole.kind = Node::Kind::kMapping;
  Node key;
  key.kind = Node::Kind::kScalar;
  key.scalar = "collectors";
  whole.entries.emplace_back(std::move(key), SectionOf(found, collect::AllCollectors()));
  console.out << config::PrintYaml(config::MaskSecrets(whole, {}));
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

}  // namespace bekci::app::commands
