#include "agent/client/target_groups.h"

#include <utility>

#include "agent/base/text.h"

namespace bekci::client {
namespace {

using config::Option;
using config::Type;
using config::Values;

constexpr Option kStaticConfig[] = {
    {.key = "targets", .type = Type::kStrings, .help = "host:port of each target."},
    {.key = "labels", .type = Type::kStringMap, .help = "Labels of all of them."},
};
constexpr Option kFileSd[] = {
    {.key = "files",
     .type = Type::kStrings,
     .help = "Files with lists of {targets: [...], labels: {...}}, .json, .yml or .yaml; the last part of a path may "
             "hold one *.",
     .required = true},
    {.key = "refresh_interval",
     .type = Type::kDuration,
     .default_text = "5m",
     .help = "How often they are read again even when nothing told of a change.",
     .min = 1,
     .max = 86400},
};
constexpr Option kRows[] = {
    {.key = "static_configs",
     .type = Type::kSections,
     .help = "Targets that stand in this file.",
     .section = kStaticConfig},
    {.key = "file_sd_configs",
     .type = Type::kSections,
     .help = "Targets that stand in other files, whose changes are seen at once.",
     .section = kFileSd},
};

// The last part of a path: one '*' at most, and the ending of a format that can be read. As Prometheus asks for it.
bool IsFilePattern(const std::string& path) {
  const size_t star = path.find('*');
  const bool one_star = star == std::string::npos ||
                        (path.find('*', star + 1) == std::string::npos && path.find('/', star) == std::string::npos);
  const std::string lower = base::ToLower(path);
  return one_star && (lower.ends_with(".json") || lower.ends_with(".yml") || lower.ends_with(".yaml"));
}

}  // namespace

std::span<const Option> TargetGroupRows() {
  return kRows;
}

std::vector<TargetGroup> ReadStaticGroups(const Values& values, config::Errors* errors) {
  std::vector<TargetGroup> groups;
  for (const Values& section : values.Sections("static_configs")) {
    TargetGroup group;
    group.targets = section.Strings("targets");
    std::vector<model::Labels::Pair> pairs;
    for (const auto& [name, value] : section.StringMap("labels")) {
      if (name.empty()) errors->Add(section.MarkOf("labels"), "labels: an empty name");
      pairs.emplace_back(name, value);
    }
    group.labels = model::Labels::FromPairs(std::move(pairs));
    groups.push_back(std::move(group));
  }
  return groups;
}

std::vector<FileSource> ReadFileSources(const Values& values, const std::string& base_directory,
                                        config::Errors* errors) {
  std::vector<FileSource> sources;
  for (const Values& section : values.Sections("file_sd_configs")) {
    FileSource source;
    source.refresh = section.Duration("refresh_interval");
    source.mark = section.MarkOf("files");
    for (const std::string& file : section.Strings("files")) {
      if (!IsFilePattern(file)) {
        errors->Add(source.mark, "files: " + base::Quoted(file) +
                                     " must end in .json, .yml or .yaml, with at most one '*', in its last part");
        continue;
      }
      source.patterns.push_back(config::ResolvePath(file, base_directory));
    }
    sources.push_back(std::move(source));
  }
  return sources;
}

}  // namespace bekci::client
