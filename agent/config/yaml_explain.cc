#include "agent/config/yaml_explain.h"

#include <optional>
#include <string_view>

#include "agent/base/text.h"

namespace bekci::config {
namespace {

struct Place {
  int line = 0;
  int column = 0;
};

struct QuotedText {
  Place begin;
  Place end;
  char quote = '"';
  bool closed = false;
};

bool IsBlankOrComment(std::string_view line) {
  const std::string_view trimmed = base::Trim(line);
  return trimmed.empty() || trimmed.front() == '#';
}

size_t Indentation(std::string_view line) {
  const size_t first = line.find_first_not_of(" \t");
  return first == std::string_view::npos ? line.size() : first;
}

// The line without indentation and without the "- " of a list item.
std::string_view Content(std::string_view line) {
  line.remove_prefix(Indentation(line));
  while (line.starts_with("- ")) {
    line.remove_prefix(2);
    line.remove_prefix(Indentation(line));
  }
  return line;
}

bool IsKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.';
}

// "key" of a line that begins "key:value" without the space that makes it a key.
std::string_view KeyWithoutSpace(std::string_view line) {
  const std::string_view content = Content(line);
  size_t length = 0;
  while (length < content.size() && IsKeyCharacter(content[length])) ++length;
  if (length == 0 || length + 1 >= content.size() || content[length] != ':') return {};
  const char next = content[length + 1];
  return next == ' ' || next == '\t' || next == '/' || next == ':' ? std::string_view() : content.substr(0, length);
}

// Where a quoted text may begin: after the start of a line, a space or a bracket. Elsewhere a quote is a letter.
bool MayBeginQuote(std::string_view line, size_t at) {
  if (at == 0) return true;
  const char before = line[at - 1];
  return before == ' ' || before == '\t' || before == '[' || before == '{' || before == ',';
}

// A walk over the quoted texts of the document up to a line; good enough for a hint, not a grammar.
class QuoteWalk {
 public:
  QuoteWalk(const YamlText& text, int last_line) : text_(text), last_line_(last_line) {}

  // The last quoted text that began before the end of `last_line`.
  std::optional<QuotedText> Last() {
    for (int number = 1; number <= last_line_; ++number) ScanLine(number);
    return last_;
  }

 private:
  void ScanLine(int number) {
    const std::string_view line = text_.Line(number);
    for (size_t i = 0; i < line.size(); ++i) {
      const bool inside = last_.has_value() && !last_->closed;
      const int column = text_.Column(number, static_cast<int>(i));
      if (!inside) {
        if (line[i] == '#' && (i == 0 || line[i - 1] == ' ')) return;
        if ((line[i] == '"' || line[i] == '\'') && MayBeginQuote(line, i)) {
          last_ = QuotedText{{number, column}, {}, line[i], false};
        }
      } else if (line[i] == '\\' && last_->quote == '"') {
        ++i;
      } else if (line[i] == last_->quote) {
        if (last_->quote == '\'' && i + 1 < line.size() && line[i + 1] == '\'') {
          ++i;
          continue;
        }
        last_->closed = true;
        last_->end = {number, column};
      }
    }
  }

  const YamlText& text_;
  const int last_line_;
  std::optional<QuotedText> last_;
};

class Explainer {
 public:
  Explainer(const YamlText& text, int line, int byte, const std::string& message, const Mark& bracket)
      : text_(text), place_{line, text.Column(line, byte)}, byte_(byte), message_(message), bracket_(bracket) {}

  std::string Explain() {
    if (message_ == "illegal EOF in scalar" && OpenQuote()) return result_;
    if (TabIndentation() || SpaceAfterColon() || OpenBracket()) return result_;
    if (message_ == "illegal map value" && MapValue()) return result_;
    if (message_ == "end of map not found" && AfterQuote()) return result_;
    if (message_ == "unknown token" && BadFirstCharacter()) return result_;
    return text_.At(place_.line, place_.column, InWords());
  }

 private:
  bool Say(Place place, std::string_view message) {
    result_ = text_.At(place.line, place.column, message);
    return true;
  }

  // The line that says something at or above the reported place; 0 when there is none.
  int LineAbove(int line) const {
    for (--line; line > 0; --line) {
      if (!IsBlankOrComment(text_.Line(line))) return line;
    }
    return 0;
  }

  bool OpenQuote() {
    const auto quoted = QuoteWalk(text_, text_.line_count()).Last();
    if (!quoted.has_value() || quoted->closed) return false;
    return Say(quoted->begin, "the quote that begins here is never closed");
  }

