// JsonWriter: JSON text written piece by piece to the end of a string. No document is ever built.
//
// Commas need no state: a value stands behind a comma unless what was written last opens something or is a key.
// Text that is not UTF-8 is repaired (utf8.h). Numbers as Prometheus' HTTP API prints them.
// Thread rule: one thread at a time; the string is the caller's.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::wire {

// kHtml: also < > & and the line separators, and what is no UTF-8 as \ufffd, as Go's encoding/json does unless told
// otherwise. kPlain has the character U+FFFD for that.
enum class JsonEscape : unsigned char { kPlain, kHtml };

class JsonWriter {
 public:
  explicit JsonWriter(std::string* out, JsonEscape escape = JsonEscape::kPlain) : out_(out), escape_(escape) {}

  void BeginObject() { Open('{'); }
  void EndObject() { out_->push_back('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { out_->push_back(']'); }

  void Key(std::string_view name);
  void String(std::string_view text);
  void Int(int64_t value);
  void Bool(bool value);
  void Null();
  // A JSON number; infinities and NaN, for which JSON has none, as null.
  void Number(double value);
  // A value that is JSON already.
  void Raw(std::string_view json);

  // "name": value, for objects with fixed members.
  void Member(std::string_view name, std::string_view text);
  void Member(std::string_view name, const char* text) { Member(name, std::string_view(text)); }
  void Member(std::string_view name, int64_t value);
  void Member(std::string_view name, bool value);

  std::string& out() { return *out_; }

 private:
  void Open(char bracket);
  void Separate();

  std::string* out_;
  JsonEscape escape_;
};

// `text` in quotes with escapes, appended.
void AppendJsonString(std::string* out, std::string_view text, JsonEscape escape = JsonEscape::kPlain);

// Milliseconds as seconds with as many as three decimals: 1435781451.781.
void AppendJsonTime(std::string* out, int64_t t_ms);
// A sample's value in quotes: "1", "0.25", "1e+21", "NaN", "+Inf". Exponents below 1e-6 and from 1e21 on.
void AppendJsonValue(std::string* out, double value);
inline constexpr size_t kMaxJsonValue = 32;
// The same without the string: returns the end of what was written at `out`, which has room for kMaxJsonValue.
char* WriteJsonValue(char* out, double value);
char* WriteJsonTime(char* out, int64_t t_ms);

}  // namespace bekci::wire
