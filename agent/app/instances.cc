#include "agent/app/instances.h"

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "agent/config/secret_files.h"
#include "agent/config/yaml_printer.h"

namespace bekci::app {
namespace {

using config::Node;
using config::Option;
using config::Type;

constexpr Option kCommonOptions[] = {
    {.key = "instance",
     .type = Type::kString,
     .help = "The instance label, and the name of its page /metrics/<collector>/<instance>. The default is the host's "
             "name."},
    {.key = "interval",
     .type = Type::kDuration,
     .help =
         "Time from one collection to the next. The default is global.scrape_interval, or what the collector is made "
         "for.",
     .min = 1,
     .max = 86400},
    {.key = "deadline",
     .type = Type::kDuration,
     .help = "A collection that takes longer has failed. Not longer than the interval.",
     .min = 0.01,
     .max = 3600},
    {.key = "max_series",
     .type = Type::kInteger,
     .default_text = "50000",
     .help = "A collection with more series has failed: a limit against accidents.",
     .min = 1,
     .max = 10e6},
};

constexpr size_t kLongestInstanceName = 200;

Node TextNode(std::string text) {
  Node node;
  node.kind = Node::Kind::kScalar;
  node.scalar = std::move(text);
  return node;
}

std::string NameProblem(const std::string& name) {
  if (name.empty()) return "instance: an empty name";
  if (name.size() > kLongestInstanceName) return "instance: longer than 200 bytes";
  const bool bad =
      std::any_of(name.begin(), name.end(), [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; });
  return bad ? "instance: " + base::Quoted(name) +
                   " contains a '/' or a control character; it is part of a page's address"
             : std::string();
}

// One collectors: section on its way to instances.
class Resolver {
 public:
  Resolver(std::span<const collect::CollectorSpec* const> collectors, const InstanceDefaults& defaults,
           const HostOverrides& overrides, base::FileSystem& fs, config::Errors* errors)
      : collectors_(collectors), defaults_(defaults), overrides_(overrides), fs_(fs), errors_(errors) {}

  std::vector<collect::InstanceConfig> Defaults() {
    for (const collect::CollectorSpec* spec : collectors_) {
      if (spec->on_by_default) Instance(*spec, Node());
    }
    return std::move(instances_);
  }

  std::vector<collect::InstanceConfig> Section(const Node& section) {
    if (section.is_null()) {
      errors_->Add(section.mark,
                   "collectors: says nothing; write \"collectors: {}\" to collect nothing, or remove the key to "
                   "collect what is found on the host");
    } else if (!section.is_mapping()) {
      errors_->Add(section.mark, "collectors: expected a mapping such as {host: {}}");
    }
    for (const auto& [key, value] : section.entries) {
      const collect::CollectorSpec* spec = Find(key);
      if (spec != nullptr) Instances(*spec, key, value);
    }
    std::stable_sort(instances_.begin(), instances_.end(),
                     [](const auto& a, const auto& b) { return a.collector < b.collector; });
    return std::move(instances_);
  }

 private:
  const collect::CollectorSpec* Find(const Node& key) {
    std::vector<std::string_view> names;
    for (const collect::CollectorSpec* spec : collectors_) {
      if (spec->name == key.scalar) return spec;
      names.push_back(spec->name);
    }
    std::string message = "unknown collector " + base::Quoted(key.scalar);
    const std::string_view nearest = base::Nearest(key.scalar, names);
    if (!nearest.empty()) {
      message += ", did you mean " + base::Quoted(nearest) + "?";
    } else {
      message += "; this version has ";
      for (size_t i = 0; i < names.size(); ++i) message.append(i == 0 ? "" : ", ").append(names[i]);
    }
    errors_->Add(key.mark, message);
    return nullptr;
  }

  void Instances(const collect::CollectorSpec& spec, const Node& key, const Node& value) {
    if (!value.is_sequence()) {
      Instance(spec, value);
      return;
    }
    if (value.items.size() > 1 && !spec.many_instances) {
      errors_->Add(key.mark, std::string(spec.name) + ": a host has one of these; the list has " +
                                 std::to_string(value.items.size()));
      return;
    }
    for (const Node& item : value.items) Instance(spec, item);
  }

