#include "agent/app/rule_files.h"

#include <iterator>
#include <set>
#include <utility>

#include "agent/base/path_pattern.h"
#include "agent/base/text.h"
#include "agent/ruler/rule_file.h"

namespace bekci::app {
namespace {

constexpr size_t kMaxFiles = 10'000;

void AddLines(const base::Status& status, config::Errors* errors) {
  base::LineReader lines(status.message());  // each with a place of its own
  for (std::string_view line; lines.Next(&line);) errors->Add({}, std::string(line));
}

}  // namespace

std::vector<ruler::GroupText> LoadRuleFiles(base::FileSystem& fs, const std::vector<std::string>& patterns,
                                            const promql::Features& features, const config::Mark& mark,
                                            config::Errors* errors) {
  std::vector<ruler::GroupText> groups;
  std::set<std::string> seen;
  for (const std::string& pattern : patterns) {
    const std::vector<std::string> paths =
        base::IsPathPattern(pattern) ? base::MatchPaths(fs, pattern, kMaxFiles) : std::vector<std::string>{pattern};
    for (const std::string& path : paths) {
      if (!seen.insert(path).second) continue;
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
  }
  return groups;
}

}  // namespace bekci::app
