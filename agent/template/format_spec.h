// FormatSpec: the flags, width and precision between % and its verb, and what prints single things under them.
//
// These functions are one per sort of thing (text, integer, float, character); go_format.cc decides which one a verb
// means for a value. Source: Go's fmt, format.go's behaviour.
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::templates {

struct FormatSpec {
  int width = 0;
  int precision = 0;
  bool has_width = false;
  bool has_precision = false;
  bool minus = false;
  bool plus = false;
  bool sharp = false;
  bool space = false;
  bool zero = false;
  bool plus_v = false;   // %+v: names of fields
  bool sharp_v = false;  // %#v: as Go source
};

// `text`, padded to the width, which counts characters.
void AppendPadded(const FormatSpec& spec, std::string_view text, std::string* out);
// %s: cut to the precision, which counts characters.
void AppendText(const FormatSpec& spec, std::string_view text, std::string* out);
void AppendQuotedText(const FormatSpec& spec, std::string_view text, std::string* out);           // %q
void AppendHexText(const FormatSpec& spec, std::string_view text, bool upper, std::string* out);  // %x %X
void AppendCharacter(const FormatSpec& spec, uint64_t rune, std::string* out);                    // %c
void AppendQuotedCharacter(const FormatSpec& spec, uint64_t rune, std::string* out);              // %q
void AppendUnicode(const FormatSpec& spec, uint64_t rune, std::string* out);                      // %U

struct IntegerForm {
  int base = 10;
  char verb = 'd';  // O has a prefix of its own
  bool upper = false;
};
void AppendInteger(const FormatSpec& spec, uint64_t magnitude, bool negative, IntegerForm form, std::string* out);

// `verb` is one of v b e E f F g G x X; v is the shortest text that reads back.
void AppendFloat(const FormatSpec& spec, double value, char verb, std::string* out);
void AppendComplex(const FormatSpec& spec, double real, double imaginary, char verb, std::string* out);

}  // namespace bekci::templates
