// JSON of questions and answers: objects written in the order vendors document them, with the escapes of Go's encoder
// so that bodies equal Alertmanager's byte for byte, and answers read without trust.
//
// Thread rule: values.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/wire/json_writer.h"

namespace bekci::notify::receivers {

// A body being written. `Add...` with an empty value leaves the member out where the name says so.
class JsonBody {
 public:
  JsonBody() : writer_(&text_) { writer_.BeginObject(); }
  JsonBody(const JsonBody&) = delete;
  JsonBody& operator=(const JsonBody&) = delete;

  JsonBody& Add(std::string_view key, std::string_view value) {
    writer_.Member(key, value);
    return *this;
  }
  JsonBody& AddIfAny(std::string_view key, std::string_view value) {
    if (!value.empty()) writer_.Member(key, value);
    return *this;
  }
  JsonBody& AddNumber(std::string_view key, int64_t value) {
    writer_.Member(key, value);
    return *this;
  }
  JsonBody& AddFlag(std::string_view key, bool value) {
    writer_.Member(key, value);
    return *this;
  }
  JsonBody& AddFlagIfSet(std::string_view key, bool value) {
    if (value) writer_.Member(key, value);
    return *this;
  }
  JsonBody& AddRaw(std::string_view key, std::string_view json) {
    writer_.Key(key);
    writer_.Raw(json);
    return *this;
  }
  JsonBody& AddRawIfAny(std::string_view key, std::string_view json) {
    return json.empty() ? *this : AddRaw(key, json);
  }

  wire::JsonWriter& writer() { return writer_; }
  // The object, closed; for a member of another. Once.
  std::string Object() &&;
  // The same as the body of a request: `<`, `>`, `&`, U+2028 and U+2029 as \u escapes, a line end behind it. Once.
  std::string Body() &&;

 private:
  std::string text_;
  wire::JsonWriter writer_;
};

// What a JSON text is sent as: see JsonBody::Body.
std::string AsBody(std::string_view json);
// ["a","b"] of values that are JSON already.
class JsonList {
 public:
  void Add(std::string_view json);
  bool empty() const { return text_.empty(); }
  std::string Text() const { return "[" + text_ + "]"; }
  std::string TextIfAny() const { return empty() ? std::string() : Text(); }

 private:
  std::string text_;
};

// An answer that says it is JSON. Whatever is not there, or of another type, reads as not there; nothing throws.
class JsonAnswer {
 public:
  explicit JsonAnswer(std::string_view text);
  ~JsonAnswer();
  JsonAnswer(JsonAnswer&&) noexcept;

  bool is_object() const;
  // `path`: a JSON pointer, "/parameters/retry_after". Texts and numbers as text; empty: not there.
  std::string Text(std::string_view path) const;
  std::optional<double> Number(std::string_view path) const;
  bool IsTrue(std::string_view path) const;
  // How many items the list there has; 0: no list.
  size_t Count(std::string_view path) const;

 private:
  struct Tree;
  std::unique_ptr<const Tree> tree_;
};

}  // namespace bekci::notify::receivers
