// RowsPart: the shape that most parts have, as data. A statement gives rows; some columns are label values, others are
// numbers, each a series.
//
// The row budget: when there are more rows than the part may show, those with the largest `weight` are shown, in the
// order in which the server gave them, and the others are counted.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "exporters/mysql/part.h"

namespace bekci::exporters::mysql {

// A label source that is not a column: the metric's tag.
inline constexpr std::string_view kTag = "#";

struct RowMetric {
  const MetricSpec* spec;
  std::string_view column;  // of the number; NULL or no number: no series. Empty: the value is 1
  // Where the label values come from, in the order of spec->labels: names of columns, or kTag.
  std::span<const std::string_view> labels;
  std::string_view tag = {};
  double divisor = 1;
};

struct RowShape {
  std::span<const RowMetric> metrics;
  std::string_view weight = {};  // a column; empty: the first rows are shown
};

// Removes `prefix` from the label values of `column`.
struct TrimPrefix {
  std::string_view column;
  std::string prefix;
};

class RowsPart : public Part {
 public:
  RowsPart(const RowShape& shape, std::vector<std::string> dialects, size_t row_budget, TrimPrefix trim = {});

  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;
  uint64_t left_out() const override { return left_out_; }

 private:
  void FindColumns(const ResultTable& table);
  void AddRow(const ResultTable& table, size_t row, FamilySink& sink);

  const RowShape shape_;
  const std::vector<Statement> statements_;
  const size_t row_budget_;
  const TrimPrefix trim_;
  uint64_t left_out_ = 0;

  static constexpr int kTagColumn = -2;
  struct Columns {
    int value;
    std::vector<int> labels;
  };
  std::vector<Columns> columns_;  // as shape_.metrics
  int trimmed_ = -1;
  std::vector<std::string_view> values_;
  std::vector<std::string> cleaned_;  // storage for label values that are not UTF-8
  std::vector<std::pair<double, size_t>> ranked_;
  std::vector<size_t> shown_;
};

// The rows of `table` that a budget of `budget` rows shows, in the order of the table: all of them, or those with the
// largest numbers in `weight` (kNoColumn: the first ones). `ranked` is working memory.
void ChooseRows(const ResultTable& table, int weight, size_t budget, std::vector<std::pair<double, size_t>>* ranked,
                std::vector<size_t>* shown);

// The usual `make` of a part without options: Shape and Dialects are constants at namespace scope.
template <const auto& kShape, const auto& kDialects>
base::Result<std::unique_ptr<Part>> MakeRows(const PartEnvironment& environment, const config::Values&) {
  return std::unique_ptr<Part>(std::make_unique<RowsPart>(
      kShape, std::vector<std::string>(std::begin(kDialects), std::end(kDialects)), environment.row_budget));
}

}  // namespace bekci::exporters::mysql
