// Url: an http or https address, as far as a client needs it.
//
// Source: RFC 3986 for the parts, RFC 9110 section 4.2. Parsing is strict about what goes on the wire: blanks, control
// bytes and bytes beyond ASCII are refused; whoever has such text escapes it first.
// Thread rule: values and pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::net {

struct Url {
  bool tls = false;      // https
  std::string userinfo;  // "user:password" as written, mostly empty
  std::string host;      // without brackets
  uint16_t port = 0;     // 80 or 443 where none was written
  bool has_port = false;
  std::string target = "/";  // path and query, begins with '/'; no fragment

  // "host", "host:8080", "[::1]:8080": the port only where it was written.
  std::string Authority() const;
  // "http://host:8080/metrics?x=1", without userinfo.
  std::string ToString() const;
  bool SameOrigin(const Url& other) const { return tls == other.tls && host == other.host && port == other.port; }
};

// Errors: invalid, with what is wrong.
base::Result<Url> ParseUrl(std::string_view text);
// What a Location header means to somebody who asked `base`.
base::Result<Url> ResolveUrl(const Url& base, std::string_view reference);

// As Go's url.QueryEscape: letters, digits and -_.~ stay, a blank is '+', other bytes are %XX.
std::string QueryEscaped(std::string_view text);
// As Go escapes a path: what may stand in one stays.
std::string PathEscaped(std::string_view text);
// `%XX` undone; a broken escape stands for itself.
std::string Unescaped(std::string_view text);

}  // namespace bekci::net
