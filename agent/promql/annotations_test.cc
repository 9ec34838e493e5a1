#include "agent/promql/annotations.h"

#include <doctest/doctest.h>

namespace bekci::promql::annotations_test {

TEST_CASE("equal texts at one place are one annotation, in the order of their places") {
  Annotations annotations;
  annotations.Warn("odd", {4, 6});
  annotations.Warn("odd", {0, 3});
  annotations.Warn("odd", {4, 6});
  annotations.Info("by the way", {4, 6});
  annotations.AddPlain("block 7 is damaged");
  annotations.AddPlain("block 7 is damaged");
  CHECK(annotations.Texts(AnnotationKind::kWarning, "abc\ndef") ==
        std::vector<std::string>{"block 7 is damaged", "PromQL warning: odd (1:1)", "PromQL warning: odd (2:1)"});
  CHECK(annotations.Texts(AnnotationKind::kInfo, "abc\ndef") ==
        std::vector<std::string>{"PromQL info: by the way (2:1)"});
}

TEST_CASE("figures are added up over all causes and printed once") {
  using Form = AnnotationFigures::Form;
  Annotations annotations;
  annotations.Add(AnnotationKind::kInfo, "fixed", {0, 1}, {Form::kMonotonicity, 1, 60'000, 60'000, 1, 2, 0.25});
  Annotations others;
  others.Add(AnnotationKind::kInfo, "fixed", {0, 1}, {Form::kMonotonicity, 1, 0, 0, 0.5, 1, 0.125});
  others.Add(AnnotationKind::kWarning, "overlaps", {0, 1}, {Form::kOccurrences, 1});
  annotations.Merge(others);
  CHECK(annotations.Texts(AnnotationKind::kInfo, "x") ==
        std::vector<std::string>{"PromQL info: fixed, from buckets 0.5 to 2, with a max diff of 0.25, over 2 samples "
                                 "from 1970-01-01T00:00:00Z to 1970-01-01T00:01:00Z (1:1)"});
  CHECK(annotations.Texts(AnnotationKind::kWarning, "x") == std::vector<std::string>{"PromQL warning: overlaps (1:1)"});
  annotations.Merge(others);
  CHECK(annotations.Texts(AnnotationKind::kWarning, "x") ==
        std::vector<std::string>{"PromQL warning: overlaps (2 occurrences) (1:1)"});
}

TEST_CASE("more annotations than asked for are counted") {
  Annotations annotations;
  for (uint32_t i = 0; i < 12; ++i) annotations.Warn("odd", {i, i + 1});
  const auto texts = annotations.Texts(AnnotationKind::kWarning, "123456789012", 10);
  REQUIRE(texts.size() == 11);
  CHECK(texts[10] == "2 more warning annotations omitted");
}

}  // namespace bekci::promql::annotations_test
