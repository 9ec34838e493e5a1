#include "agent/promql/vector_binary.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "agent/promql/binary_operation.h"
#include "agent/promql/evaluator.h"
#include "agent/promql/matching.h"

namespace bekci::promql {
namespace {

using StepSet = std::vector<bool>;

void AddSteps(const SeriesColumn& column, StepSet* steps) {
  steps->resize(column.steps());
  for (size_t i = 0; i < column.steps(); ++i) {
    if (column.has(i)) (*steps)[i] = true;
  }
}

// A column that holds `value` at the steps that are not in `taken` (all, where that is empty).
SeriesColumn Filling(model::Labels labels, double value, const StepSet& taken, size_t count) {
  SeriesColumn column;
  column.labels = std::move(labels);
  column.Reset(count);
  for (size_t i = 0; i < count; ++i) {
    if (taken.empty() || !taken[i]) column.SetFloat(i, value);
  }
  return column;
}

// One operator at work. "Many" is the side that may have several elements in a group: the left one, but for
// group_right. One-to-one is many-to-one in which the many side may not have several either.
class Matcher {
 public:
  Matcher(const BinaryExpr& expr, const Features& features, Annotations* annotations, Columns* out)
      : expr_(expr),
        matching_(*expr.matching),
        delayed_(features.delayed_name_removal),
        swapped_(matching_.cardinality == Cardinality::kOneToMany),
        many_fill_(swapped_ ? matching_.fill_right : matching_.fill_left),
        one_fill_(swapped_ ? matching_.fill_left : matching_.fill_right),
        signatures_(matching_),
        result_labels_(expr.op, matching_),
        annotations_(annotations),
        out_(out) {}

  base::Status Run(Columns left, Columns right) {
    many_ = std::move(swapped_ ? right : left);
    one_ = std::move(swapped_ ? left : right);
    if (many_.empty() && one_.empty()) return base::OkStatus();
    count_ = (many_.empty() ? one_ : many_)[0].steps();
    if ((many_.empty() && !many_fill_) || (one_.empty() && !one_fill_)) return base::OkStatus();
    FormGroups();
    RETURN_IF_ERROR(CheckOneSide());
    for (size_t i = 0; i < many_.size(); ++i) RETURN_IF_ERROR(MatchMany(i));
    if (many_fill_) RETURN_IF_ERROR(FillMany());
    notes_.Annotate(expr_.op, expr_.position, annotations_);
    return MergeSameLabels(out_);
  }

 private:
  // Elements of one signature.
  struct Group {
    std::vector<size_t> ones;
    std::vector<size_t> manys;
    StepSet result_steps;                                // one-to-one: where the group has given a result
    std::unordered_map<model::Labels, StepSet> results;  // else: by labels
  };

  void FormGroups() {
    many_group_.reserve(many_.size());
    for (const SeriesColumn& column : many_) many_group_.push_back(signatures_.Group(column.labels));
    std::vector<size_t> one_group;
    one_group.reserve(one_.size());
    for (const SeriesColumn& column : one_) one_group.push_back(signatures_.Group(column.labels));
    groups_.resize(signatures_.groups());
    for (size_t i = 0; i < many_.size(); ++i) groups_[many_group_[i]].manys.push_back(i);
    for (size_t i = 0; i < one_.size(); ++i) groups_[one_group[i]].ones.push_back(i);
  }

  // Two elements of the one side at one step, while there is somebody on the other side to match at all.
  base::Status CheckOneSide() const {
    StepSet anybody;
    for (const Group& group : groups_) {
      if (group.ones.size() < 2) continue;
      if (anybody.empty()) {
        anybody.assign(count_, many_fill_.has_value());
        for (const SeriesColumn& column : many_) AddSteps(column, &anybody);
      }
      std::vector<const SeriesColumn*> owner(count_);
      for (const size_t one : group.ones) {
        for (size_t i = 0; i < count_; ++i) {
          if (!one_[one].has(i) || !anybody[i]) continue;
          if (owner[i] != nullptr) return Duplicate(one_[one].labels, owner[i]->labels);
          owner[i] = &one_[one];
        }
      }
    }
    return base::OkStatus();
  }

  base::Status Duplicate(const model::Labels& later, const model::Labels& earlier) const {
    return base::Invalid("found duplicate series for the match group " + LabelSetText(signatures_.Of(later)) +
                         " on the " + (swapped_ ? "left" : "right") + " hand-side of the operation: [" +
                         LabelSetText(later) + ", " + LabelSetText(earlier) +
                         "];many-to-many matching not allowed: matching labels must be unique on one side");
  }

  base::Status MatchMany(size_t index) {
    Group& group = groups_[many_group_[index]];
    // The last use of the many side's column may take it away.
    const size_t uses = group.ones.size() + (one_fill_ ? 1 : 0);
    for (size_t i = 0; i < group.ones.size(); ++i) {
      const SeriesColumn& one = one_[group.ones[i]];
      SeriesColumn many = i + 1 == uses && !many_fill_ ? std::move(many_[index]) : many_[index];
      RETURN_IF_ERROR(Operate(std::move(many), one, &group));
    }
    if (!one_fill_) return base::OkStatus();
    StepSet taken(count_);
    for (const size_t one : group.ones) AddSteps(one_[one], &taken);
    const SeriesColumn fill = Filling(signatures_.Of(many_[index].labels), *one_fill_, taken, count_);
    return Operate(many_[index], fill, &group);
  }

