#include "exporters/mysql/rows_part.h"

#include <algorithm>

#include "agent/base/text.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {

void ChooseRows(const ResultTable& table, int weight, size_t budget, std::vector<std::pair<double, size_t>>* ranked,
                std::vector<size_t>* shown) {
  shown->clear();
  const size_t rows = table.rows();
  if (rows <= budget || weight == ResultTable::kNoColumn) {
    for (size_t row = 0; row < std::min(rows, budget); ++row) shown->push_back(row);
    return;
  }
  ranked->clear();
  for (size_t row = 0; row < rows; ++row) {
    const auto number = base::ParseDouble(table.At(row, weight));
    ranked->emplace_back(number && *number > 0 ? -*number : 0, row);  // the largest first, then by place
  }
  const auto end = ranked->begin() + static_cast<std::ptrdiff_t>(budget);
  std::nth_element(ranked->begin(), end, ranked->end());
  for (auto it = ranked->begin(); it != end; ++it) shown->push_back(it->second);
  std::sort(shown->begin(), shown->end());
}

RowsPart::RowsPart(const RowShape& shape, std::vector<std::string> dialects, size_t row_budget, TrimPrefix trim)
    : shape_(shape), statements_{{std::move(dialects)}}, row_budget_(row_budget), trim_(std::move(trim)) {
  size_t most = 0;
  for (const RowMetric& metric : shape_.metrics) most = std::max(most, metric.labels.size());
  values_.resize(most);
  cleaned_.resize(most);
  columns_.resize(shape_.metrics.size());
}

void RowsPart::FindColumns(const ResultTable& table) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const RowMetric& metric = shape_.metrics[i];
    columns_[i].value = metric.column.empty() ? kTagColumn : table.Find(metric.column);
    columns_[i].labels.clear();
    for (const std::string_view label : metric.labels) {
      columns_[i].labels.push_back(label == kTag ? kTagColumn : table.Find(label));
    }
  }
  trimmed_ = trim_.prefix.empty() ? kTagColumn - 1 : table.Find(trim_.column);
}

void RowsPart::AddRow(const ResultTable& table, size_t row, FamilySink& sink) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const RowMetric& metric = shape_.metrics[i];
    const Columns& columns = columns_[i];
    double value = 1;
    if (columns.value != kTagColumn) {
      const auto number = base::ParseDouble(table.At(row, columns.value));
      if (!number) continue;
      value = *number / metric.divisor;
    }
    for (size_t k = 0; k < columns.labels.size(); ++k) {
      const int column = columns.labels[k];
      std::string_view text = column == kTagColumn ? metric.tag : LabelText(table.At(row, column), &cleaned_[k]);
      if (column == trimmed_ && text.starts_with(trim_.prefix)) text.remove_prefix(trim_.prefix.size());
      values_[k] = text;
    }
    sink.Add(*metric.spec, std::span<const std::string_view>(values_.data(), columns.labels.size()), value);
  }
}

base::Status RowsPart::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  FindColumns(table);
  ChooseRows(table, shape_.weight.empty() ? ResultTable::kNoColumn : table.Find(shape_.weight), row_budget_, &ranked_,
             &shown_);
  for (const size_t row : shown_) AddRow(table, row, sink);
  left_out_ = table.rows() - shown_.size();
  return base::OkStatus();
}

}  // namespace bekci::exporters::mysql