  void Instance(const collect::CollectorSpec& spec, Node node) {
    if (node.is_scalar() || node.is_sequence()) {
      errors_->Add(node.mark, std::string(spec.name) + ": expected a mapping of options, {} or a list of mappings");
      return;
    }
    if (spec.name == "host") Override(&node);
    const std::vector<Option> table = OptionsOf(spec);
    const size_t errors_before = errors_->lines().size();
    const config::Values values = config::Check(node, table, errors_, defaults_.base_directory);
    config::CheckSecretFiles(values, fs_, errors_);
    collect::InstanceConfig config = Configure(spec, values);
    CheckName(config, values);
    if (config.deadline > config.interval) {
      errors_->Add(values.MarkOf("deadline"), "deadline: " + base::DurationText(config.deadline) +
                                                  " is longer than the interval, " +
                                                  base::DurationText(config.interval));
    }
    if (errors_->lines().size() == errors_before) instances_.push_back(std::move(config));
  }

  collect::InstanceConfig Configure(const collect::CollectorSpec& spec, const config::Values& values) const {
    collect::InstanceConfig config;
    config.collector = spec.name;
    config.instance = values.String("instance").empty() ? defaults_.host_name : values.String("instance");
    const bool follows_global = spec.freshness == collect::Freshness::kFresh && defaults_.scrape_interval.has_value();
    config.interval = follows_global ? *defaults_.scrape_interval : spec.interval;
    if (values.IsSetInFile("interval")) config.interval = values.Duration("interval");
    config.deadline =
        values.IsSetInFile("deadline") ? values.Duration("deadline") : std::min(spec.deadline, config.interval);
    config.max_series = static_cast<uint64_t>(values.Integer("max_series"));
    config.options = values.node();
    config.options.kind = Node::Kind::kMapping;
    std::erase_if(config.options.entries, [](const auto& entry) {
      return std::any_of(std::begin(kCommonOptions), std::end(kCommonOptions),
                         [&](const Option& option) { return option.key == entry.first.scalar; });
    });
    return config;
  }

  void CheckName(const collect::InstanceConfig& config, const config::Values& values) {
    const std::string problem = NameProblem(config.instance);
    if (!problem.empty()) errors_->Add(values.MarkOf("instance"), problem);
    for (const std::string& taken : names_[config.collector]) {
      if (taken != config.instance) continue;
      errors_->Add(values.MarkOf("instance"),
                   config.collector + ": a second instance " + base::Quoted(taken) +
                       (values.IsSetInFile("instance") ? "; names must differ" : "; give each a name (instance:)"));
    }
    names_[config.collector].push_back(config.instance);
  }

  void Override(Node* node) const {
    const auto set = [&](std::initializer_list<std::string_view> path, const std::string& value, const char* flag) {
      if (!value.empty()) SetInTree(node, {path.begin(), path.size()}, FlagNode(value, flag), flag);
    };
    set({"procfs"}, overrides_.procfs, "--path.procfs");
    set({"sysfs"}, overrides_.sysfs, "--path.sysfs");
    set({"rootfs"}, overrides_.rootfs, "--path.rootfs");
    if (!overrides_.textfile_directories.empty()) {
      const char* const flag = "--collector.textfile.directory";
      constexpr std::string_view kPath[] = {"textfile", "directory"};
      SetInTree(node, kPath, FlagList(overrides_.textfile_directories, flag), flag);
    }
    OverrideParts(node);
  }

  // A part that a flag names is taken out of both lists of the file and put where the flag wants it.
  void OverrideParts(Node* node) const {
    if (overrides_.parts.empty()) return;
    for (const bool on : {true, false}) {
      const std::string_view key = on ? "enable" : "disable";
      std::vector<std::string> names;
      for (const Node& item : PartList(*node, key)) {
        if (!overrides_.parts.contains(item.scalar)) names.push_back(item.scalar);
      }
      for (const auto& [part, wanted] : overrides_.parts) {
        if (wanted == on) names.push_back(part);
      }
      const std::string_view path[] = {"parts", key};
      const std::string flag = on ? "--collector.<name>" : "--no-collector.<name>";
      SetInTree(node, path, FlagList(names, flag), flag);
    }
  }

