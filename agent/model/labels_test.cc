#include "agent/model/labels.h"

#include <doctest/doctest.h>

namespace bekci::model::labels_test {

TEST_CASE("labels are sorted, the later of two equal names wins, empty values are absent") {
  const Labels labels{{"b", "2"}, {"a", "1"}, {"c", ""}, {"b", "3"}};
  CHECK(labels.count() == 2);
  CHECK(labels.Get("a") == "1");
  CHECK(labels.Get("b") == "3");
  CHECK_FALSE(labels.Has("c"));
  CHECK(labels.ToString() == R"({a="1", b="3"})");
  CHECK(labels == Labels{{"a", "1"}, {"b", "3"}});
  CHECK(labels.Hash() == Labels{{"b", "3"}, {"a", "1"}}.Hash());
}

TEST_CASE("values longer than one length byte survive") {
  const std::string big(100'000, 'x');
  const Labels labels{{"big", big}, {"z", "after"}};
  CHECK(labels.Get("big") == big);
  CHECK(labels.Get("z") == "after");
}

TEST_CASE("With replaces, adds and removes") {
  const Labels labels{{"a", "1"}, {"b", "2"}};
  CHECK(labels.With({{"b", "9"}, {"c", "3"}}) == Labels{{"a", "1"}, {"b", "9"}, {"c", "3"}});
  CHECK(labels.Without("a") == Labels{{"b", "2"}});
  CHECK(labels.With(Labels{{"a", "x"}}) == Labels{{"a", "x"}, {"b", "2"}});
}

TEST_CASE("order is pair by pair, the shorter set first") {
  CHECK(Labels{} < Labels{{"a", "1"}});
  CHECK(Labels{{"a", "1"}} < Labels{{"a", "1"}, {"b", "1"}});
  CHECK(Labels{{"a", "1"}, {"b", "1"}} < Labels{{"a", "2"}});
  CHECK(Labels{{"a", "10"}} < Labels{{"b", "1"}});
  // A longer name must not win by its length byte.
  CHECK(Labels{{"aa", "1"}} < Labels{{"b", "1"}});
  CHECK(Labels{{"aa", "1"}} > Labels{{"a", "1"}});
}

TEST_CASE("printing quotes what needs quoting") {
  CHECK(Labels{{"__name__", "up"}, {"job", "a\"b\\c\n"}}.ToString() == "up{job=\"a\\\"b\\\\c\\n\"}");
  CHECK(Labels{{"with.dot", "v"}}.ToString() == "{\"with.dot\"=\"v\"}");
}

TEST_CASE("legacy names follow the old character set") {
  CHECK(IsLegacyMetricName("a:b_C9"));
  CHECK_FALSE(IsLegacyLabelName("a:b"));
  CHECK_FALSE(IsLegacyMetricName("9a"));
  CHECK_FALSE(IsLegacyMetricName(""));
  CHECK_FALSE(IsLegacyMetricName("ğ"));
}

}  // namespace bekci::model::labels_test
