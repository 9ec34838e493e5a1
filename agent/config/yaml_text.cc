#include "agent/config/yaml_text.h"

#include <algorithm>
#include <cstdio>

#include "agent/base/text.h"

namespace bekci::config {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kLongLine = 4096;
// Beyond this many unclosed brackets nothing of ours, and nothing of anyone's, is meant. The exact limit on depth is
// kept by the walk; this one only keeps nonsense away from yaml-cpp.
constexpr int kAbsurdNesting = 1000;

bool IsControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return (byte < 0x20 && c != '\t' && c != '\n') || byte == 0x7f;
}

bool IsContinuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0) == 0x80;
}

std::string HexByte(char c) {
  char text[8];
  std::snprintf(text, sizeof text, "0x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
  return text;
}

// Offset of the first byte that is not part of valid UTF-8. Called only when there is one.
size_t FirstInvalidByte(std::string_view line) {
  for (size_t i = 0; i < line.size();) {
    size_t length = 1;
    const bool leads = static_cast<unsigned char>(line[i]) >= 0xC0;
    while (leads && length < 4 && i + length < line.size() && IsContinuation(line[i + length])) ++length;
    if (!base::IsValidUtf8(line.substr(i, length))) return i;
    i += length;
  }
  return 0;
}

}  // namespace

base::Result<YamlText> YamlText::Clean(std::string_view text, const std::string& file_name, const YamlLimits& limits) {
  YamlText result;
  result.file_name_ = file_name;
  if (text.size() > limits.bytes) {
    return base::LimitReached(file_name + ": larger than " + std::to_string(limits.bytes) + " bytes");
  }
  result.Normalise(text);
  RETURN_IF_ERROR(result.CheckCharacters());
  RETURN_IF_ERROR(result.CheckBrackets(limits));
  return result;
}

void YamlText::Normalise(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text_ = std::make_unique<std::string>();
  text_->reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      if (i + 1 < text.size() && text[i + 1] == '\n') continue;
      text_->push_back('\n');
    } else {
      text_->push_back(text[i]);
    }
  }
  base::LineReader reader(*text_);
  for (std::string_view line; reader.Next(&line);) lines_.push_back(line);
}

base::Status YamlText::CheckCharacters() const {
  for (size_t i = 0; i < lines_.size(); ++i) {
    const std::string_view line = lines_[i];
    const int number = static_cast<int>(i) + 1;
    const auto control = std::find_if(line.begin(), line.end(), IsControl);
    if (control != line.end()) {
      const int column = Column(number, static_cast<int>(control - line.begin()));
      return base::Invalid(At(number, column, "control character " + HexByte(*control) + "; is this a text file?"));
    }
    if (base::IsValidUtf8(line)) continue;
    const size_t offset = FirstInvalidByte(line);
    return base::Invalid(At(number, Column(number, static_cast<int>(offset)),
                            "byte " + HexByte(line[offset]) + " is not UTF-8; save the file as UTF-8"));
  }
  return base::OkStatus();
}

base::Status YamlText::CheckBrackets(const YamlLimits& limits) const {
  int open = 0;
  size_t indicators = 0;
  for (size_t i = 0; i < lines_.size(); ++i) {
    for (size_t j = 0; j < lines_[i].size(); ++j) {
      const char c = lines_[i][j];
      if (c == '[' || c == '{') ++open;
      if ((c == ']' || c == '}') && open > 0) --open;
      if (c == '[' || c == '{' || c == ',') ++indicators;
      if (open <= kAbsurdNesting && indicators <= limits.nodes) continue;
      const int number = static_cast<int>(i) + 1;
      const std::string what = open > kAbsurdNesting
                                   ? "more than " + std::to_string(kAbsurdNesting) + " brackets open at once"
                                   : "more than " + std::to_string(limits.nodes) + " brackets and commas";
      return base::LimitReached(At(number, Column(number, static_cast<int>(j)), what));
    }
  }
  return base::OkStatus();
}

std::string_view YamlText::Line(int number) const {
  if (number < 1 || number > line_count()) return {};
  return lines_[static_cast<size_t>(number) - 1];
}

int YamlText::Column(int line, int offset) const {
  const std::string_view text = Line(line);
  if (text.size() > kLongLine || offset > static_cast<int>(text.size()) || offset < 0) return offset + 1;
  const auto end = text.begin() + offset;
  return static_cast<int>(std::count_if(text.begin(), end, [](char c) { return !IsContinuation(c); })) + 1;
}

std::string_view YamlText::From(int line, int offset) const {
  const std::string_view text = Line(line);
  if (text.data() == nullptr || offset < 0 || offset > static_cast<int>(text.size())) return {};
  const auto begin = static_cast<size_t>(text.data() - text_->data()) + static_cast<size_t>(offset);
  return std::string_view(*text_).substr(begin);
}

std::string YamlText::At(int line, int column, std::string_view message) const {
  std::string text = file_name_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": ";
  text += message;
  return text;
}

}  // namespace bekci::config
