// Reader of OpenMetrics 1.0.0 and 0.0.1.
//
// Strict as Prometheus' own parser is: single blanks, no empty lines, no comments, known types, a unit that ends the
// name, "# EOF" as the last line and nothing behind it. Tolerant where it is: metadata in any order and also behind
// samples, families that are interleaved, samples without metadata or with a suffix that their type does not have,
// values that the type forbids, a HELP line without text. PHP-FPM's own page needs this: its counters lack _total and
// one family has its type before its help. Source: OpenMetrics 1.0.0.
#include <algorithm>
#include <optional>

#include "agent/base/text.h"
#include "agent/wire/exposition.h"
#include "agent/wire/family_assembler.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::wire {
namespace {

using model::MetricType;

std::optional<MetricType> TypeOfWord(std::string_view word) {
  for (const MetricType type :
       {MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram, MetricType::kGaugeHistogram,
        MetricType::kSummary, MetricType::kInfo, MetricType::kStateset}) {
    if (word == model::MetricTypeName(type)) return type;
  }
  return word == "unknown" ? std::optional(MetricType::kUntyped) : std::nullopt;
}

std::string Unescaped(std::string_view raw) {
  std::string help;
  help.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    const char next = raw[i] == '\\' && i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (next == '\\' || next == '"' || next == 'n') {
      help.push_back(next == 'n' ? '\n' : next);
      ++i;
    } else {
      help.push_back(raw[i]);
    }
  }
  return help;
}

class OpenMetricsParser {
 public:
  OpenMetricsParser(std::string_view text, const ParseOptions& options)
      : scanner_(text, Dialect::kOpenMetrics, options.max_label_bytes),
        assembler_(Dialect::kOpenMetrics),
        options_(options) {}

  base::Result<std::vector<model::MetricFamily>> Parse() {
    SampleLine sample;
    size_t series = 0;
    while (!ended_) {
      if (scanner_.AtEnd()) return scanner_.Error("expected \"# EOF\", found end of text");
      if (scanner_.Take("# ")) {
        RETURN_IF_ERROR(ReadMetadata());
      } else if (++series > options_.max_series) {
        return base::LimitReached("more than " + std::to_string(options_.max_series) + " series");
      } else {
        RETURN_IF_ERROR(scanner_.ReadSample(&sample));
        assembler_.Add(sample);
      }
    }
    if (!scanner_.AtEnd()) return scanner_.Expected("nothing behind \"# EOF\"");
    return assembler_.Finish();
  }

 private:
  base::Status ReadMetadata() {
    if (scanner_.Take("EOF")) {
      if (!scanner_.AtEnd() && scanner_.Peek() != '\n') return scanner_.Expected("the end of the line");
      scanner_.RestOfLine();
      ended_ = true;
      return {};
    }
    for (const std::string_view keyword : {"HELP ", "TYPE ", "UNIT "}) {
      if (scanner_.Take(keyword)) return ReadDescriptor(keyword.front());
    }
    return scanner_.Expected("HELP, TYPE, UNIT or EOF");
  }

  base::Status ReadDescriptor(char keyword) {
    std::string_view quoted_name;
    RETURN_IF_ERROR(scanner_.ReadMetadataName(&quoted_name));
    const std::string name(quoted_name);
    if (!scanner_.Take(" ") && (keyword != 'H' || scanner_.Peek() != '\n')) {
      return scanner_.Expected("a blank behind the metric name");
    }
    const size_t line = scanner_.line();
    const std::string_view text = scanner_.RestOfLine();
    if (base::Status status = Describe(keyword, name, text); !status.ok()) {
      return std::move(status).WithContext("line " + std::to_string(line));
    }
    return {};
  }

  base::Status Describe(char keyword, const std::string& name, std::string_view text) {
    if (!base::IsValidUtf8(text)) return base::Invalid("the metadata of " + base::Quoted(name) + " is not valid UTF-8");
    if (keyword == 'H') {
      assembler_.SetHelp(name, Unescaped(text));
    } else if (keyword == 'T') {
      const auto type = TypeOfWord(text);
      if (!type) {
        return base::Invalid(
            "expected a type (counter, gauge, histogram, gaugehistogram, summary, info, stateset or "
            "unknown) of " +
            base::Quoted(name) + ", found " + base::Quoted(text.substr(0, 64)));
      }
      assembler_.SetType(name, *type);
    } else {
      const bool ends = name.size() > text.size() && name.ends_with(text) && name[name.size() - text.size() - 1] == '_';
      if (!text.empty() && !ends) {
        return base::Invalid("expected a unit that the name " + base::Quoted(name) + " ends in, found " +
                             base::Quoted(text.substr(0, 64)));
      }
      assembler_.SetUnit(name, std::string(text));
    }
    return {};
  }

  SampleScanner scanner_;
  FamilyAssembler assembler_;
  const ParseOptions& options_;
  bool ended_ = false;
};

}  // namespace

base::Result<std::vector<model::MetricFamily>> ParseOpenMetrics(std::string_view text, const ParseOptions& options) {
  return OpenMetricsParser(text, options).Parse();
}

}  // namespace bekci::wire
