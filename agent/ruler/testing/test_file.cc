#include "agent/ruler/testing/test_file.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/config/option.h"
#include "agent/config/unknown_keys.h"
#include "agent/promql/testing/series_notation.h"

namespace bekci::ruler::testing {
namespace {

using config::Option;
using config::Type;

constexpr Option kSeriesOptions[] = {
    {.key = "series", .type = Type::kString, .help = "Name and labels."},
    {.key = "values", .type = Type::kString, .help = "Samples in the notation of series, one each interval."},
};

constexpr Option kAlertOptions[] = {
    {.key = "exp_labels", .type = Type::kStringMap, .help = "All labels but alertname."},
    {.key = "exp_annotations", .type = Type::kStringMap, .help = "All annotations, expanded."},
};

constexpr Option kAlertTestOptions[] = {
    {.key = "eval_time", .type = Type::kDuration, .default_text = "0", .help = "When to look, after the start."},
    {.key = "alertname", .type = Type::kString, .help = "The alert."},
    {.key = "exp_alerts", .type = Type::kSections, .help = "All that fire then.", .section = kAlertOptions},
};

constexpr Option kSampleOptions[] = {
    {.key = "labels", .type = Type::kString, .help = "Name and labels."},
    {.key = "value", .type = Type::kString, .help = "The number."},
    {.key = "histogram", .type = Type::kString, .help = "A native histogram in the notation of series."},
};

constexpr Option kExprTestOptions[] = {
    {.key = "expr", .type = Type::kString, .help = "The expression."},
    {.key = "eval_time", .type = Type::kDuration, .default_text = "0", .help = "When to ask, after the start."},
    {.key = "exp_samples", .type = Type::kSections, .help = "All samples of the answer.", .section = kSampleOptions},
};

constexpr Option kTestOptions[] = {
    {.key = "name", .type = Type::kString, .help = "What reports call the test."},
    {.key = "interval", .type = Type::kDuration, .help = "Time between the samples of input series."},
    {.key = "input_series", .type = Type::kSections, .help = "What the store holds.", .section = kSeriesOptions},
    {.key = "alert_rule_test", .type = Type::kSections, .help = "Alerts.", .section = kAlertTestOptions},
    {.key = "promql_expr_test", .type = Type::kSections, .help = "Queries.", .section = kExprTestOptions},
    {.key = "external_labels", .type = Type::kStringMap, .help = "For templates."},
    {.key = "external_url", .type = Type::kString, .help = "For templates."},
    {.key = "start_timestamp", .type = Type::kString, .help = "Of the first sample: RFC 3339 or Unix seconds."},
};

constexpr Option kFileOptions[] = {
    {.key = "rule_files", .type = Type::kStrings, .help = "Rule files, as seen from this file; patterns."},
    {.key = "evaluation_interval", .type = Type::kDuration, .help = "How often all groups are evaluated."},
    {.key = "group_eval_order", .type = Type::kStrings, .help = "Names of groups in their order."},
    {.key = "fuzzy_compare", .type = Type::kBool, .default_text = "false", .help = "Allow for the last bit."},
    {.key = "tests", .type = Type::kSections, .help = "The tests.", .section = kTestOptions},
};

// Where promtool wants a list, a single mapping or text is a slip.
constexpr std::string_view kLists[] = {"rule_files",      "group_eval_order", "tests",      "input_series",
                                       "alert_rule_test", "promql_expr_test", "exp_alerts", "exp_samples"};

void RequireLists(const config::Node& node, config::Errors* errors) {
  for (const config::Node& item : node.items) RequireLists(item, errors);
  for (const auto& [key, value] : node.entries) {
    const bool list = std::find(std::begin(kLists), std::end(kLists), key.scalar) != std::end(kLists);
    if (list && !value.is_sequence() && !value.is_null()) {
      errors->Add(value.mark, key.scalar + ": expected a list; is a \"-\" missing in front?");
      continue;
    }
    RequireLists(value, errors);
  }
}

TextMap Sorted(TextMap map) {
  std::sort(map.begin(), map.end());
  return map;
}

model::Labels ToLabels(const TextMap& map) {
  return model::Labels::FromPairs(std::vector<model::Labels::Pair>(map.begin(), map.end()));
}

// A number as Go's YAML reads one: also .inf, .nan, 0x1f, 1_000.
std::optional<double> YamlNumber(std::string_view text) {
  std::string digits(text);
  std::erase(digits, '_');
  const bool negative = digits.starts_with('-');
  const bool sign = negative || digits.starts_with('+');
  const std::string word = base::ToLower(std::string_view(digits).substr(sign ? 1 : 0));
  const double infinity = std::numeric_limits<double>::infinity();
  if (word == ".inf") return negative ? -infinity : infinity;
  if (word == ".nan") return std::numeric_limits<double>::quiet_NaN();
  for (const auto& [prefix, base_of] : {std::pair{"0x", 16}, {"0o", 8}, {"0b", 2}}) {
    if (!word.starts_with(prefix)) continue;
    const auto whole = base::ParseUint(std::string_view(word).substr(2), base_of);
    if (!whole) return std::nullopt;
    return negative ? -static_cast<double>(*whole) : static_cast<double>(*whole);
  }
  if (word.empty() || word.find_first_not_of("0123456789.e+-") != std::string::npos) return std::nullopt;
  return base::ParseDouble(digits);
}

// Before anything is made of them: as many positions as the items may stand for.
size_t PositionsAtMost(std::string_view items) {
  size_t count = 0;
  for (const std::string_view item : base::Split(items, ' ')) {
    if (item.empty()) continue;
    const size_t x = item.rfind('x');
    const auto repeat = x == std::string_view::npos ? std::nullopt : base::ParseUint(item.substr(x + 1));
    count += 1 + static_cast<size_t>(std::min<uint64_t>(repeat.value_or(0), promql::testing::kMaxPositions));
  }
  return count;
}

class Reader {
 public:
  Reader(const TestFileOptions& options, config::Errors* errors) : options_(options), errors_(errors) {}

