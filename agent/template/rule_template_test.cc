#include "agent/template/rule_template.h"

#include <doctest/doctest.h>

#include <cmath>
#include <string>
#include <thread>
#include <vector>

#include "agent/template/expand_for_tests.h"

namespace bekci::templates::rule_template_test {
namespace {

RuleTemplate Parsed(std::string_view text) {
  auto parsed = RuleTemplate::Parse("A", text);
  REQUIRE(parsed.ok());
  return std::move(parsed).value();
}

std::string ErrorOf(std::string_view text, const RuleTemplateEnvironment& environment = TestEnvironment()) {
  const RuleTemplateData data = {.labels = TestLabels(), .value = 1, .histogram = nullptr, .at = {0}};
  const auto expanded = Parsed(text).Expand(data, environment);
  REQUIRE_FALSE(expanded.ok());
  return expanded.status().message();
}

TEST_CASE("a text without an action is constant and costs nothing") {
  const RuleTemplate plain = Parsed("down");
  CHECK(plain.constant());
  const RuleTemplateData data = {.labels = TestLabels(), .value = 1, .histogram = nullptr, .at = {0}};
  CHECK(*plain.Expand(data, TestEnvironment()) == "down");
  const RuleTemplate commented = Parsed("a {{- /* c */}} b {{ define \"t\" }}x{{ end }}");
  CHECK(commented.constant());
  CHECK(*commented.Expand(data, TestEnvironment()) == "a b ");
  CHECK_FALSE(Parsed("{{ 1 }}").constant());
}

TEST_CASE("messages name the template, the line and the byte within the text of the rule") {
  const auto bad = RuleTemplate::Parse("HostDown", "a\nbé {{ nope }}");
  REQUIRE_FALSE(bad.ok());
  CHECK(bad.status().code() == base::Code::kInvalid);
  CHECK(bad.status().message() == "template: __alert_HostDown:2:8: function \"nope\" not defined");
  CHECK(ErrorOf("x\n {{ .Nope }}")
            .starts_with("error executing template __alert_A: template: __alert_A:2:5: executing "
                         "\"__alert_A\" at <.Nope>: can't evaluate field Nope in type struct"));
  CHECK(ErrorOf("{{ $x := humanize `" + std::string(9000, 'x') + "` }}").size() < 10'000);
}

TEST_CASE("where the value is used is known") {
  const auto offsets = [](std::string_view text) { return Parsed(text).ValueOffsets(); };
  using Offsets = std::vector<size_t>;
  CHECK(offsets("{{ $labels.job }} value") == Offsets{});
  CHECK(offsets("{{ $value }}") == Offsets{3});
  CHECK(offsets("{{ .Value | humanize }} {{ $.Value }}") == Offsets{3, 28});
  CHECK(offsets("{{ if gt $value 1.0 }}{{ printf \"%f\" (.Value) }}{{ end }}") == Offsets{9, 38});
  CHECK(offsets("{{ range query \"m\" }}{{ .Value }}{{ else }}{{ $value }}{{ end }}") == Offsets{46});
  CHECK(offsets("{{ with $labels }}{{ .Value }}{{ end }}") == Offsets{});
  CHECK(offsets("{{ define \"t\" }}{{ .Value }}{{ end }}{{ template \"t\" . }}") == Offsets{19});
  CHECK(offsets("{{ define \"t\" }}{{ .Value }}{{ end }}{{ template \"t\" $labels }}") == Offsets{});
  CHECK(offsets("{{ $value := 1 }}{{ $value }}") == Offsets{});
  CHECK(Parsed("{{ $value }}").UsesValue());
  CHECK_FALSE(Parsed("$value").UsesValue());
}

TEST_CASE("a native histogram is a value that prints and has fields") {
  auto histogram = std::make_shared<model::NativeHistogram>();
  histogram->is_float = true;
  histogram->count = 3;
  histogram->sum = 7.5;
  histogram->positive_spans = {{0, 1}};
  histogram->positive_buckets = {3};
  const RuleTemplateData data = {.labels = TestLabels(), .value = 0, .histogram = histogram, .at = {0}};
  const auto text = [&](std::string_view t) {
    const auto expanded = Parsed(t).Expand(data, TestEnvironment());
    return expanded.ok() ? *expanded : expanded.status().message();
  };
  CHECK(text("{{ $value }}") == "{count:3, sum:7.5, (0.5,1]:3}");
  CHECK(text("{{ $value.Sum }} {{ .Value.Count }} {{ $value.Schema }}") == "7.5 3 0");
  CHECK(text("{{ humanize $value }}").find("can't convert *histogram.FloatHistogram to float") != std::string::npos);
}

TEST_CASE("no template runs forever or eats the memory") {
  CHECK(ErrorOf("{{ range 100000000 }}{{ end }}").find("took more than 1000000 steps") != std::string::npos);
  CHECK(ErrorOf("{{ define \"t\" }}{{ template \"t\" . }}{{ end }}{{ template \"t\" . }}")
            .find("exceeded maximum template depth (400)") != std::string::npos);
  CHECK(ErrorOf("{{ range 100000 }}aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa{{ end }}").find("gave more than 1048576 bytes") !=
        std::string::npos);
  CHECK(ErrorOf("{{ range 1000 }}{{ $x := printf \"%1000000d\" 1 }}{{ end }}").find("bytes of memory") !=
        std::string::npos);
  CHECK(ErrorOf("{{ range 1000 }}{{ $x := query \"m\" }}{{ end }}").find("more than 200 queries") != std::string::npos);
  CHECK(ErrorOf("{{ $s := \"a\" }}{{ range 64 }}{{ $s = print $s $s }}{{ end }}").find("too long") !=
        std::string::npos);
  CHECK(ErrorOf("{{ $s := printf \"%1000d\" 1 }}{{ range 9 }}{{ $s = reReplaceAll \"\" $s $s }}{{ end }}")
            .find("too long") != std::string::npos);
  CHECK(ErrorOf("{{ range $i := 100000 }}{{ $x := match (print \"a\" $i) \"b\" }}{{ end }}").find("steps") !=
        std::string::npos);
}

TEST_CASE("a text nested deeper than anything a person writes is refused") {
  const auto nested = [](size_t levels) {
    std::string text = "{{ ";
    text.append(levels, '(').append("1").append(levels, ')');
    return RuleTemplate::Parse("A", text + " }}");
  };
  CHECK(nested(50).ok());
  CHECK(nested(100'000).status().code() == base::Code::kLimit);
  std::string chain = "{{ if 0 }}";
  for (int i = 0; i < 10'000; ++i) chain += "{{ else if 0 }}";
  CHECK(RuleTemplate::Parse("A", chain + "{{ end }}").status().code() == base::Code::kLimit);
  CHECK(RuleTemplate::Parse("A", std::string(2 << 20, '{')).status().code() == base::Code::kLimit);
}

TEST_CASE("work on large texts counts, and so do names") {
  const std::string big = "{{ $s := printf \"%900000d\" 1 }}{{ range 300000 }}";
  CHECK(ErrorOf(big + "{{ $x := eq $s $s }}{{ end }}").find("steps") != std::string::npos);
  CHECK(ErrorOf(big + "{{ $x := match \"b\" $s }}{{ end }}").find("steps") != std::string::npos);
  std::string variables;
  std::string definitions;
  for (int i = 0; i < 2000; ++i) {
    variables += "{{ $v" + std::to_string(i) + " := 1 }}";
    definitions += "{{ define \"t" + std::to_string(i) + "\" }}x{{ end }}";
  }
  CHECK(RuleTemplate::Parse("A", variables).status().message().ends_with("more than 1000 variables"));
  CHECK(RuleTemplate::Parse("A", definitions).status().message().ends_with("more than 1000 named templates"));
}

TEST_CASE("a list longer than the bound is an error of the query") {
  RuleTemplateEnvironment environment;
  environment.query = [](const std::string&, base::Timestamp) -> base::Result<std::vector<QueriedSample>> {
    return std::vector<QueriedSample>(100'001);
  };
  CHECK(ErrorOf("{{ len (query \"m\") }}", environment).find("more than 100000 series") != std::string::npos);
}

TEST_CASE("without a store a query says so") {
  CHECK(ErrorOf("{{ query \"up\" }}", {}).find("error calling query: there is nothing to ask") != std::string::npos);
}

TEST_CASE("a query is asked at the time of the evaluation, and its error keeps its code") {
  RuleTemplateEnvironment environment;
  base::Timestamp asked;
  environment.query = [&](const std::string& expr, base::Timestamp at) -> base::Result<std::vector<QueriedSample>> {
    asked = at;
    return base::Timeout("query timed out: " + expr);
  };
  const RuleTemplateData data = {.labels = TestLabels(), .value = 1, .histogram = nullptr, .at = {123'456}};
  const auto expanded = Parsed("{{ query \"up\" }}").Expand(data, environment);
  CHECK(asked.ms == 123'456);
  CHECK(expanded.status().code() == base::Code::kTimeout);
  CHECK(expanded.status().message().ends_with("error calling query: query timed out: up"));
}

TEST_CASE("one template may be expanded by many threads at once") {
  const RuleTemplate shared = Parsed("{{ range 50 }}{{ reReplaceAll \"n(.)\" \"$1n\" $labels.job }}{{ . }}{{ end }}");
  const RuleTemplateEnvironment environment = TestEnvironment();
  const RuleTemplateData data = {.labels = TestLabels(), .value = 1, .histogram = nullptr, .at = {0}};
  const std::string expected = *shared.Expand(data, environment);
  std::vector<std::thread> threads;
  std::vector<int> different(4, 0);
  for (size_t t = 0; t < different.size(); ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 50; ++i) different[t] += *shared.Expand(data, environment) == expected ? 0 : 1;
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(different == std::vector<int>(4, 0));
}

TEST_CASE("bytes that are no UTF-8 pass through text and never disturb anything else") {
  const model::Labels labels = {{"job",
                                 "a\xff"
                                 "b"}};
  const RuleTemplateData data = {.labels = labels, .value = 1, .histogram = nullptr, .at = {0}};
  const auto text = [&](std::string_view t) { return *Parsed(t).Expand(data, TestEnvironment()); };
  CHECK(text("\xfe{{ $labels.job }}") ==
        "\xfe"
        "a\xff"
        "b");
  CHECK(text("{{ printf \"%q %x %.2s\" $labels.job $labels.job $labels.job }}") == "\"a\\xffb\" 61ff62 a\xff");
  CHECK(text("{{ toUpper $labels.job }} {{ title $labels.job }}") == "A\uFFFDB A\uFFFDb");
  CHECK(text("{{ len $labels.job }} {{ js $labels.job }}") ==
        "3 a\xff"
        "b");
}

}  // namespace
}  // namespace bekci::templates::rule_template_test
