// The writing side of HTTP/1.1: the Date header, small answers that the gate gives itself, and the rewriting of an
// answer head on its way from civetweb to the client.
//
// Source: RFC 9110 section 5.6.7 (dates), RFC 9112 section 6.3 (where a body ends).
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::net {

// "Sun, 06 Nov 1994 08:49:37 GMT". Years 1970 to 9999.
std::string HttpDate(int64_t unix_seconds);

// A whole answer of plain text, after which the connection is closed. `with_body` is false for HEAD.
std::string TextAnswer(int status, std::string_view text, bool with_body, int64_t unix_seconds);

struct AnswerHead {
  int status = 0;
  bool until_close = true;  // no Content-Length: the body ends with the connection
  uint64_t body_bytes = 0;  // else
};

// Reads `text`, a whole head with its empty line, and appends it to `out` for the client: hop-by-hop fields are dropped
// and Connection says whether it stays open (`*keep_alive` becomes false where the body's end could not be seen
// otherwise). `head_only` is an answer to HEAD. False when it is not an answer head; `out` is then as it was.
bool RewriteAnswerHead(std::string_view text, bool head_only, bool* keep_alive, AnswerHead* head, std::string* out);

}  // namespace bekci::net
