// The head of an HTTP/1.x request, read strictly: what two readers could understand differently is refused.
//
// Why strict: request smuggling lives from disagreement between two readers, and a proxy may stand before us. Refused:
// bare LF or CR, NUL and control bytes, obs-fold, white space before ':', duplicate or list-valued Content-Length,
// Content-Length beside Transfer-Encoding, any coding but "chunked", a missing or second Host.
//
// Source: RFC 9112 sections 2.2 to 7, RFC 9110 section 5.
// Thread rule: values and pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bekci::net {

// Finds the end of a head as bytes arrive; every byte is looked at once, whatever the pieces.
class HeadScanner {
 public:
  enum class State : unsigned char { kMore, kDone, kBad };

  // `buffer` is all that was received so far and only grows between calls. kBad: a byte that no head may hold.
  State Scan(std::string_view buffer);
  size_t head_size() const { return position_; }  // after kDone: bytes up to and including the empty line
  size_t head_begin() const { return begin_; }    // empty lines before the request line are skipped (RFC 9112 2.2)
  void Reset() { *this = HeadScanner(); }

 private:
  size_t position_ = 0;
  size_t begin_ = 0;
  bool after_cr_ = false;
  bool line_empty_ = true;
  bool started_ = false;
};

struct HeadField {
  std::string_view name;
  std::string_view value;  // without white space at its ends
};

// Views into the text that was parsed.
struct RequestHead {
  std::string_view method;
  std::string_view target;     // origin form: begins with '/'
  std::string_view authority;  // of an absolute-form target, else empty
  int minor_version = 1;       // HTTP/1.<this>; later minors count as 1
  std::vector<HeadField> fields;
  bool has_length = false;
  uint64_t content_length = 0;
  bool chunked = false;
  bool expect_continue = false;
  bool keep_alive = false;  // what the client wishes, with its version's default
};

// Why a request is refused: the status to answer and a short reason for the person at the other end. 0 is no problem.
struct HeadProblem {
  int status = 0;
  std::string_view reason;
};

// More fields than this are refused.
inline constexpr size_t kMaxHeadFields = 64;

// `text` is a whole head as HeadScanner delimits it. `out` may be reused; its views point into `text`.
HeadProblem ParseRequestHead(std::string_view text, RequestHead* out);

// Decodes an origin-form target: `path` as HttpRequest::path promises, `query` the raw text after '?'. False where the
// promise cannot be kept: a broken escape, NUL, "." or ".." segments (also when they were escaped).
bool ParseTarget(std::string_view target, std::string* path, std::string_view* query);

bool IsToken(std::string_view text);       // RFC 9110 5.6.2: a method or a field name
bool IsFieldValue(std::string_view text);  // no control bytes but tab
// Whether a comma-separated list holds `token`, in any case.
bool ListHasToken(std::string_view list, std::string_view token);

}  // namespace bekci::net
