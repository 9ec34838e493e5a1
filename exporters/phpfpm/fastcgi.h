// FastCGI, the client's side of one request: the bytes to send, and a reader of what comes back.
//
// PHP-FPM speaks nothing else. One request per connection, without FCGI_KEEP_CONN: FPM gives a connection to a worker
// for as long as it lives, so a kept one would take a worker away from the shop.
//
// The reader takes bytes in whatever pieces they come and trusts none of them: another version, request or type, and
// more than its bounds, end the answer with an error.
//
// Source: the FastCGI specification 1.0 (sections 3, 5, 6), RFC 3875 section 6 for the CGI answer inside.
// Thread rule: values and pure functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "agent/base/status.h"

namespace bekci::exporters::phpfpm {

struct FastCgiRequest {
  std::string script_name;      // as in a URL: "/status"
  std::string script_filename;  // the file to run; for status and ping the same as script_name
  std::string query;            // "json&full"
};

// All records of a GET request: begin, parameters, no input. Names and values are bounded by what options may hold.
std::string EncodeRequest(const FastCgiRequest& request);

class FastCgiReader {
 public:
  enum class State : unsigned char { kMore, kDone };

  // `max_body_bytes`: of what the script may write; standard error is cut at kMaxErrorBytes.
  explicit FastCgiReader(size_t max_output_bytes) : max_output_bytes_(max_output_bytes) {}

  static constexpr size_t kMaxErrorBytes = 1024;

  // Errors: corrupt (not FastCGI), limit (more output than allowed), unavailable (the application refused the request).
  // After kDone or an error it must not be called again.
  base::Result<State> Feed(std::string_view bytes);
  const std::string& output() const { return output_; }
  const std::string& error_output() const { return error_output_; }

 private:
  base::Result<State> OnRecord(uint8_t type, std::string_view content);

  size_t max_output_bytes_;
  std::string record_;  // an incomplete one
  std::string output_;
  std::string error_output_;
};

struct CgiAnswer {
  int status = 200;
  std::string_view body;
};

// Splits what a script wrote into head and body; views into `output`. Errors: corrupt.
base::Result<CgiAnswer> ParseCgiAnswer(std::string_view output);

}  // namespace bekci::exporters::phpfpm
