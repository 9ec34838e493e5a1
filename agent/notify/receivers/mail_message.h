// Mail messages: headers and parts as they go over the wire, with CR LF at every line end.
//
// The text comes first, the HTML last, both as quoted-printable UTF-8, so no line is too long and no byte too high for
// any server on the way. No line end of a value ever reaches a header.
//
// Source: RFC 5322, RFC 2045 section 6.7, RFC 2046 section 5.1.4, RFC 2047, RFC 3834. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"

namespace bekci::notify::receivers {

struct MailMessage {
  // Names with values that are encoded and folded already (HeaderText, MailAddressesText).
  std::vector<std::pair<std::string, std::string>> headers;
  std::string text;  // empty: no such part
  std::string html;
  std::string boundary;  // letters and digits that occur in no part
};

// The whole message; the headers of its form (MIME-Version, Content-Type) are added.
std::string RenderMail(const MailMessage& message);

// `value` as one line: line ends and other control characters become blanks.
std::string HeaderLine(std::string_view value);
// ASCII as it is, else encoded words (=?utf-8?q?...?=) of at most 75 characters, folded.
std::string EncodedWords(std::string_view line);
// Both, and long lines of ASCII folded at blanks.
std::string HeaderText(std::string_view value);

std::string QuotedPrintable(std::string_view text);
// "Sat, 21 Nov 2026 10:57:47 +0000".
std::string MailDate(base::Timestamp time);

}  // namespace bekci::notify::receivers
