// Every collector's README holds what its spec says: the option table and the metric table between two marks.
//
//   <!-- generated: options -->  ...  <!-- end -->
//   <!-- generated: metrics -->  ...  <!-- end -->
//
// BEKCI_UPDATE_README=1 writes the tables anew instead of comparing them.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <string>

#include "agent/base/file_system.h"
#include "agent/collect/collector.h"
#include "agent/config/docs.h"
#include "agent/model/metric_family.h"

namespace bekci {
namespace {

constexpr std::string_view kEnd = "<!-- end -->";

// A table cell: a bar would end it.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) cell.append(c == '|' ? "\\|" : std::string(1, c));
  return cell;
}

// Rows sorted by name; a family that several parts share stands once.
std::string MetricTable(const collect::CollectorSpec& spec) {
  std::map<std::string_view, const collect::MetricSpec*> sorted;
  for (const collect::MetricSpec* metric : spec.metrics) sorted.emplace(metric->name, metric);
  std::string table = "| metric | type | labels | meaning |\n|---|---|---|---|\n";
  for (const auto& [name, metric] : sorted) {
    table.append("| `").append(name).append("` | ");
    table.append(metric->type == model::MetricType::kUntyped ? "untyped" : model::MetricTypeName(metric->type));
    table.append(" | ").append(Cell(metric->labels)).append(" | ").append(Cell(metric->help)).append(" |\n");
  }
  return table;
}

// Replaces what stands between "<!-- generated: `what` -->" and the end mark. False when the marks are not there.
bool Replace(std::string* readme, const std::string& what, const std::string& table) {
  const std::string mark = "<!-- generated: " + what + " -->\n";
  const size_t begin = readme->find(mark);
  if (begin == std::string::npos) return false;
  const size_t from = begin + mark.size();
  const size_t to = readme->find(kEnd, from);
  if (to == std::string::npos) return false;
  readme->replace(from, to - from, table);
  return true;
}

}  // namespace

TEST_CASE("each collector's README shows its options and metrics as the spec declares them") {
  base::RealFileSystem fs;
  const bool update = std::getenv("BEKCI_UPDATE_README") != nullptr;
  for (const collect::CollectorSpec* spec : collect::AllCollectors()) {
    const std::string path = std::string(BEKCI_SOURCE_DIR) + "/exporters/" + std::string(spec->name) + "/README.md";
    CAPTURE(path);
    const auto text = fs.ReadFile(path);
    REQUIRE_MESSAGE(text.ok(), "a collector's folder has a README.md");
    std::string current = *text;
    if (!spec->options.empty()) {
      CHECK_MESSAGE(Replace(&current, "options", config::MarkdownTable(spec->options)), "marks of the option table");
    }
    CHECK_MESSAGE(Replace(&current, "metrics", MetricTable(*spec)), "marks of the metric table");
    if (update) REQUIRE(fs.WriteFileAtomic(path, current).ok());
    if (!update) CHECK_MESSAGE(current == *text, "run it with BEKCI_UPDATE_README=1 and look at the difference");
  }
}

}  // namespace bekci
