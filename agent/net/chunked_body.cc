// A state machine over bytes; data runs are copied whole. See chunked_body.h.
#include "agent/net/chunked_body.h"

#include <algorithm>

namespace bekci::net {
namespace {

// Extensions and trailers carry nothing that we use. 4 KiB lets every real client pass.
constexpr size_t kMaxExtraBytes = 4096;

constexpr bool IsLineByte(char c) {
  return static_cast<unsigned char>(c) >= 0x20 ? c != 0x7f : c == '\t';
}

}  // namespace

ChunkedBody::State ChunkedBody::Feed(std::string_view input, size_t* used, std::string* body) {
  const size_t given = input.size();
  State state = State::kMore;
  while (!input.empty() && state == State::kMore) {
    if (place_ == Place::kData) {
      state = TakeData(&input, body);
    } else {
      state = OnByte(input.front());
      input.remove_prefix(1);
    }
  }
  *used = given - input.size();
  return state;
}

ChunkedBody::State ChunkedBody::TakeData(std::string_view* input, std::string* body) {
  const size_t count = static_cast<size_t>(std::min<uint64_t>(chunk_left_, input->size()));
  if (body->size() + count > max_body_bytes_) return State::kTooLarge;
  body->append(input->substr(0, count));
  input->remove_prefix(count);
  chunk_left_ -= count;
  if (chunk_left_ == 0) place_ = Place::kDataCr;
  return State::kMore;
}

ChunkedBody::State ChunkedBody::OnByte(char c) {
  switch (place_) {
    case Place::kSize:
      return OnSizeByte(c);
    case Place::kExtension:
      if (c == '\r') {
        place_ = Place::kSizeLf;
        return State::kMore;
      }
      return IsLineByte(c) && ++extra_bytes_ <= kMaxExtraBytes ? State::kMore : State::kBad;
    case Place::kSizeLf:
      return c == '\n' ? OnSizeEnd() : State::kBad;
    case Place::kDataCr:
      place_ = Place::kDataLf;
      return c == '\r' ? State::kMore : State::kBad;
    case Place::kDataLf:
      place_ = Place::kSize;
      return c == '\n' ? State::kMore : State::kBad;
    case Place::kLastLf:
      return c == '\n' ? State::kDone : State::kBad;
    case Place::kTrailerStart:
    case Place::kTrailer:
    case Place::kTrailerLf:
      return OnTrailerByte(c);
    case Place::kData:
      break;
  }
  return State::kBad;
}

ChunkedBody::State ChunkedBody::OnSizeByte(char c) {
  int digit = -1;
  if (c >= '0' && c <= '9') digit = c - '0';
  if (c >= 'a' && c <= 'f') digit = c - 'a' + 10;
  if (c >= 'A' && c <= 'F') digit = c - 'A' + 10;
  if (digit >= 0) {
    if (++size_digits_ > 8) return State::kBad;
    chunk_left_ = chunk_left_ * 16 + static_cast<uint64_t>(digit);
    return State::kMore;
  }
  if (size_digits_ == 0) return State::kBad;
  if (c == '\r') {
    place_ = Place::kSizeLf;
    return State::kMore;
  }
  place_ = Place::kExtension;
  return c == ';' || c == ' ' || c == '\t' ? State::kMore : State::kBad;
}

ChunkedBody::State ChunkedBody::OnSizeEnd() {
  size_digits_ = 0;
  if (chunk_left_ > max_body_bytes_) return State::kTooLarge;  // said before its data is read
  place_ = chunk_left_ == 0 ? Place::kTrailerStart : Place::kData;
  return State::kMore;
}

ChunkedBody::State ChunkedBody::OnTrailerByte(char c) {
  if (place_ == Place::kTrailerLf) {
    place_ = Place::kTrailerStart;
    return c == '\n' ? State::kMore : State::kBad;
  }
  if (c == '\r') {
    place_ = place_ == Place::kTrailerStart ? Place::kLastLf : Place::kTrailerLf;
    return State::kMore;
  }
  place_ = Place::kTrailer;
  return IsLineByte(c) && ++extra_bytes_ <= kMaxExtraBytes ? State::kMore : State::kBad;
}

}  // namespace bekci::net