  static std::span<const Node> PartList(const Node& node, std::string_view key) {
    const Node* parts = node.Find("parts");
    const Node* list = parts == nullptr ? nullptr : parts->Find(key);
    if (list == nullptr) return {};
    return list->is_scalar() ? std::span(list, 1) : std::span<const Node>(list->items);
  }

  static Node FlagList(const std::vector<std::string>& texts, const std::string& flag) {
    Node list = FlagNode("", flag);
    list.kind = Node::Kind::kSequence;
    for (const std::string& text : texts) list.items.push_back(FlagNode(text, flag));
    return list;
  }

  const std::span<const collect::CollectorSpec* const> collectors_;
  const InstanceDefaults& defaults_;
  const HostOverrides& overrides_;
  base::FileSystem& fs_;
  config::Errors* const errors_;
  std::map<std::string, std::vector<std::string>> names_;  // collector -> instances so far
  std::vector<collect::InstanceConfig> instances_;
};

}  // namespace

std::span<const Option> CommonOptions() {
  return kCommonOptions;
}

std::vector<Option> OptionsOf(const collect::CollectorSpec& spec) {
  std::vector<Option> options(std::begin(kCommonOptions), std::end(kCommonOptions));
  options.insert(options.end(), spec.options.begin(), spec.options.end());
  return options;
}

std::vector<collect::InstanceConfig> ResolveInstances(const Node* section,
                                                      std::span<const collect::CollectorSpec* const> collectors,
                                                      const InstanceDefaults& defaults, const HostOverrides& overrides,
                                                      base::FileSystem& fs, config::Errors* errors) {
  Resolver resolver(collectors, defaults, overrides, fs, errors);
  return section == nullptr ? resolver.Defaults() : resolver.Section(*section);
}

Node InstancesNode(std::span<const collect::InstanceConfig> instances,
                   std::span<const collect::CollectorSpec* const> collectors) {
  Node section;
  section.kind = Node::Kind::kMapping;
  for (const collect::InstanceConfig& instance : instances) {
    if (section.entries.empty() || section.entries.back().first.scalar != instance.collector) {
      Node list;
      list.kind = Node::Kind::kSequence;
      section.entries.emplace_back(TextNode(instance.collector), std::move(list));
    }
    const auto spec = std::find_if(collectors.begin(), collectors.end(),
                                   [&](const auto* candidate) { return candidate->name == instance.collector; });
    Node options =
        config::MaskSecrets(instance.options, spec == collectors.end() ? std::span<const Option>() : (*spec)->options);
    Node item;
    item.kind = Node::Kind::kMapping;
    item.entries.emplace_back(TextNode("instance"), TextNode(instance.instance));
    item.entries.emplace_back(TextNode("interval"), TextNode(base::DurationText(instance.interval)));
    item.entries.emplace_back(TextNode("deadline"), TextNode(base::DurationText(instance.deadline)));
    item.entries.emplace_back(TextNode("max_series"), TextNode(std::to_string(instance.max_series)));
    for (auto& entry : options.entries) item.entries.push_back(std::move(entry));
    section.entries.back().second.items.push_back(std::move(item));
  }
  return section;
}

Node FlagNode(const std::string& text, const std::string& flag) {
  Node node = TextNode(text);
  node.mark.file = std::make_shared<const std::string>(flag);
  return node;
}

void SetInTree(Node* root, std::span<const std::string_view> path, Node value, const std::string& flag) {
  if (root->is_null()) root->kind = Node::Kind::kMapping;
  if (!root->is_mapping()) return;
  const std::string_view key = path.front();
  auto entry = std::find_if(root->entries.begin(), root->entries.end(),
                            [&](const auto& candidate) { return candidate.first.scalar == key; });
  if (entry == root->entries.end()) {
    root->entries.emplace_back(FlagNode(std::string(key), flag), Node());
    entry = root->entries.end() - 1;
  }
  if (path.size() > 1) {
    SetInTree(&entry->second, path.subspan(1), std::move(value), flag);
    return;
  }
  entry->first = FlagNode(std::string(key), flag);
  entry->second = std::move(value);
}

}  // namespace bekci::app
