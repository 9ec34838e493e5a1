#include "agent/wire/metadata_line.h"

#include <algorithm>
#include <optional>

#include "agent/base/text.h"

namespace bekci::wire {
namespace {

using model::MetricType;

constexpr MetricType kTextTypes[] = {MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram,
                                     MetricType::kSummary};
constexpr MetricType kOpenMetricsTypes[] = {MetricType::kCounter,       MetricType::kGauge, MetricType::kHistogram,
                                            MetricType::kSummary,       MetricType::kInfo,  MetricType::kStateset,
                                            MetricType::kGaugeHistogram};

std::optional<MetricType> TypeOfTextWord(std::string_view word) {
  for (const MetricType type : kTextTypes) {
    if (base::EqualsIgnoreCase(word, model::MetricTypeName(type))) return type;
  }
  if (base::EqualsIgnoreCase(word, "untyped") || base::EqualsIgnoreCase(word, "unknown")) return MetricType::kUntyped;
  return std::nullopt;
}

std::optional<MetricType> TypeOfOpenMetricsWord(std::string_view word) {
  for (const MetricType type : kOpenMetricsTypes) {
    if (word == model::MetricTypeName(type)) return type;
  }
  return word == "unknown" ? std::optional(MetricType::kUntyped) : std::nullopt;
}

// In a text's help only \\ and \n are escapes, in that of OpenMetrics \" too.
std::string UnescapedHelp(std::string_view raw, bool quotes) {
  std::string help;
  help.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    const char next = raw[i] == '\\' && i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (next == '\\' || next == 'n' || (quotes && next == '"')) {
      help.push_back(next == 'n' ? '\n' : next);
      ++i;
    } else {
      help.push_back(raw[i]);
    }
  }
  return help;
}

base::Status AtLine(size_t line, const std::string& message) {
  return base::Invalid("line " + std::to_string(line) + ": " + message);
}

bool IsBlank(char c) {
  return c == ' ' || c == '\t';
}

// --- text ---

base::Status ReadTextHelp(SampleScanner& scanner, MetadataLine* line) {
  std::string_view name;
  RETURN_IF_ERROR(scanner.ReadMetadataName(&name));
  line->name = name;
  const std::string_view rest = scanner.RestOfLine();
  if (!rest.empty() && !IsBlank(rest.front())) return {};  // a name we cannot read
  const std::string_view help = rest.substr(std::min<size_t>(1, rest.size()));
  if (!base::IsValidUtf8(help)) {
    return AtLine(scanner.line() - 1, "the help of " + base::Quoted(line->name) + " is not valid UTF-8");
  }
  line->kind = MetadataLine::Kind::kHelp;
  line->text = UnescapedHelp(help, /*quotes=*/false);
  return {};
}

base::Status ReadTextType(SampleScanner& scanner, MetadataLine* line) {
  std::string_view name;
  RETURN_IF_ERROR(scanner.ReadMetadataName(&name));
  line->name = name;
  if (!IsBlank(scanner.Peek())) return scanner.Expected("a blank and a type");
  const size_t number = scanner.line();
  const std::string_view word = base::Trim(scanner.RestOfLine());
  const auto type = TypeOfTextWord(word);
  if (!type) {
    return AtLine(number, "expected counter, gauge, histogram, summary or untyped as the type of " +
                              base::Quoted(line->name) + ", found " + base::Quoted(word.substr(0, 64)));
  }
  line->kind = MetadataLine::Kind::kType;
  line->type = *type;
  return {};
}

base::Status ReadTextComment(SampleScanner& scanner, MetadataLine* line) {
  const bool blank = IsBlank(scanner.Peek());
  scanner.SkipBlanks();
  const bool help = blank && scanner.Take("HELP");
  const bool type = blank && !help && scanner.Take("TYPE");
  if ((!help && !type) || !IsBlank(scanner.Peek())) {
    scanner.RestOfLine();
    return {};
  }
  scanner.SkipBlanks();
  return help ? ReadTextHelp(scanner, line) : ReadTextType(scanner, line);
}

// --- OpenMetrics ---

base::Status Describe(char keyword, std::string_view text, MetadataLine* line) {
  if (!base::IsValidUtf8(text)) {
    return base::Invalid("the metadata of " + base::Quoted(line->name) + " is not valid UTF-8");
  }
  if (keyword == 'H') {
    line->kind = MetadataLine::Kind::kHelp;
    line->text = UnescapedHelp(text, /*quotes=*/true);
    return {};
  }
  if (keyword == 'T') {
    const auto type = TypeOfOpenMetricsWord(text);
    if (!type) {
      return base::Invalid(
          "expected a type (counter, gauge, histogram, gaugehistogram, summary, info, stateset or unknown) of " +
          base::Quoted(line->name) + ", found " + base::Quoted(text.substr(0, 64)));
    }
    line->kind = MetadataLine::Kind::kType;
    line->type = *type;
    return {};
  }
  const std::string& name = line->name;
  const bool ends = name.size() > text.size() && name.ends_with(text) && name[name.size() - text.size() - 1] == '_';
  if (!text.empty() && !ends) {
    return base::Invalid("expected a unit that the name " + base::Quoted(name) + " ends in, found " +
                         base::Quoted(text.substr(0, 64)));
  }
  line->kind = MetadataLine::Kind::kUnit;
  line->text = text;
  return {};
}

base::Status ReadDescriptor(char keyword, SampleScanner& scanner, MetadataLine* line) {
  std::string_view name;
  RETURN_IF_ERROR(scanner.ReadMetadataName(&name));
  line->name = name;
  if (!scanner.Take(" ") && (keyword != 'H' || scanner.Peek() != '\n')) {
    return scanner.Expected("a blank behind the metric name");
  }
  const size_t number = scanner.line();
  return Describe(keyword, scanner.RestOfLine(), line).WithContext("line " + std::to_string(number));
}

base::Status ReadOpenMetricsLine(SampleScanner& scanner, MetadataLine* line) {
  if (!scanner.Take(" ")) return scanner.Expected("a blank behind \"#\"");
  if (scanner.Take("EOF")) {
    if (!scanner.AtEnd() && scanner.Peek() != '\n') return scanner.Expected("the end of the line");
    scanner.RestOfLine();
    line->kind = MetadataLine::Kind::kEof;
    return {};
  }
  for (const std::string_view keyword : {"HELP ", "TYPE ", "UNIT "}) {
    if (scanner.Take(keyword)) return ReadDescriptor(keyword.front(), scanner, line);
  }
  return scanner.Expected("HELP, TYPE, UNIT or EOF");
}

}  // namespace

base::Status ReadMetadataLine(Dialect dialect, SampleScanner& scanner, MetadataLine* line) {
  line->kind = MetadataLine::Kind::kComment;
  (void)scanner.Take("#");
  return dialect == Dialect::kText ? ReadTextComment(scanner, line) : ReadOpenMetricsLine(scanner, line);
}

}  // namespace bekci::wire
