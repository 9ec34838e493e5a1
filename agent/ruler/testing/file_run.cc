#include "agent/ruler/testing/file_run.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "agent/base/path_pattern.h"
#include "agent/base/text.h"
#include "agent/config/option.h"
#include "agent/ruler/rule_file.h"
#include "agent/ruler/testing/test_file.h"

namespace bekci::ruler::testing {
namespace {

// What the YAML reader takes, and a byte more, so that it tells who has too much.
constexpr size_t kMaxFileBytes = (size_t{8} << 20) + 1;
constexpr size_t kMaxMatches = 10'000;

// The files that `patterns` mean, each once.
std::vector<std::string> FindRuleFiles(base::FileSystem& fs, const TestFile& file, std::vector<std::string>* warnings) {
  std::vector<std::string> found;
  std::set<std::string> seen;
  for (const std::string& written : file.rule_files) {
    const std::string path = config::ResolvePath(written, config::DirectoryOf(file.path));
    std::vector<std::string> matches{path};
    if (base::IsPathPattern(path)) matches = base::MatchPaths(fs, path, kMaxMatches);
    std::erase_if(matches, [&](const std::string& match) { return !fs.Exists(match); });
    if (matches.empty()) warnings->push_back("no file match pattern " + path);
    for (std::string& match : matches) {
      if (seen.insert(match).second) found.push_back(std::move(match));
    }
  }
  return found;
}

base::Result<std::vector<GroupText>> LoadGroups(base::FileSystem& fs, const TestFile& file,
                                                const FileRunOptions& options, FileReport* report) {
  std::vector<GroupText> groups;
  std::vector<std::string> errors;
  for (const std::string& path : FindRuleFiles(fs, file, &report->warnings)) {
    const auto text = fs.ReadFile(path, kMaxFileBytes);
    if (!text.ok()) {
      report->unreadable = true;
      errors.push_back(text.status().message());
      continue;
    }
    auto parsed =
        ParseRuleFile(*text, path, options.run.features,
                      options.ignore_unknown_fields ? config::UnknownKeys::kIgnored : config::UnknownKeys::kRefused);
    if (!parsed.ok()) {
      errors.push_back(parsed.status().message());
      continue;
    }
    report->warnings.insert(report->warnings.end(), parsed->warnings.begin(), parsed->warnings.end());
    std::move(parsed->groups.begin(), parsed->groups.end(), std::back_inserter(groups));
  }
  if (!errors.empty()) return base::Invalid(base::Join(errors, "\n"));
  std::map<std::string, size_t> order;
  for (const std::string& name : file.group_order) order.emplace(name, order.size());
  const auto place = [&](const GroupText& group) {
    const auto found = order.find(group.name);
    return found == order.end() ? size_t{0} : found->second;
  };
  std::stable_sort(groups.begin(), groups.end(),
                   [&](const GroupText& a, const GroupText& b) { return place(a) < place(b); });
  return groups;
}

base::Status Run(base::FileSystem& fs, const FileRunOptions& options, FileReport* report) {
  auto text = fs.ReadFile(report->path, kMaxFileBytes);
  if (!text.ok()) {
    report->unreadable = true;
    return std::move(text).status();
  }
  TestFileOptions file_options;
  file_options.limits = options.run.limits;
  file_options.ignore_unknown_fields = options.ignore_unknown_fields;
  ASSIGN_OR_RETURN(const TestFile file, ParseTestFile(*text, report->path, file_options));
  report->warnings = file.warnings;
  ASSIGN_OR_RETURN(const std::vector<GroupText> groups, LoadGroups(fs, file, options, report));
  size_t number = 0;
  for (const TestCase& test : file.tests) {
    ++number;
    if (options.wanted && !options.wanted(test.name)) {
      ++report->skipped;
      continue;
    }
    if (options.on_test) options.on_test(test.title, number, file.tests.size());
    report->tests.push_back(RunTest(file, test, groups, options.run));
  }
  return base::OkStatus();
}

}  // namespace

FileReport RunTestFile(base::FileSystem& fs, const std::string& path, const FileRunOptions& options) {
  const base::RealClock clock;
  const base::MonotonicTime began = clock.Monotonic();
  FileReport report;
  report.path = path;
  report.status = Run(fs, options, &report);
  report.took = clock.Monotonic() - began;
  return report;
}

}  // namespace bekci::ruler::testing