  void ReadFile(const config::Values& values, TestFile* file) {
    file->rule_files = values.Strings("rule_files");
    if (values.Has("evaluation_interval") && values.Duration("evaluation_interval") > base::Duration::zero()) {
      file->evaluation_interval = values.Duration("evaluation_interval");
    }
    file->group_order = values.Strings("group_eval_order");
    std::set<std::string> groups;
    for (const std::string& name : file->group_order) {
      if (!groups.insert(name).second) {
        errors_->Add(values.MarkOf("group_eval_order"), "group name repeated in evaluation order: " + name);
      }
    }
    file->fuzzy_compare = values.Bool("fuzzy_compare");
    for (const config::Values& test : values.Sections("tests")) ReadTest(test, file);
  }

  // A bound was broken: told alone.
  const base::Status& limit() const { return limit_; }

 private:
  void ReadTest(const config::Values& values, TestFile* file) {
    TestCase& test = file->tests.emplace_back();
    test.mark = values.mark();
    test.name = values.String("name");
    test.title = test.name.empty() ? "unnamed#" + std::to_string(file->tests.size() - 1) : test.name;
    test.interval = file->evaluation_interval;
    if (values.Has("interval") && values.Duration("interval") > base::Duration::zero()) {
      test.interval = values.Duration("interval");
    }
    ReadStart(values, &test);
    test.external_labels = ToLabels(values.StringMap("external_labels"));
    test.external_url = values.String("external_url");
    ReadInput(values, &test, file);
    for (const config::Values& one : values.Sections("alert_rule_test")) ReadAlertCase(one, &test);
    for (const config::Values& one : values.Sections("promql_expr_test")) ReadExprCase(one, &test);
    CheckSteps(*file, test);
  }

  void ReadStart(const config::Values& values, TestCase* test) {
    const std::string& text = values.String("start_timestamp");
    if (text.empty()) return;
    if (const auto ms = base::ParseRfc3339(text)) {
      test->start = {*ms};
      return;
    }
    const auto seconds = YamlNumber(text);
    if (seconds && *seconds >= -1e11 && *seconds <= 1e11) {  // some thousand years
      test->start = {static_cast<int64_t>(*seconds * 1000)};
      return;
    }
    errors_->Add(values.MarkOf("start_timestamp"),
                 "start_timestamp: expected a time such as 2026-01-01T00:00:00Z or Unix seconds, found " +
                     base::Quoted(text.substr(0, 60)));
  }

  void ReadInput(const config::Values& values, TestCase* test, TestFile* file) {
    std::map<model::Labels, size_t> places;
    size_t samples = 0;
    for (const config::Values& one : values.Sections("input_series")) {
      std::string items = one.String("values");
      std::replace(items.begin(), items.end(), '\n', ' ');
      samples += PositionsAtMost(items);
      if (samples > options_.limits.max_samples) {
        Limit(test->mark, "has more than " + std::to_string(options_.limits.max_samples) + " samples");
        return;
      }
      auto parsed = promql::testing::ParseSeriesLine(one.String("series") + " " + items);
      if (!parsed.ok()) {
        errors_->Add(one.MarkOf("values"), "input series " + base::Quoted(one.String("series").substr(0, 200)) + ": " +
                                               parsed.status().message());
        continue;
      }
      const auto [place, fresh] = places.try_emplace(parsed->labels, test->input.size());
      if (!fresh) {
        file->warnings.push_back(one.mark().ToString() + ": series " + parsed->labels.ToString() +
                                 " was given before; what is given here counts");
        test->input[place->second].values = std::move(items);
        continue;
      }
      test->input.push_back({std::move(parsed->labels), std::move(items), one.mark()});
    }
    if (test->input.size() > options_.limits.max_series) {
      Limit(test->mark, "has more than " + std::to_string(options_.limits.max_series) + " input series");
    }
  }

