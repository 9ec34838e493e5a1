// The writing side of HTTP/1.1: the Date header, the answers of handlers, and the small ones that the gate gives
// itself.
//
// Source: RFC 9110 section 5.6.7 (dates), RFC 9112 section 6.3 (where a body ends).
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/net/http.h"

namespace bekci::net {

// "Sun, 06 Nov 1994 08:49:37 GMT". Years 1970 to 9999.
std::string HttpDate(int64_t unix_seconds);

// A whole answer of plain text, after which the connection is closed. `with_body` is false for HEAD.
std::string TextAnswer(int status, std::string_view text, bool with_body, int64_t unix_seconds);

struct AnswerOptions {
  bool keep_alive = false;
  bool head_only = false;  // to HEAD: Content-Length tells of a body that is not sent
  int64_t unix_seconds = 0;
};

// The bytes of an answer, head and body. A header whose name or value could end the line early is left out and counted.
std::string ComposeAnswer(HttpResponse response, const AnswerOptions& options, size_t* bad_headers);

}  // namespace bekci::net
