// `bekci check alertmanager` and `bekci config routes`: an alertmanager.yml looked at without starting anything. The
// answers are amtool's, so that scripts that read them need no change.
#include <algorithm>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/base/file_system.h"
#include "agent/base/text.h"
#include "agent/config/secret_files.h"
#include "agent/notify/routing/alertmanager_config.h"
#include "agent/notify/routing/matcher_text.h"

namespace bekci::app::commands {
namespace {

namespace routing = notify::routing;
using Config = std::shared_ptr<const routing::AlertmanagerConfig>;

constexpr size_t kMaxFileBytes = 4 << 20;

constexpr Flag kRoutesFlags[] = {
    {.name = "config.file",
     .value = "FILE",
     .default_text = "/etc/bekci/alertmanager.yml",
     .help = "The file whose routes are looked at."},
    {.name = "verify.receivers",
     .value = "NAME,...",
     .help = "test: the receivers that are expected, in their order; exit 1 when it is others."},
    {.name = "tree",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "test: also print the part of the tree that matches."},
};

constexpr Flag kCheckFlags[] = {
    {.name = "show",
     .kind = FlagKind::kSwitch,
     .default_text = "false",
     .help = "Print each as GET /api/v2/status would: with defaults filled in and secrets masked."},
};

base::Result<Config> Load(const std::string& path, base::FileSystem& fs) {
  ASSIGN_OR_RETURN(const std::string text, fs.ReadFile(path, kMaxFileBytes));
  return routing::LoadAlertmanagerConfig(text, path, fs);
}

std::string Count(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

// A tree as amtool draws it, no-break spaces behind the bars included. `text` says what stands at a node, `children`
// which nodes are below it.
template <typename Text, typename Children>
void Draw(const routing::Route& route, const std::string& indent, bool last, const Text& text, const Children& children,
          std::ostream& out) {
  out << indent << (last ? "└── " : "├── ") << text(route) << "\n";
  const std::vector<const routing::Route*> below = children(route);
  for (const routing::Route* child : below) {
    Draw(*child, indent + (last ? "    " : "│\u00a0\u00a0 "), child == below.back(), text, children, out);
  }
}

std::string NameOf(const routing::Route& route) {
  return route.matchers.empty() ? "default-route" : routing::MatchersText(route.matchers);
}

void ShowAll(const routing::AlertmanagerConfig& config, std::ostream& out) {
  const auto text = [](const routing::Route& route) {
    return NameOf(route) + (route.continues ? "  continue: true" : "") + "  receiver: " + route.receiver;
  };
  const auto children = [&](const routing::Route& route) {
    std::vector<const routing::Route*> below;
    for (const size_t index : route.children) below.push_back(&config.routes[index]);
    return below;
  };
  out << "Routing tree:\n.\n";
  Draw(config.routes.front(), "", true, text, children, out);
  out << "\n";
}

// Of the whole tree what leads to the routes that matched.
void ShowMatching(const routing::AlertmanagerConfig& config, const std::vector<const routing::Route*>& matched,
                  std::ostream& out) {
  std::vector<bool> leads(config.routes.size());
  for (const routing::Route* leaf : matched) {
    for (std::optional<size_t> at = leaf->index; at; at = config.routes[*at].parent) leads[*at] = true;
  }
  const auto text = [&](const routing::Route& route) {
    const bool is_leaf = std::find(matched.begin(), matched.end(), &route) != matched.end();
    return NameOf(route) + (is_leaf ? "  receiver: " + route.receiver : "");
  };
  const auto children = [&](const routing::Route& route) {
    std::vector<const routing::Route*> below;
    for (const size_t index : route.children) {
      if (leads[index]) below.push_back(&config.routes[index]);
    }
    return below;
  };
  out << "Matching routes:\n.\n";
  Draw(config.routes.front(), "", true, text, children, out);
  out << "\n\n";
}

base::Result<model::Labels> LabelsOf(std::span<const std::string> words) {
  model::Labels labels;
  for (const std::string& word : words) {
    auto matcher = routing::ParseMatcher(word);
    if (!matcher.ok()) return base::Invalid("Failed to parse labels: " + matcher.status().message());
    if (matcher->type() != model::MatchType::kEqual) {
      return base::Invalid("Failed to parse labels: labels must be specified as key=value pairs");
    }
    labels = labels.With({{matcher->name(), matcher->value()}});
  }
  return labels;
}

int TestRoutes(const routing::AlertmanagerConfig& config, const Arguments& arguments, Console console) {
  const auto labels = LabelsOf(std::span(arguments.positional()).subspan(1));
  if (!labels.ok()) {
    PrintError(console.err, labels.status().message());
    return kExitUsage;
  }
  const std::vector<const routing::Route*> matched = routing::MatchRoutes(config, *labels);
  std::vector<std::string> receivers;
  receivers.reserve(matched.size());
  for (const routing::Route* route : matched) receivers.push_back(route->receiver);
  const std::string names = base::Join(receivers, ",");
  if (arguments.Switch("tree")) ShowMatching(config, matched, console.out);
  console.out << names << "\n";
  if (!arguments.Has("verify.receivers") || arguments.Value("verify.receivers") == names) return kExitGood;
  console.out << "WARNING: Expected receivers did not match resolved receivers.\n";
  return kExitNo;
}

}  // namespace

std::span<const Flag> CheckAlertmanagerFlags() {
  return kCheckFlags;
}
std::span<const Flag> ConfigRoutesFlags() {
  return kRoutesFlags;
}

int RunCheckAlertmanager(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  bool good = true;
  for (const std::string& path : arguments.positional()) {
    const auto config = Load(path, fs);
    if (!config.ok()) {
      PrintError(console.err, config.status().message());
      good = false;
      continue;
    }
    const routing::AlertmanagerConfig& file = **config;
    if (arguments.Switch("show")) {
      console.out << file.original;
      continue;
    }
    config::Errors unreadable;
    for (const routing::ReceiverConfig& receiver : file.receivers) {
      for (const auto& integration : receiver.integrations) {
        config::CheckSecretFiles(integration.values, fs, &unreadable);
      }
    }
    for (const std::string& warning : file.warnings) console.out << "warning: " << warning << "\n";
    for (const std::string& warning : unreadable.lines()) console.out << "warning: " << warning << "\n";
    console.out << path << ": good, " << Count(file.routes.size(), "route") << ", "
                << Count(file.receivers.size(), "receiver") << ", " << Count(file.inhibit_rules.size(), "inhibit rule")
                << ", " << Count(file.time_intervals.size(), "time interval") << ", "
                << Count(file.template_globs.size(), "template") << "\n";
  }
  return good ? kExitGood : kExitNo;
}

int RunConfigRoutes(const Arguments& arguments, Console console) {
  const std::vector<std::string>& words = arguments.positional();
  const std::string action = words.empty() ? "show" : words.front();
  if ((action != "show" && action != "test") || (action == "show" && words.size() > 1)) {
    PrintError(console.err,
               "config routes: write \"show\", or \"test\" and the labels of an alert: test severity=critical");
    return kExitUsage;
  }
  base::RealFileSystem fs;
  const auto config = Load(arguments.Value("config.file"), fs);
  if (!config.ok()) {
    PrintError(console.err, config.status().message());
    return kExitUsage;
  }
  if (action == "test") return TestRoutes(**config, arguments, console);
  ShowAll(**config, console.out);
  return kExitGood;
}

}  // namespace bekci::app::commands