  void Limit(const config::Mark& mark, const std::string& what) {
    if (limit_.ok()) limit_ = base::LimitReached(mark.ToString() + ": the test " + what);
  }

  void CheckSteps(const TestFile& file, const TestCase& test) {
    const int64_t interval_ms = base::ToMillis(file.evaluation_interval);
    const int64_t steps = base::ToMillis(test.MaxEvalTime()) / interval_ms + 1;
    if (steps > static_cast<int64_t>(options_.limits.max_steps)) {
      Limit(test.mark, "asks for " + std::to_string(steps) + " evaluations, more than " +
                           std::to_string(options_.limits.max_steps) +
                           "; use an earlier eval_time or a longer evaluation_interval");
    }
  }

  void ReadAlertCase(const config::Values& values, TestCase* test) {
    AlertCase& one = test->alert_cases.emplace_back();
    one.mark = values.mark();
    one.eval_time = values.Duration("eval_time");
    one.alert_name = values.String("alertname");
    if (one.alert_name.empty()) {
      errors_->Add(one.mark, "an item under alert_rule_test misses required attribute alertname");
    }
    for (const config::Values& alert : values.Sections("exp_alerts")) {
      ExpectedAlert expected;
      for (const auto& [name, value] : alert.StringMap("exp_labels")) {
        if (name != "alertname") expected.labels.emplace_back(name, value);
      }
      expected.labels.emplace_back("alertname", one.alert_name);
      expected.labels = Sorted(std::move(expected.labels));
      expected.annotations = Sorted(alert.StringMap("exp_annotations"));
      expected.mark = alert.mark();
      one.alerts.push_back(std::move(expected));
    }
  }

  void ReadExprCase(const config::Values& values, TestCase* test) {
    ExprCase& one = test->expr_cases.emplace_back();
    one.mark = values.mark();
    one.expr = values.String("expr");
    one.eval_time = values.Duration("eval_time");
    for (const config::Values& sample : values.Sections("exp_samples")) {
      ExpectedSample expected;
      expected.mark = sample.mark();
      const base::Status status = ReadSample(sample, &expected);
      if (!status.ok()) errors_->Add(expected.mark, status.message());
      one.samples.push_back(std::move(expected));
    }
  }

  static base::Status ReadSample(const config::Values& values, ExpectedSample* sample) {
    const std::string& labels = values.String("labels");
    std::string_view rest = base::Trim(labels);
    if (!rest.empty()) {
      auto parsed = promql::testing::TakeSeriesLabels(&rest);
      if (parsed.ok() && !base::Trim(rest).empty()) parsed = base::Invalid("more after the labels");
      if (!parsed.ok()) return std::move(parsed).status().WithContext("labels " + base::Quoted(labels.substr(0, 200)));
      sample->labels = *std::move(parsed);
    }
    if (const std::string& text = values.String("histogram"); !text.empty()) {
      ASSIGN_OR_RETURN(auto positions, promql::testing::ParsePositions(text));
      if (positions.size() != 1 || positions[0].histogram == nullptr) {
        return base::Invalid("histogram: expected one histogram such as {{schema:1 count:2 sum:3}}, found " +
                             base::Quoted(text.substr(0, 200)));
      }
      sample->histogram = std::move(positions[0].histogram);
    }
    const config::Node* value = values.node().Find("value");
    if (value == nullptr || value->is_null()) return base::OkStatus();
    const auto number = YamlNumber(value->scalar);
    if (!number || value->quoted) {
      return base::Invalid("value: expected a number, found " + base::Quoted(value->scalar.substr(0, 60)) +
                           (number ? " in quotes" : ""));
    }
    sample->value = *number;
    return base::OkStatus();
  }

  const TestFileOptions& options_;
  config::Errors* errors_;
  base::Status limit_;
};

}  // namespace

base::Duration TestCase::MaxEvalTime() const {
  base::Duration latest{};
  for (const AlertCase& one : alert_cases) latest = std::max(latest, one.eval_time);
  for (const ExprCase& one : expr_cases) latest = std::max(latest, one.eval_time);
  return latest;
}

base::Result<TestFile> ParseTestFile(std::string_view text, const std::string& path, const TestFileOptions& options) {
  ASSIGN_OR_RETURN(config::Node root, config::ParseYaml(text, path));
  config::Errors errors;
  RequireLists(root, &errors);
  if (options.ignore_unknown_fields) config::DropUnknownKeys(&root, kFileOptions);
  const config::Values values = config::Check(root, kFileOptions, &errors);
  TestFile file;
  file.path = path;
  Reader reader(options, &errors);
  reader.ReadFile(values, &file);
  if (!reader.limit().ok()) return reader.limit();
  RETURN_IF_ERROR(errors.ToStatus());
  return file;
}

}  // namespace bekci::ruler::testing
