// ValuePrinter: what fmt prints of one value under a verb, flags, width and precision.
//
// The half of Go's fmt that knows values; go_format.cc reads format texts and asks this. A verb that does not fit
// prints a notice. Printing stops, and status() says so, at a limit of bytes and where values are nested too deep.
//
// Source: Go's fmt package, print.go's behaviour. Thread rule: one owner.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/template/format_spec.h"
#include "agent/template/value.h"

namespace bekci::templates {

class ValuePrinter {
 public:
  // Appends to `out`, which outlives this, at most some `limit` bytes.
  ValuePrinter(size_t limit, std::string* out) : out_(*out), most_(out->size() + limit) {}

  // The flags and numbers that the next value is printed with.
  FormatSpec& spec() { return spec_; }

  void Argument(const Value& value, char32_t verb);
  // As an action prints it: %v, and of a pointer what it points to.
  void Pointed(const Value& value) {
    pointed_ = true;
    Argument(value, 'v');
  }

  // Errors: limit.
  base::Status status() const;
  bool Full() const { return too_deep_ || out_.size() > most_; }

 private:
  void Print(const Value& value, char32_t verb, int depth);
  bool OwnText(const Value& value, char32_t verb);
  void BadVerb(const Value& value, char32_t verb);
  void Text(std::string_view text, char32_t verb, const Value& value);
  void Integer(uint64_t magnitude, bool negative, char32_t verb, const Value& value);
  void Float(const Value& value, char32_t verb);
  void List(const Value& value, char32_t verb, int depth);
  void Map(const Value& value, char32_t verb, int depth);
  void Object(const Value& value, char32_t verb, int depth);
  void Element(const Value& value, char32_t verb, int depth);

  std::string& out_;
  size_t most_;
  FormatSpec spec_;
  bool too_deep_ = false;
  bool pointed_ = false;
};

}  // namespace bekci::templates
