// Matching: which elements of two vectors belong together, found once per query instead of once per step.
//
// The signature of an element is the part of its labels that is matched on; elements of equal signature form a group,
// named by a small number. Source: Prometheus' vector matching. Thread rule: one thread at a time.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "agent/model/labels.h"
#include "agent/promql/ast.h"

namespace bekci::promql {

// Only `names`, or all but `names` and the metric name. `names` must be sorted.
model::Labels KeepLabels(const model::Labels& labels, const std::vector<std::string>& names);
model::Labels RemoveLabels(const model::Labels& labels, const std::vector<std::string>& names);

// {__name__="up", job="node"}: as Prometheus prints label sets in the errors of operators.
std::string LabelSetText(const model::Labels& labels);

class Signatures {
 public:
  explicit Signatures(const VectorMatching& matching);
  model::Labels Of(const model::Labels& labels) const;
  // The number of the group; numbers begin at 0 and are dense.
  size_t Group(const model::Labels& labels);
  size_t groups() const { return numbers_.size(); }

 private:
  bool on_;
  std::vector<std::string> names_;
  std::unordered_map<model::Labels, size_t> numbers_;
};

// The labels of what an operator makes of an element of the many side (one-to-one: the left) and one of the other.
class ResultLabels {
 public:
  ResultLabels(BinaryOp op, const VectorMatching& matching);
  model::Labels Of(const model::Labels& many, const model::Labels& one) const;

 private:
  bool drops_name_;
  const VectorMatching& matching_;
  std::vector<std::string> names_;
};

}  // namespace bekci::promql