  // What stands on the one side where nobody of its group stands on the other.
  base::Status FillMany() {
    for (Group& group : groups_) {
      StepSet taken(count_);
      for (const size_t many : group.manys) AddSteps(many_[many], &taken);
      for (const size_t one : group.ones) {
        SeriesColumn fill = Filling(signatures_.Of(one_[one].labels), *many_fill_, taken, count_);
        RETURN_IF_ERROR(Operate(std::move(fill), one_[one], &group));
      }
    }
    return base::OkStatus();
  }

  base::Status Operate(SeriesColumn many, const SeriesColumn& one, Group* group) {
    const model::Labels many_labels = many.labels;
    bool drop_name = many.drop_name && !DropsName(expr_.op);
    SeriesColumn result;
    if (swapped_) {
      result = one;
      OperateColumns(expr_.op, expr_.return_bool, &result, many, &notes_);
    } else {
      result = std::move(many);
      OperateColumns(expr_.op, expr_.return_bool, &result, one, &notes_);
    }
    if (result.AllAbsent()) return base::OkStatus();
    result.labels = result_labels_.Of(many_labels, one.labels);
    if (expr_.return_bool && !delayed_) result.labels = DropMetricMetadata(result.labels);
    result.drop_name = (drop_name || (expr_.return_bool && delayed_)) && result.labels.Has(model::kMetricName);
    RETURN_IF_ERROR(CheckUnique(result, group));
    out_->push_back(std::move(result));
    return base::OkStatus();
  }

  base::Status CheckUnique(const SeriesColumn& result, Group* group) {
    const bool one_to_one = matching_.cardinality == Cardinality::kOneToOne;
    // A group with one element on the side in question cannot give two results at a step.
    if (group->manys.size() < 2) return base::OkStatus();
    StepSet& steps = one_to_one ? group->result_steps : group->results[result.labels];
    steps.resize(count_);
    for (size_t i = 0; i < count_; ++i) {
      if (!result.has(i)) continue;
      if (steps[i]) {
        return base::Invalid(one_to_one ? "multiple matches for labels: many-to-one matching must be explicit "
                                          "(group_left/group_right)"
                                        : "multiple matches for labels: grouping labels must ensure unique matches");
      }
      steps[i] = true;
    }
    return base::OkStatus();
  }

  const BinaryExpr& expr_;
  const VectorMatching& matching_;
  bool delayed_;
  bool swapped_;
  std::optional<double> many_fill_;  // stands for a missing element of the many side
  std::optional<double> one_fill_;
  Signatures signatures_;
  ResultLabels result_labels_;
  Annotations* annotations_;
  Columns* out_;
  Columns many_;
  Columns one_;
  size_t count_ = 0;
  std::vector<size_t> many_group_;
  std::vector<Group> groups_;
  OperationNotes notes_;
};

// For each group, the steps at which the side has an element of it.
std::vector<StepSet> StepsByGroup(const Columns& columns, const std::vector<size_t>& groups, size_t count) {
  std::vector<StepSet> steps(count);
  for (size_t i = 0; i < columns.size(); ++i) AddSteps(columns[i], &steps[groups[i]]);
  return steps;
}

// Keeps of `column` the steps that are in `steps` (or are not).
void KeepSteps(const StepSet& steps, bool wanted, SeriesColumn* column) {
  for (size_t i = 0; i < column->steps(); ++i) {
    const bool is_in = !steps.empty() && steps[i];
    if (is_in != wanted) column->SetAbsent(i);
  }
}

void MoveWhatIsThere(Columns* from, Columns* out) {
  for (SeriesColumn& column : *from) {
    if (!column.AllAbsent()) out->push_back(std::move(column));
  }
}

}  // namespace

base::Status MatchVectors(const BinaryExpr& expr, const Features& features, Columns left, Columns right,
                          Annotations* annotations, Columns* out) {
  return Matcher(expr, features, annotations, out).Run(std::move(left), std::move(right));
}

void CombineSets(const BinaryExpr& expr, Columns left, Columns right, Columns* out) {
  Signatures signatures(*expr.matching);
  const auto groups_of = [&](const Columns& columns) {
    std::vector<size_t> groups;
    groups.reserve(columns.size());
    for (const SeriesColumn& column : columns) groups.push_back(signatures.Group(column.labels));
    return groups;
  };
  const std::vector<size_t> left_groups = groups_of(left);
  const std::vector<size_t> right_groups = groups_of(right);
  const size_t count = signatures.groups();
  if (expr.op == BinaryOp::kOr) {
    const std::vector<StepSet> taken = StepsByGroup(left, left_groups, count);
    for (size_t i = 0; i < right.size(); ++i) KeepSteps(taken[right_groups[i]], false, &right[i]);
  } else {
    const std::vector<StepSet> there = StepsByGroup(right, right_groups, count);
    for (size_t i = 0; i < left.size(); ++i) KeepSteps(there[left_groups[i]], expr.op == BinaryOp::kAnd, &left[i]);
    right.clear();
  }
  MoveWhatIsThere(&left, out);
  MoveWhatIsThere(&right, out);
}

}  // namespace bekci::promql
