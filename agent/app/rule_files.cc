#include "agent/app/rule_files.h"

#include <iterator>
#include <set>
#include <utility>

#include "agent/base/path_pattern.h"
#include "agent/base/text.h"
#include "agent/ruler/rule_file.h"
#include "agent/ruler/slo/generate.h"
#include "agent/ruler/slo/loader.h"

namespace bekci::app {
namespace {

constexpr size_t kMaxFiles = 10'000;

void AddLines(const base::Status& status, config::Errors* errors) {
  base::LineReader lines(status.message());  // each with a place of its own
  for (std::string_view line; lines.Next(&line);) errors->Add({}, std::string(line));
}

// The files that `patterns` lead to, each once.
std::vector<std::string> FilesOf(base::FileSystem& fs, const std::vector<std::string>& patterns) {
  std::vector<std::string> files;
  std::set<std::string> seen;
  for (const std::string& pattern : patterns) {
    const std::vector<std::string> paths =
        base::IsPathPattern(pattern) ? base::MatchPaths(fs, pattern, kMaxFiles) : std::vector<std::string>{pattern};
    for (const std::string& path : paths) {
      if (seen.insert(path).second) files.push_back(path);
    }
  }
  return files;
}

}  // namespace

std::vector<ruler::GroupText> LoadRuleFiles(base::FileSystem& fs, const std::vector<std::string>& patterns,
                                            const promql::Features& features, const config::Mark& mark,
                                            config::Errors* errors) {
  std::vector<ruler::GroupText> groups;
  for (const std::string& path : FilesOf(fs, patterns)) {
    const auto text = fs.ReadFile(path, config::YamlLimits().bytes);
    if (!text.ok()) {
      errors->Add(mark, "rule_files: " + text.status().message());
      continue;
    }
    auto file = ruler::ParseRuleFile(*text, path, features);
    if (!file.ok()) {
      AddLines(file.status(), errors);
      continue;
    }
    groups.insert(groups.end(), std::make_move_iterator(file->groups.begin()),
                  std::make_move_iterator(file->groups.end()));
  }
  return groups;
}

std::vector<ruler::slo::Slo> LoadObjectives(base::FileSystem& fs, const std::vector<std::string>& patterns,
                                            const config::Mark& mark, config::Errors* errors) {
  std::vector<ruler::slo::SourceText> sources;
  for (const std::string& path : FilesOf(fs, patterns)) {
    auto text = fs.ReadFile(path, ruler::slo::kMaxSloFileBytes);
    if (text.ok()) {
      sources.push_back({path, *std::move(text)});
    } else {
      errors->Add(mark, "slo_files: " + text.status().message());
    }
  }
  auto loaded = ruler::slo::LoadSlos(sources, {});
  if (loaded.ok()) return std::move(loaded->slos);
  AddLines(loaded.status(), errors);
  return {};
}

std::vector<ruler::GroupText> RulesOfObjectives(const std::vector<ruler::slo::Slo>& slos) {
  return ruler::slo::RulesOf(slos, ruler::slo::RuleStyle::kAuto, {});
}

}  // namespace bekci::app
