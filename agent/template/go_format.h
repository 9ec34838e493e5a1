// Printing as Go's fmt does it: Sprint, Sprintf with every verb and flag, and the plain form that an action prints.
//
// A verb that does not fit its operand is no error, it prints as Go's notice of it: %!d(string=x), %!s(MISSING),
// %!(EXTRA int=1), %!(BADWIDTH). A width or precision above a million is such a notice too. What does become an error
// is text beyond `limit` bytes and values nested too deep to be anything a person made.
//
// Source: Go's fmt package. Differences: where Go prints an address (a pointer inside a list, %p) this prints the
// thing. Thread rule: functions without state.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/template/value.h"

namespace bekci::templates {

// What an action prints of a value: %v, of the thing itself where it is a pointer. Errors: limit.
base::Status AppendValue(const Value& value, size_t limit, std::string* out);
// The same for messages: never fails, shortened.
std::string ValueText(const Value& value);

// fmt.Sprint: blanks between operands that are both no texts. Errors: limit.
base::Status AppendPrint(std::span<const Value> operands, size_t limit, std::string* out);
// fmt.Sprintln: blanks between all, a new line behind. Errors: limit.
base::Status AppendPrintLine(std::span<const Value> operands, size_t limit, std::string* out);
// fmt.Sprintf. Errors: limit.
base::Status AppendFormatted(std::string_view format, std::span<const Value> operands, size_t limit, std::string* out);

}  // namespace bekci::templates
