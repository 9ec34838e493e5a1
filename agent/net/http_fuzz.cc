// Fuzz target of everything that reads bytes of strangers: head scanner and parser, target, chunked body, form.
//
// Beside "does not crash" it holds the promise that the pieces in which bytes arrive never matter.
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/net/chunked_body.h"
#include "agent/net/http.h"
#include "agent/net/request_head.h"

namespace {

using bekci::net::ChunkedBody;
using bekci::net::HeadScanner;
using bekci::net::RequestHead;

void Require(bool good) {
  if (!good) std::abort();
}

void FuzzHead(std::string_view input) {
  HeadScanner whole;
  const HeadScanner::State state = whole.Scan(input);
  HeadScanner pieces;
  HeadScanner::State piece_state = HeadScanner::State::kMore;
  for (size_t i = 1; i <= input.size() && piece_state == HeadScanner::State::kMore; ++i) {
    piece_state = pieces.Scan(input.substr(0, i));
  }
  Require(state == piece_state || input.empty());
  if (state != HeadScanner::State::kDone) return;
  Require(whole.head_size() == pieces.head_size() && whole.head_begin() == pieces.head_begin());
  RequestHead head;
  const auto text = input.substr(whole.head_begin(), whole.head_size() - whole.head_begin());
  if (bekci::net::ParseRequestHead(text, &head).status != 0) return;
  std::string path;
  std::string_view query;
  if (!bekci::net::ParseTarget(head.target, &path, &query)) return;
  Require(path.front() == '/' && path.find('\0') == std::string::npos);
}

void FuzzChunked(std::string_view input) {
  constexpr size_t kCap = 1000;
  std::string body;
  std::string piece_body;
  size_t used = 0;
  ChunkedBody whole(kCap);
  const ChunkedBody::State state = whole.Feed(input, &used, &body);
  Require(body.size() <= kCap && used <= input.size());
  ChunkedBody pieces(kCap);
  ChunkedBody::State piece_state = ChunkedBody::State::kMore;
  for (size_t i = 0; i < input.size() && piece_state == ChunkedBody::State::kMore; ++i) {
    size_t one = 0;
    piece_state = pieces.Feed(input.substr(i, 1), &one, &piece_body);
  }
  // A chunk that is cut off by the cap is taken in part when it comes in pieces; what is refused is the same.
  Require(state == piece_state);
  Require(state == ChunkedBody::State::kTooLarge || body == piece_body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  FuzzHead(input);
  FuzzChunked(input);
  std::vector<std::pair<std::string, std::string>> pairs;
  (void)bekci::net::ParseForm(input, &pairs, 20);
  Require(pairs.size() <= 20);
  return 0;
}
