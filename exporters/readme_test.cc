// Every collector's README holds what its spec says: the option table and the metric table.
#include <doctest/doctest.h>

#include <map>
#include <string>

#include "agent/collect/collector.h"
#include "agent/config/docs.h"
#include "agent/model/metric_family.h"
#include "tests/support/readme.h"

namespace bekci::readme_test {
namespace {

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

}  // namespace

TEST_CASE("each collector's README shows its options and metrics as the spec declares them") {
  for (const collect::CollectorSpec* spec : collect::AllCollectors()) {
    const std::string path = "exporters/" + std::string(spec->name) + "/README.md";
    if (!spec->options.empty()) testing::CheckReadmeTable(path, "options", config::MarkdownTable(spec->options));
    testing::CheckReadmeTable(path, "metrics", MetricTable(*spec));
  }
}

}  // namespace bekci::readme_test
