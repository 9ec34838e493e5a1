// Decoder of the chunked transfer coding, fed with whatever pieces the network gives.
//
// Strict for the reason request_head.h names: sizes are 1 to 8 hexadecimal digits, every line ends in CR LF, extensions
// and trailers are bounded, read and dropped. Nothing is remembered but a few bytes of state.
//
// Source: RFC 9112 section 7.1.
// Thread rule: a value, one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::net {

class ChunkedBody {
 public:
  enum class State : unsigned char { kMore, kDone, kBad, kTooLarge };

  explicit ChunkedBody(size_t max_body_bytes) : max_body_bytes_(max_body_bytes) {}

  // Appends the data in `input` to `body` and says in `used` how much of `input` belonged to this body (all of it,
  // unless kDone). After anything but kMore it must not be called again.
  State Feed(std::string_view input, size_t* used, std::string* body);

 private:
  enum class Place : unsigned char {
    kSize,
    kExtension,
    kSizeLf,
    kData,
    kDataCr,
    kDataLf,
    kTrailerStart,
    kTrailer,
    kTrailerLf,
    kLastLf,
  };
  State OnSizeByte(char c);
  State OnSizeEnd();
  State OnTrailerByte(char c);
  State OnByte(char c);
  State TakeData(std::string_view* input, std::string* body);

  const size_t max_body_bytes_;
  Place place_ = Place::kSize;
  int size_digits_ = 0;
  uint64_t chunk_left_ = 0;
  size_t extra_bytes_ = 0;  // extensions and trailers of the whole body, bounded
};

}  // namespace bekci::net
