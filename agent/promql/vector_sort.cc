// sort, sort_desc, sort_by_label, sort_by_label_desc: the order of an instant query's answer. The answer of a range
// query has an order of its own, so there they only warn.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "agent/promql/annotation_texts.h"
#include "agent/promql/function_kernels.h"
#include "agent/promql/natural_order.h"

namespace bekci::promql {
namespace {

// Moves the argument to `out`. False, with a warning, where there is more than one step and so nothing to order.
bool TakeVector(const FunctionCall& call, Columns* out) {
  *out = std::move(call.columns(0));
  if (call.grid.count == 1) return true;
  call.annotations->Warn(std::string(kSortInRangeText), call.call.position);
  return false;
}

base::Status SortByValue(const FunctionCall& call, bool descending, Columns* out) {
  const bool one_step = TakeVector(call, out);
  for (SeriesColumn& column : *out) column.DropHistograms();
  if (!one_step) return base::OkStatus();
  std::erase_if(*out, [](const SeriesColumn& column) { return !column.has(0); });
  // NaN comes last either way.
  std::stable_sort(out->begin(), out->end(), [descending](const SeriesColumn& a, const SeriesColumn& b) {
    const double x = a.values[0];
    const double y = b.values[0];
    if (std::isnan(x) || std::isnan(y)) return !std::isnan(x) && std::isnan(y);
    return descending ? x > y : x < y;
  });
  return base::OkStatus();
}

int CompareByLabels(const FunctionCall& call, const model::Labels& a, const model::Labels& b) {
  for (size_t arg = 1; call.has(arg); ++arg) {
    const int order = CompareNatural(a.Get(call.string(arg)), b.Get(call.string(arg)));
    if (order != 0) return order;
  }
  const auto order = a <=> b;
  return order < 0 ? -1 : order > 0 ? 1 : 0;
}

base::Status SortByLabel(const FunctionCall& call, bool descending, Columns* out) {
  if (!TakeVector(call, out)) return base::OkStatus();
  std::stable_sort(out->begin(), out->end(), [&](const SeriesColumn& a, const SeriesColumn& b) {
    const int order = CompareByLabels(call, a.labels, b.labels);
    return descending ? order > 0 : order < 0;
  });
  return base::OkStatus();
}

}  // namespace

base::Status RunSort(const FunctionCall& call, Columns* out) {
  return SortByValue(call, false, out);
}
base::Status RunSortDesc(const FunctionCall& call, Columns* out) {
  return SortByValue(call, true, out);
}
base::Status RunSortByLabel(const FunctionCall& call, Columns* out) {
  return SortByLabel(call, false, out);
}
base::Status RunSortByLabelDesc(const FunctionCall& call, Columns* out) {
  return SortByLabel(call, true, out);
}

}  // namespace bekci::promql
