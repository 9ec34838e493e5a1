// BitWriter: bits into bytes in the order of DEFLATE, first bit lowest (RFC 1951, 3.1.1), without branches per bit.
//
// Bits gather in a 64-bit word; each append stores the whole word at the write position and then moves on by the bytes
// that are complete, so the store needs no loop. Bits past the end of what was appended are zero. Prefix codes go in
// bit-reversed (see huffman_code.h). Assumes a little-endian machine, as every one that Debian builds amd64, arm64 and
// riscv64 for. Thread rule: one thread.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace bekci::wire {

static_assert(std::endian::native == std::endian::little);

class BitWriter {
 public:
  // How many bits one Append may take, and how many bytes past the last complete one may be written to.
  static constexpr unsigned kMaxBits = 56;
  static constexpr size_t kSlackBytes = 8;

  // `out` has room for all that will be appended and kSlackBytes more.
  explicit BitWriter(uint8_t* out) : begin_(out), out_(out) {}

  // The `count` lowest bits of `bits`, which has no others; count <= kMaxBits.
  void Append(uint64_t bits, unsigned count) {
    held_ |= bits << held_bits_;
    held_bits_ += count;
    std::memcpy(out_, &held_, sizeof held_);
    out_ += held_bits_ >> 3;
    held_ >>= held_bits_ & 0x38;
    held_bits_ &= 7;
  }

  // `count` bits of `source`, from bit number `from` on. Reads up to 8 bytes past the one that has the last bit.
  void AppendRun(const uint8_t* source, size_t from, size_t count) {
    while (count > 0) {
      const unsigned step = static_cast<unsigned>(std::min<size_t>(count, kMaxBits));
      uint64_t word;
      std::memcpy(&word, source + (from >> 3), sizeof word);
      Append((word >> (from & 7)) & ((uint64_t{1} << step) - 1), step);
      from += step;
      count -= step;
    }
  }

  size_t bits() const { return static_cast<size_t>(out_ - begin_) * 8 + held_bits_; }
  // Fills the last byte with zero bits; the bytes written so far.
  size_t Finish() {
    if (held_bits_ > 0) Append(0, 8 - held_bits_);
    return static_cast<size_t>(out_ - begin_);
  }

 private:
  uint8_t* begin_;
  uint8_t* out_;            // where the byte that holds held_ goes
  uint64_t held_ = 0;       // bits not yet part of a complete byte
  unsigned held_bits_ = 0;  // 0..7 between appends
};

}  // namespace bekci::wire
