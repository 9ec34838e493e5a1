#include "agent/promql/selection.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "agent/base/text.h"
#include "agent/promql/annotation_texts.h"
#include "agent/promql/label_hash.h"
#include "agent/promql/order_statistics.h"

namespace bekci::promql {
namespace {

// The columns of each group, in their order, and which group each has.
struct Groups {
  Groups(const AggregateExpr& expr, const Columns& columns) : grouping(expr.without, expr.grouping) {
    for (size_t i = 0; i < columns.size(); ++i) {
      const size_t group = grouping.Group(columns[i].labels);
      if (group == members.size()) members.emplace_back();
      members[group].push_back(i);
    }
  }
  Grouping grouping;
  std::vector<std::vector<size_t>> members;
};

// ---- topk, bottomk ----

struct Candidate {
  double value;
  size_t index;  // of the column
};

// A heap whose top is the first to go. It is Go's container/heap step by step: which of several equal elements stays
// depends on how a heap moves them, and answers are to be the same.
class WorstFirst {
 public:
  explicit WorstFirst(bool largest) : largest_(largest) {}

  size_t size() const { return heap_.size(); }
  void Clear() { heap_.clear(); }

  void Offer(Candidate candidate, size_t k) {
    if (heap_.size() < k) {
      heap_.push_back(candidate);
      Up(heap_.size() - 1);
      return;
    }
    const double worst = heap_[0].value;
    const bool better = largest_ ? worst < candidate.value : worst > candidate.value;
    if (!better && !(std::isnan(worst) && !std::isnan(candidate.value))) return;
    heap_[0] = candidate;
    Down(0);
  }

  // Best first.
  std::vector<Candidate>& Sorted() {
    std::stable_sort(heap_.begin(), heap_.end(), [&](const Candidate& a, const Candidate& b) { return Goes(b, a); });
    return heap_;
  }

 private:
  bool Goes(const Candidate& a, const Candidate& b) const {
    if (std::isnan(a.value)) return !std::isnan(b.value);
    return largest_ ? a.value < b.value : a.value > b.value;
  }
  // Go's Less: a NaN is less even than a NaN, which only the heap may see (it is no order to sort by).
  bool Less(const Candidate& a, const Candidate& b) const { return std::isnan(a.value) || Goes(a, b); }

  void Up(size_t at) {
    while (at > 0) {
      const size_t parent = (at - 1) / 2;
      if (!Less(heap_[at], heap_[parent])) break;
      std::swap(heap_[at], heap_[parent]);
      at = parent;
    }
  }

  void Down(size_t at) {
    for (;;) {
      size_t child = 2 * at + 1;
      if (child >= heap_.size()) break;
      if (child + 1 < heap_.size() && Less(heap_[child + 1], heap_[child])) ++child;
      if (!Less(heap_[child], heap_[at])) break;
      std::swap(heap_[at], heap_[child]);
      at = child;
    }
  }

  bool largest_;
  std::vector<Candidate> heap_;
};

using Choice = std::vector<std::vector<bool>>;  // [column][step]

size_t WholeCount(double k) {
  if (!(k >= 1)) return 0;
  return k >= 1e18 ? std::numeric_limits<size_t>::max() : static_cast<size_t>(k);
}

// Marks the best of each step; the order of the last step's is appended to `order`.
void ChooseBest(const AggregateExpr& expr, const ScalarColumn& ks, const Columns& columns,
                const std::vector<size_t>& members, FoldNotes* notes, Choice* chosen, std::vector<size_t>* order) {
  WorstFirst heap(expr.op == AggregateOp::kTopk);
  for (size_t step = 0; step < ks.size(); ++step) {
    const size_t k = WholeCount(ks[step]);
    if (k == 0) continue;
    heap.Clear();
    for (const size_t member : members) {
      const SeriesColumn& column = columns[member];
      if (column.is_histogram(step)) notes->histogram_ignored = true;
      if (column.is_float(step)) heap.Offer({column.values[step], member}, k);
    }
    for (const Candidate& candidate : heap.Sorted()) {
      (*chosen)[candidate.index][step] = true;
      if (ks.size() == 1) order->push_back(candidate.index);
    }
  }
}

void ChooseFirst(const ScalarColumn& ks, const Columns& columns, const std::vector<size_t>& members, Choice* chosen) {
  for (size_t step = 0; step < ks.size(); ++step) {
    size_t left = WholeCount(ks[step]);
    for (const size_t member : members) {
      if (left == 0) break;
      if (!columns[member].has(step)) continue;
      (*chosen)[member][step] = true;
      --left;
    }
  }
}

void ChooseByHash(const ScalarColumn& ratios, const Columns& columns, const std::vector<size_t>& members,
                  Choice* chosen) {
  for (const size_t member : members) {
    const double place = RatioPlace(columns[member].labels);
    for (size_t step = 0; step < ratios.size(); ++step) {
      const double ratio = ratios[step];
      (*chosen)[member][step] = ratio >= 0 ? place < ratio : place >= 1 + ratio;
    }
  }
}

// ---- count_values ----

// Go's FormatFloat(value, 'f', -1, 64): shortest, never with an exponent.
std::string PlainNumber(double value) {
  if (!std::isfinite(value)) return base::DoubleText(value);
  std::string digits(400, '\0');
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), value, std::chars_format::fixed);
  digits.resize(static_cast<size_t>(end.ptr - digits.data()));
  return digits;
}

std::string StepText(const SeriesColumn& column, size_t step) {
  return column.is_histogram(step) ? model::HistogramText(*column.histograms[step]) : PlainNumber(column.values[step]);
}

