#include "agent/client/file_discovery.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/config/option.h"

namespace bekci::client {
namespace {

using config::Type;

constexpr size_t kMaxFileBytes = 8 << 20;
constexpr size_t kMaxFiles = 10'000;  // of one pattern

constexpr config::Option kGroup[] = {
    {.key = "targets", .type = Type::kStrings, .help = "host:port of each target."},
    {.key = "labels", .type = Type::kStringMap, .help = "Labels of all of them."},
};
constexpr config::Option kFile[] = {{.key = "groups", .type = Type::kSections, .section = kGroup}};

// JSON is YAML but for two things that people's tools write: tabs between tokens, and "\/".
std::string JsonAsYaml(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\' && i + 1 < text.size()) {
      if (text[i + 1] != '/') out.push_back(c);
      out.push_back(text[++i]);
      continue;
    }
    if (c == '"') in_string = !in_string;
    out.push_back(!in_string && c == '\t' ? ' ' : c);
  }
  return out;
}

std::pair<std::string, std::string> SplitPath(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return {".", path};
  return {slash == 0 ? "/" : path.substr(0, slash), path.substr(slash + 1)};
}

}  // namespace

base::Result<std::vector<TargetGroup>> ParseTargetFile(std::string_view text, const std::string& path) {
  const bool json = base::ToLower(path).ends_with(".json");
  ASSIGN_OR_RETURN(const config::Node root, config::ParseYaml(json ? JsonAsYaml(text) : std::string(text), path));
  std::vector<TargetGroup> groups;
  if (root.is_null()) return groups;
  if (!root.is_sequence()) return base::Invalid(path + ": expected a list of {targets: [...], labels: {...}}");
  config::Node file;
  file.kind = config::Node::Kind::kMapping;
  config::Node key;
  key.kind = config::Node::Kind::kScalar;
  key.scalar = "groups";
  file.entries.emplace_back(std::move(key), root);
  config::Errors errors;
  const config::Values values = config::Check(file, kFile, &errors);
  RETURN_IF_ERROR(errors.ToStatus());
  for (const config::Values& section : values.Sections("groups")) {
    TargetGroup& group = groups.emplace_back();
    group.targets = section.Strings("targets");
    std::vector<model::Labels::Pair> pairs;
    for (const auto& [name, value] : section.StringMap("labels")) {
      if (name.empty()) return base::Invalid(section.MarkOf("labels").ToString() + ": labels: an empty name");
      pairs.emplace_back(name, value);
    }
    pairs.emplace_back("__meta_filepath", path);
    group.labels = model::Labels::FromPairs(std::move(pairs));
  }
  return groups;
}

std::vector<std::string> FilesOf(base::FileSystem& fs, const std::string& pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string::npos) {
    return fs.Exists(pattern) ? std::vector<std::string>{pattern} : std::vector<std::string>();
  }
  const auto [directory, name] = SplitPath(pattern);
  const size_t star_in_name = name.find('*');
  const std::string before = name.substr(0, star_in_name);
  const std::string behind = name.substr(star_in_name + 1);
  std::vector<std::string> files;
  const auto names = fs.ListDirectory(directory);
  if (!names.ok()) return files;
  for (const std::string& found : *names) {
    if (found.size() < before.size() + behind.size()) continue;
    if (!found.starts_with(before) || !found.ends_with(behind)) continue;
    files.push_back(pattern.substr(0, pattern.size() - name.size()) + found);
    if (files.size() == kMaxFiles) break;
  }
  return files;
}

std::vector<std::string> PatternsOf(const std::vector<FileSource>& sources) {
  std::vector<std::string> patterns;
  for (const FileSource& source : sources) {
    patterns.insert(patterns.end(), source.patterns.begin(), source.patterns.end());
  }
  return patterns;
}

std::set<std::string> DirectoriesOf(const std::vector<std::string>& patterns) {
  std::set<std::string> directories;
  for (const std::string& pattern : patterns) {
    std::string directory = config::DirectoryOf(pattern);
    directories.insert(directory.empty() ? "." : std::move(directory));
  }
  return directories;
}

void FileDiscovery::Refresh(base::FileSystem& fs, std::vector<std::string>* problems) {
  std::map<std::string, std::vector<TargetGroup>> now;
  for (const std::string& pattern : patterns_) {
    for (const std::string& path : FilesOf(fs, pattern)) {
      if (now.contains(path)) continue;
      const auto text = fs.ReadFile(path, kMaxFileBytes);
      auto groups = text.ok() ? ParseTargetFile(*text, path) : text.status();
      if (groups.ok()) {
        now.emplace(path, std::move(*groups));
        continue;
      }
      problems->push_back(groups.status().message());
      if (const auto before = by_file_.find(path); before != by_file_.end()) now.insert(*before);
    }
  }
  by_file_ = std::move(now);
}

std::vector<TargetGroup> FileDiscovery::Groups() const {
  std::vector<TargetGroup> all;
  for (const auto& [path, groups] : by_file_) all.insert(all.end(), groups.begin(), groups.end());
  return all;
}

}  // namespace bekci::client
