// HttpClient: one request over a Stream, for status pages, metrics and tokens of services.
//
// One connection is kept and used again. The answer is read strictly, as request_head.h says why: HTTP/1.x, lines that
// end in CR LF, one Content-Length or chunked, else until the peer closes; head and body are bounded and the deadline
// is absolute, so a peer that sends a byte a second costs no more than any other that is late. Redirects and proxies
// are http_fetcher.h's.
//
// Source: RFC 9112 sections 4 to 7.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/byte_budget.h"
#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/net/chunked_body.h"
#include "agent/net/dialer.h"

namespace bekci::net {

struct HttpAnswer {
  int status = 0;
  std::string reason;                                       // behind the status: "Not Found"; may be empty
  std::vector<std::pair<std::string, std::string>> fields;  // as they came
  std::string body;
  bool keep_alive = false;  // the connection can be used again

  // The value of the first field called so, in any case; empty when there is none.
  std::string_view Field(std::string_view name) const;
};

// Reads one answer to any method but HEAD and CONNECT from bytes in whatever pieces they come.
class HttpAnswerReader {
 public:
  enum class State : unsigned char { kMore, kDone };
  static constexpr size_t kMaxHeadBytes = 16 << 10;

  // `buffer`: a string whose capacity the body takes over. `cut_body`: of a body that is longer what fits is enough;
  // the answer is then done, and its connection is not.
  explicit HttpAnswerReader(size_t max_body_bytes, std::string buffer = {}, bool cut_body = false)
      : max_body_bytes_(max_body_bytes), cut_body_(cut_body), chunks_(max_body_bytes), buffer_(std::move(buffer)) {
    buffer_.clear();
  }

  // Errors: corrupt (not HTTP, or two ways to read it), limit. After kDone or an error it must not be called again.
  base::Result<State> Feed(std::string_view bytes);
  // The peer has closed: done where that ends a body, else unavailable.
  base::Status Finish();
  HttpAnswer& answer() { return answer_; }

 private:
  enum class Body : unsigned char { kUnknown, kLength, kChunked, kUntilClose };
  base::Status ParseHead(std::string_view head);
  base::Status AddField(std::string_view line);
  base::Result<State> FeedBody(std::string_view bytes);
  base::Status TooLarge() const;
  State Cut();

  size_t max_body_bytes_;
  bool cut_body_;
  ChunkedBody chunks_;
  std::string head_;
  Body body_ = Body::kUnknown;
  bool has_length_ = false;
  int interim_ = 0;  // 1xx answers so far
  uint64_t length_ = 0;
  std::string buffer_;
  HttpAnswer answer_;
};

struct HttpClientRequest {
  std::string_view target;                                      // path and query; a proxy is asked for the whole URL
  std::span<const std::pair<std::string, std::string>> fields;  // beside Host, Connection and Content-Length
  size_t max_body_bytes = 1 << 20;
  std::string buffer;                              // its capacity becomes the body's
  std::optional<std::string_view> post_body = {};  // a POST of this; else a GET
  base::ByteCharge* charge = nullptr;              // grows with the answer's body; limit when it is refused
  std::string_view method = {};                    // "PUT"; empty: POST or GET, as post_body says
  bool cut_body = false;                           // a longer body is cut, not refused
  base::MonotonicTime connect_deadline = base::MonotonicTime::Max();  // of a connection, TLS included
  bool* sent = nullptr;  // becomes true when all of the request was written: the peer may have acted on it
};

class HttpClient {
 public:
  // `host` is the Host field; empty: the address. `clock` outlives it.
  HttpClient(TargetAddress address, std::unique_ptr<ClientTlsOptions> tls, std::string host, const base::Clock& clock);

  // `target` is path and query. An answer with any status is an answer. A kept connection that turns out to be closed
  // is replaced once. Errors: invalid (a target that cannot be sent), those of Stream, and those of HttpAnswerReader.
  base::Result<HttpAnswer> Get(std::string_view target, size_t max_body_bytes, base::MonotonicTime deadline);
  // The same, with all that can be said. What is not a GET is never sent twice.
  base::Result<HttpAnswer> Ask(HttpClientRequest request, base::MonotonicTime deadline);
  void set_tunnel(ProxyTunnel tunnel) { dialer_.set_tunnel(std::move(tunnel)); }
  // As Dialer has it.
  void set_interruption(const Interruption* interruption) { dialer_.set_interruption(interruption); }
  const TargetAddress& address() const { return dialer_.address(); }

 private:
  base::Result<HttpAnswer> Once(const std::string& head, HttpClientRequest* request, base::MonotonicTime deadline,
                                bool* any_byte);

  Dialer dialer_;
  const std::string host_;
  std::unique_ptr<Stream> stream_;
};

}  // namespace bekci::net
