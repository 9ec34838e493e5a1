#include "agent/app/config_docs.h"

#include "agent/app/instances.h"
#include "agent/app/settings.h"
#include "agent/base/duration.h"
#include "agent/config/docs.h"
#include "agent/web/web_config.h"

namespace bekci::app {
namespace {

// What a spec says of a collector besides its options, as a sentence or two.
std::string Facts(const collect::CollectorSpec& spec) {
  std::string text(spec.help);
  text += " Collected every " + base::DurationText(spec.interval) + ", within " + base::DurationText(spec.deadline);
  text += spec.freshness == collect::Freshness::kFresh ? ", and again for each scrape."
                                                       : "; a scrape gets the last result.";
  if (spec.on_by_default) text += " Runs without a collectors: section.";
  if (!spec.many_instances) text += " One instance at most.";
  return text;
}

}  // namespace

std::string ConfigDocsMarkdown(std::span<const collect::CollectorSpec* const> collectors) {
  std::string out =
      "# bekci.yml\n\nRelative paths start at the directory of the file. Durations: 15s, 1h30m. Sizes: 64MiB, "
      "2GiB.\n\n";
  out += config::MarkdownTable(SettingsOptions());
  out += "\n## Every collector\n\n" + config::MarkdownTable(CommonOptions());
  for (const collect::CollectorSpec* spec : collectors) {
    out += "\n## collectors." + std::string(spec->name) + "\n\n" + Facts(*spec) + "\n";
    if (!spec->options.empty()) out += "\n" + config::MarkdownTable(spec->options);
  }
  out += "\n# The web configuration file\n\nThe format is that of the Prometheus exporter toolkit.\n\n";
  return out + config::MarkdownTable(web::WebConfigOptions());
}

std::string ConfigDocsExample(std::span<const collect::CollectorSpec* const> collectors) {
  std::string out;
  for (const config::Option& option : SettingsOptions()) {
    out += config::CommentedExample({&option, 1});
    if (option.key != "collectors") continue;
    for (const collect::CollectorSpec* spec : collectors) {
      out += "  # " + Facts(*spec) + "\n  # " + std::string(spec->name) + ":\n";
      out += config::CommentedExample(OptionsOf(*spec), 4);
    }
  }
  return out;
}

}  // namespace bekci::app
