#include "agent/collect/sample_labels.h"

#include <doctest/doctest.h>

namespace bekci::collect::sample_labels_test {
namespace {

using Pairs = std::vector<model::Labels::Pair>;

std::string Made(SampleLabels::Options options, const Pairs& shown, std::string_view name = "m") {
  SampleLabels labels(std::move(options));
  const auto made = labels.Make(name, shown);
  if (!made.ok()) return made.status().message();
  return *made ? (*made)->ToString() : "dropped";
}

const model::Labels kTarget = {{"instance", "i"}, {"job", "j"}};

model::RelabelRule Rule(model::RelabelSpec spec) {
  return *model::RelabelRule::Make(std::move(spec));
}

}  // namespace

TEST_CASE("the target's labels win, and what they push aside is exported") {
  CHECK(Made({.target = kTarget}, {{"a", "1"}}) == R"(m{a="1", instance="i", job="j"})");
  CHECK(Made({.target = kTarget}, {{"a", "1"}, {"job", "own"}}) ==
        R"(m{a="1", exported_job="own", instance="i", job="j"})");
  CHECK(Made({.target = kTarget}, {{"exported_job", "x"}, {"job", "own"}}) ==
        R"(m{exported_exported_job="own", exported_job="x", instance="i", job="j"})");
  CHECK(Made({.target = kTarget}, {{"job", ""}}) == R"(m{instance="i", job="j"})");
  // Both are pushed aside: the shorter name first.
  CHECK(Made({.target = {{"a", "t"}, {"exported_a", "t2"}}}, {{"a", "1"}, {"exported_a", "2"}}) ==
        R"(m{a="t", exported_a="t2", exported_exported_a="1", exported_exported_exported_a="2"})");
}

TEST_CASE("with honor_labels the page's labels win, also one that it says is empty") {
  CHECK(Made({.target = kTarget, .honor_labels = true}, {{"job", "own"}}) == R"(m{instance="i", job="own"})");
  CHECK(Made({.target = kTarget, .honor_labels = true}, {{"instance", ""}}) == R"(m{job="j"})");
}

TEST_CASE("metric relabeling sees the target's labels, and may drop, rename or spoil a sample") {
  const auto drop = Rule({.action = model::RelabelAction::kDrop, .source_labels = {"__name__", "job"}, .regex = "m;j"});
  CHECK(Made({.target = kTarget, .relabel = {drop}}, {}) == "dropped");
  CHECK(Made({.target = kTarget, .relabel = {drop}}, {}, "other") == R"(other{instance="i", job="j"})");
  const auto rename = Rule({.target_label = "__name__", .replacement = "n"});
  CHECK(Made({.relabel = {rename}}, {{"a", "1"}}) == R"(n{a="1"})");
  const auto nameless = Rule({.action = model::RelabelAction::kLabelDrop, .regex = "__name__"});
  CHECK(Made({.relabel = {nameless}}, {{"a", "1"}}).starts_with("metric relabeling left no metric name"));
  CHECK(Made({.relabel = {nameless}}, {}) == "dropped");  // nothing at all is left
}

TEST_CASE("limits name the metric, the label and the numbers") {
  CHECK(Made({.limits = {.labels = 2}}, {{"a", "1"}}) == R"(m{a="1"})");
  CHECK(Made({.limits = {.labels = 2}}, {{"a", "1"}, {"b", "2"}}) ==
        "label_limit exceeded (metric: m, number of labels: 3, limit: 2)");
  CHECK(Made({.limits = {.name_length = 8}}, {{"abcdefghi", "1"}}) ==
        "label_name_length_limit exceeded (metric: m, label name: abcdefghi, length: 9, limit: 8)");
  CHECK(Made({.limits = {.value_length = 3}}, {{"a", "long"}}) ==
        "label_value_length_limit exceeded (metric: m, label name: a, value: \"long\", length: 4, limit: 3)");
  CHECK(Made({.limits = {.value_length = 3}}, {{"a", std::string(1000, 'x')}}).size() < 200);
  CHECK(Made({.legacy_names = true}, {{"a.b", "1"}}).starts_with("invalid metric name or label names"));
  CHECK(Made({.legacy_names = true}, {{"a_b", "1"}}, "m:x") == R"(m:x{a_b="1"})");
}

}  // namespace bekci::collect::sample_labels_test
