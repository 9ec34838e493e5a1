#include "agent/model/regex_error.h"

#include <re2/re2.h>

#include <string_view>

namespace bekci::model {
namespace {

constexpr struct {
  re2::RE2::ErrorCode code;
  std::string_view text;
} kGoErrors[] = {
    {re2::RE2::ErrorBadEscape, "invalid escape sequence"},
    {re2::RE2::ErrorBadCharClass, "invalid character class"},
    {re2::RE2::ErrorBadCharRange, "invalid character class range"},
    {re2::RE2::ErrorMissingBracket, "missing closing ]"},
    {re2::RE2::ErrorMissingParen, "missing closing )"},
    {re2::RE2::ErrorUnexpectedParen, "unexpected )"},
    {re2::RE2::ErrorTrailingBackslash, "trailing backslash at end of expression"},
    {re2::RE2::ErrorRepeatArgument, "missing argument to repetition operator"},
    {re2::RE2::ErrorRepeatSize, "invalid repeat count"},
    {re2::RE2::ErrorRepeatOp, "invalid nested repetition operator"},
    {re2::RE2::ErrorBadPerlOp, "invalid or unsupported Perl syntax"},
    {re2::RE2::ErrorBadUTF8, "invalid UTF-8"},
    {re2::RE2::ErrorBadNamedCapture, "invalid named capture"},
};

}  // namespace

// What Prometheus 3 says: the expression as it was given, without the anchors within which 2.x compiled it.
std::string RegexError(const re2::RE2& regex) {
  std::string message = "error parsing regexp: ";
  for (const auto& row : kGoErrors) {
    if (row.code == regex.error_code()) return message.append(row.text).append(": `" + regex.error_arg() + "`");
  }
  return message + regex.error();
}

}  // namespace bekci::model
