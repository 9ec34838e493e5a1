// Fuzz target of the reader of HTTP answers: never crashes, keeps its bounds, and the pieces never matter.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/net/http_client.h"

namespace {

using bekci::net::HttpAnswerReader;

constexpr size_t kCap = 1000;

bool Read(std::string_view input, size_t piece, HttpAnswerReader* reader) {
  while (!input.empty()) {
    const auto state = reader->Feed(input.substr(0, piece));
    if (!state.ok()) return false;
    if (*state == HttpAnswerReader::State::kDone) return true;
    input.remove_prefix(std::min(piece, input.size()));
  }
  return reader->Finish().ok();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  HttpAnswerReader whole(kCap);
  HttpAnswerReader pieces(kCap);
  const bool good = Read(input, input.size() + 1, &whole);
  if (good != Read(input, 3, &pieces)) std::abort();
  if (whole.answer().body.size() > kCap || pieces.answer().body.size() > kCap) std::abort();
  if (good && (whole.answer().status != pieces.answer().status || whole.answer().body != pieces.answer().body)) {
    std::abort();
  }
  return 0;
}
