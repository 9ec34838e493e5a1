// Reader of Prometheus text, 0.0.4 and 1.0.0 (quoted names).
//
// Takes what Prometheus' own parser takes, see sample_scanner.h and family_assembler.h; beyond it: negative timestamps
// and types in any letter case. A HELP line without a readable name is a comment. Refused: an unknown type, values that
// are no numbers, names and strings that are not UTF-8, a label twice.
// Source: Prometheus exposition formats, "Text format details".
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
       {MetricType::kCounter, MetricType::kGauge, MetricType::kHistogram, MetricType::kSummary}) {
    if (base::EqualsIgnoreCase(word, model::MetricTypeName(type))) return type;
  }
  if (base::EqualsIgnoreCase(word, "untyped") || base::EqualsIgnoreCase(word, "unknown")) return MetricType::kUntyped;
  return std::nullopt;
}

// In help only \\ and \n are escapes.
std::string UnescapedHelp(std::string_view raw) {
  std::string help;
  help.reserve(raw.size());
  for (size_t i = 0; i < raw.size(); ++i) {
    const char next = raw[i] == '\\' && i + 1 < raw.size() ? raw[i + 1] : '\0';
    if (next == '\\' || next == 'n') {
      help.push_back(next == 'n' ? '\n' : '\\');
      ++i;
    } else {
      help.push_back(raw[i]);
    }
  }
  return help;
}

class TextParser {
 public:
  TextParser(std::string_view text, const ParseOptions& options)
      : scanner_(text, Dialect::kText, options.max_label_bytes), assembler_(Dialect::kText), options_(options) {}

  base::Result<std::vector<model::MetricFamily>> Parse() {
    SampleLine sample;
    size_t series = 0;
    while (!scanner_.AtEnd()) {
      scanner_.SkipBlanks();
      if (scanner_.Peek() == '\n') {
        scanner_.RestOfLine();
      } else if (scanner_.Take("#")) {
        RETURN_IF_ERROR(ReadComment());
      } else if (++series > options_.max_series) {
        return base::LimitReached("more than " + std::to_string(options_.max_series) + " series");
      } else {
        RETURN_IF_ERROR(scanner_.ReadSample(&sample));
        assembler_.Add(sample);
      }
    }
    return assembler_.Finish();
  }

 private:
  // Behind the '#'. Metadata needs blanks around its keyword, everything else is a comment.
  base::Status ReadComment() {
    const bool blank = scanner_.Peek() == ' ' || scanner_.Peek() == '\t';
    scanner_.SkipBlanks();
    const bool help = blank && scanner_.Take("HELP");
    const bool type = blank && !help && scanner_.Take("TYPE");
    if ((!help && !type) || (scanner_.Peek() != ' ' && scanner_.Peek() != '\t')) {
      scanner_.RestOfLine();
      return {};
    }
    scanner_.SkipBlanks();
    return help ? ReadHelp() : ReadType();
  }

  base::Status ReadHelp() {
    std::string_view name;
    RETURN_IF_ERROR(scanner_.ReadMetadataName(&name));
    const std::string owned(name);
    const std::string_view rest = scanner_.RestOfLine();
    if (!rest.empty() && rest.front() != ' ' && rest.front() != '\t') return {};  // a name we cannot read
    const std::string_view help = rest.substr(std::min<size_t>(1, rest.size()));
    if (!base::IsValidUtf8(help)) return HelpError(owned);
    assembler_.SetHelp(owned, UnescapedHelp(help));
    return {};
  }

  base::Status HelpError(const std::string& name) const {
    return base::Invalid("line " + std::to_string(scanner_.line() - 1) + ": the help of " + base::Quoted(name) +
                         " is not valid UTF-8");
  }

  base::Status ReadType() {
    std::string_view name;
    RETURN_IF_ERROR(scanner_.ReadMetadataName(&name));
    const std::string owned(name);
    if (scanner_.Peek() != ' ' && scanner_.Peek() != '\t') return scanner_.Expected("a blank and a type");
    const size_t line = scanner_.line();
    const std::string_view word = base::Trim(scanner_.RestOfLine());
    const auto type = TypeOfWord(word);
    if (!type) {
      return base::Invalid("line " + std::to_string(line) +
                           ": expected counter, gauge, histogram, summary or untyped as the type of " +
                           base::Quoted(owned) + ", found " + base::Quoted(word.substr(0, 64)));
    }
    assembler_.SetType(owned, *type);
    return {};
  }

  SampleScanner scanner_;
  FamilyAssembler assembler_;
  const ParseOptions& options_;
};

}  // namespace

base::Result<std::vector<model::MetricFamily>> ParseText(std::string_view text, const ParseOptions& options) {
  return TextParser(text, options).Parse();
}

}  // namespace bekci::wire