// `name` in quotes as Go's %q writes it: bytes that are no UTF-8 as \x.
std::string GoQuoted(const std::string& name) {
  std::string out = "\"";
  for (size_t i = 0; i < name.size();) {
    size_t size = 1;
    while (size < 4 && i + size < name.size() && (static_cast<unsigned char>(name[i + size]) & 0xc0) == 0x80) ++size;
    const std::string_view character = std::string_view(name).substr(i, size);
    if (base::IsValidUtf8(character) && static_cast<unsigned char>(name[i]) >= 0x20) {
      if (character == "\"" || character == "\\") out += '\\';
      out += character;
      i += size;
      continue;
    }
    constexpr char kDigits[] = "0123456789abcdef";
    const auto byte = static_cast<unsigned char>(name[i]);
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
    ++i;
  }
  return out + "\"";
}

}  // namespace

double RatioPlace(const model::Labels& labels) {
  return static_cast<double>(LabelHash(labels)) / 0x1p64;
}

void SelectElements(const AggregateExpr& expr, const ScalarColumn& ks, Columns columns, FoldNotes* notes,
                    Columns* out) {
  const Groups groups(expr, columns);
  Choice chosen(columns.size(), std::vector<bool>(ks.size()));
  std::vector<size_t> order;
  for (const std::vector<size_t>& members : groups.members) {
    if (expr.op == AggregateOp::kLimitk) {
      ChooseFirst(ks, columns, members, &chosen);
    } else if (expr.op == AggregateOp::kLimitRatio) {
      ChooseByHash(ks, columns, members, &chosen);
    } else {
      ChooseBest(expr, ks, columns, members, notes, &chosen, &order);
    }
  }
  if (order.empty()) {
    for (const std::vector<size_t>& members : groups.members) order.insert(order.end(), members.begin(), members.end());
  }
  for (const size_t index : order) {
    SeriesColumn& column = columns[index];
    for (size_t step = 0; step < ks.size(); ++step) {
      if (!chosen[index][step]) column.SetAbsent(step);
    }
    if (!column.AllAbsent()) out->push_back(std::move(column));
  }
}

void AggregateQuantile(const AggregateExpr& expr, const ScalarColumn& qs, const Columns& columns, FoldNotes* notes,
                       Columns* out) {
  const Groups groups(expr, columns);
  std::vector<double> values;
  for (size_t group = 0; group < groups.members.size(); ++group) {
    const std::vector<size_t>& members = groups.members[group];
    SeriesColumn result;
    result.Reset(qs.size());
    for (size_t step = 0; step < qs.size(); ++step) {
      values.clear();
      for (const size_t member : members) {
        if (columns[member].is_histogram(step)) notes->histogram_ignored = true;
        if (columns[member].is_float(step)) values.push_back(columns[member].values[step]);
      }
      if (!values.empty()) result.SetFloat(step, Quantile(qs[step], values));
    }
    if (result.AllAbsent()) continue;
    result.labels = groups.grouping.labels(group);
    result.drop_name = columns[members[0]].drop_name;
    out->push_back(std::move(result));
  }
}

base::Status CountValues(const AggregateExpr& expr, const std::string& label, const Columns& columns, Columns* out) {
  if (label.empty() || !base::IsValidUtf8(label)) return base::Invalid("invalid label name " + GoQuoted(label));
  std::vector<std::string> names = expr.grouping;
  if (!expr.without) names.push_back(label);
  Grouping grouping(expr.without, std::move(names));
  for (const SeriesColumn& column : columns) {
    std::string last;  // values come in runs
    size_t group = 0;
    for (size_t step = 0; step < column.steps(); ++step) {
      if (!column.has(step)) continue;
      std::string text = StepText(column, step);
      if (last.empty() || text != last) {
        group = grouping.Group(column.labels.With({{label, text}}));
        last = std::move(text);
      }
      if (group == out->size()) {
        out->emplace_back().Reset(column.steps());
        out->back().labels = grouping.labels(group);
        out->back().drop_name = column.drop_name;
      }
      SeriesColumn& counts = (*out)[group];
      counts.SetFloat(step, counts.has(step) ? counts.values[step] + 1 : 1);
    }
  }
  return base::OkStatus();
}

base::Status CheckParameter(const AggregateExpr& expr, const ScalarColumn& params, Annotations* annotations) {
  double lowest = std::numeric_limits<double>::infinity();
  double highest = -lowest;
  bool nan = false;
  for (const double param : params) {
    nan = nan || std::isnan(param);
    lowest = std::min(lowest, param);
    highest = std::max(highest, param);
  }
  const PositionRange position = expr.param->position;
  if (expr.op == AggregateOp::kQuantile) {
    if (nan) annotations->Warn(InvalidQuantileText(std::nan("")), position);
    if (highest > 1) annotations->Warn(InvalidQuantileText(highest), position);
    if (lowest < 0) annotations->Warn(InvalidQuantileText(lowest), position);
    return base::OkStatus();
  }
  if (expr.op == AggregateOp::kLimitRatio) {
    if (nan) return base::Invalid("Ratio value is NaN");
    const auto cap = [&](double ratio, const char* to) {
      annotations->Warn("ratio value should be between -1 and 1, got " + base::DoubleText(ratio) + ", capping to " + to,
                        position);
    };
    if (highest > 1) cap(highest, "1");
    if (lowest < -1) cap(lowest, "-1");
    return base::OkStatus();
  }
  constexpr double kInt64Limit = 0x1p63;
  if (nan) return base::Invalid("Parameter value is NaN");
  if (highest >= kInt64Limit) return base::Invalid("Scalar value " + base::DoubleText(highest) + " overflows int64");
  if (lowest <= -kInt64Limit) return base::Invalid("Scalar value " + base::DoubleText(lowest) + " underflows int64");
  return base::OkStatus();
}

}  // namespace bekci::promql