  bool TabIndentation() {
    for (const int line : {place_.line, LineAbove(place_.line)}) {
      const std::string_view text = text_.Line(line);
      const size_t tab = text.substr(0, Indentation(text)).find('\t');
      if (tab == std::string_view::npos) continue;
      return Say({line, static_cast<int>(tab) + 1}, "indented with a tab; YAML wants spaces");
    }
    return false;
  }

  bool SpaceAfterColon() {
    for (const int line : {place_.line, LineAbove(place_.line)}) {
      const std::string_view key = KeyWithoutSpace(text_.Line(line));
      if (key.empty()) continue;
      const auto offset = static_cast<int>(key.data() - text_.Line(line).data() + static_cast<long>(key.size()));
      return Say({line, offset + 2}, "a space is missing after \"" + std::string(key) + ":\"");
    }
    return false;
  }

  bool OpenBracket() {
    const bool list = message_ == "end of sequence flow not found";
    if ((!list && message_ != "end of map flow not found") || bracket_.line == 0) return false;
    return Say({bracket_.line, bracket_.column},
               list ? "the \"[\" that begins here is not closed, or a comma is missing after it"
                    : "the \"{\" that begins here is not closed, or a comma is missing after it");
  }

  bool MapValue() {
    const std::string_view line = text_.Line(place_.line);
    const size_t first_colon = line.find(": ");
    if (first_colon != std::string_view::npos && static_cast<int>(first_colon) + 1 < place_.column) {
      return Say(place_, "a second \": \" in one line; a value that contains \": \" must be in quotes");
    }
    const int above = LineAbove(place_.line);
    if (above == 0) return false;
    const std::string_view key = Content(line).substr(0, Content(line).find(':'));
    const Place begin = {place_.line, static_cast<int>(Indentation(line)) + 1};
    if (Indentation(line) > Indentation(text_.Line(above)) && !text_.Line(above).ends_with(':')) {
      return Say(begin, base::Quoted(key) + " is indented deeper than the line above it, which has its value already");
    }
    return Say(begin, base::Quoted(key) + " does not line up with the keys above it; check the indentation");
  }

  bool AfterQuote() {
    const auto quoted = QuoteWalk(text_, place_.line).Last();
    if (!quoted.has_value()) return false;
    const QuotedText& last = *quoted;
    const bool spans = last.end.line == place_.line && last.begin.line < last.end.line;
    if (spans) {
      return Say(last.begin, "the quote that begins here is closed only in line " + std::to_string(last.end.line) +
                                 "; is one missing?");
    }
    if (last.closed && last.end.line == place_.line && last.end.column < place_.column) {
      return Say(place_, "text after the closing quote; put the whole value in quotes");
    }
    // The quote that ended the text may itself have been taken for the beginning of another one.
    if (!last.closed && last.begin.line == place_.line) return Say(last.begin, "a quote too many, or one not closed");
    return false;
  }

  bool BadFirstCharacter() {
    const std::string_view line = text_.Line(place_.line);
    if (byte_ >= static_cast<int>(line.size())) return false;
    const std::string_view character = line.substr(static_cast<size_t>(byte_), 1);
    return Say(place_, "a value cannot begin with " + base::Quoted(character) + "; put it in quotes");
  }

  // Rarer messages of yaml-cpp that would puzzle; others pass as they are.
  std::string InWords() const {
    struct Row {
      std::string_view said;
      std::string_view meant;
    };
    static constexpr Row kRows[] = {
        {"end of map not found", "this does not belong to the keys above it; check the indentation"},
        {"end of sequence not found", "this does not belong to the list above it; check the indentation"},
        {"illegal map value", "a key is not possible here; check the indentation"},
        {"illegal map key", "a key is not possible here; check the indentation"},
        {"illegal block entry", "\"- \" is not possible here; check the indentation"},
        {"illegal flow end", "a closing bracket without an opening one"},
        {"the referenced anchor is not defined", "no anchor (&name) of that name stands before this alias"},
        {"bad file", "nested too deep"},
    };
    for (const Row& row : kRows) {
      if (message_.starts_with(row.said)) return std::string(row.meant);
    }
    constexpr std::string_view kEscape = "unknown escape character: ";
    if (message_.starts_with(kEscape)) {
      const std::string character = message_.substr(kEscape.size());
      return "\"\\" + character + "\" is no escape in double quotes; write \"\\\\" + character +
             "\" or use single quotes";
    }
    return message_;
  }

  const YamlText& text_;
  const Place place_;
  const int byte_;  // of place_ in its line, from 0
  const std::string& message_;
  const Mark& bracket_;
  std::string result_;
};

}  // namespace

std::string ExplainYamlError(const YamlText& text, int line, int byte, const std::string& message,
                             const Mark& bracket) {
  return Explainer(text, line, byte, message, bracket).Explain();
}

}  // namespace bekci::config
