// HTTP as handlers see it: a request that is complete, an answer that is whole.
//
// Thread rule: a Handler is called from several threads at once.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bekci::net {

struct HttpRequest {
  std::string method;  // upper case
  std::string path;    // percent-decoded, without the query; begins with '/', no "." or ".." segments, no NUL
  std::vector<std::pair<std::string, std::string>> query;  // decoded, in order, repeated keys kept
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;            // read whole, under the server's cap
  std::string client_address;  // "192.0.2.7" or "2001:db8::1": of the connection, whatever headers say
  bool tls = false;            // the client came through TLS
  // Becomes true when the client has hung up and nobody waits for the answer. Null where nobody can tell.
  std::shared_ptr<const std::atomic<bool>> gone;

  // First header of that name (case does not matter), or empty.
  std::string_view Header(std::string_view name) const;
  // First value of a query parameter, or empty.
  std::string_view Query(std::string_view key) const;
  std::vector<std::string_view> QueryAll(std::string_view key) const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::vector<std::pair<std::string, std::string>> headers;  // further ones; Content-Length and Date are set for you
};

using Handler = std::function<HttpResponse(const HttpRequest&)>;

// application/x-www-form-urlencoded text (a query string or a form body) into pairs. Bounded: more than `max_pairs` or
// a bad escape makes it false.
bool ParseForm(std::string_view text, std::vector<std::pair<std::string, std::string>>* out, size_t max_pairs = 1000);
// Undoes %XX (and '+' for a space where asked). False at a broken escape; `out` then holds what came before it.
bool PercentDecode(std::string_view text, bool plus_is_space, std::string* out);
// "Not Found" for 404; a word for its class where the code has no name here. Never empty.
std::string_view ReasonPhrase(int status);

}  // namespace bekci::net
