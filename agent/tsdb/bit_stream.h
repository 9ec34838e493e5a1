// BitWriter and BitReader: bits into bytes, highest bit first, as Prometheus' chunks have them.
//
// Both work on 64-bit words: a write ORs into the word at the current byte, a read loads the word there and shifts, so
// neither loops over bytes or branches per bit. The writer keeps its buffer zero past the end; the reader wants
// kSlackBytes readable bytes past the end of its data and is told once per sample, by overrun(), that a damaged chunk
// led it beyond its end: at most kSlackBytes of steps may lie between two such questions.
// Thread rule: one thread.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>
#include <utility>

namespace bekci::tsdb {

inline uint64_t LoadBig64(const char* from) {
  uint64_t word;
  std::memcpy(&word, from, sizeof word);
  return std::endian::native == std::endian::little ? __builtin_bswap64(word) : word;
}

inline void StoreBig64(char* to, uint64_t word) {
  if (std::endian::native == std::endian::little) word = __builtin_bswap64(word);
  std::memcpy(to, &word, sizeof word);
}

class BitWriter {
 public:
  BitWriter() = default;
  BitWriter(BitWriter&& other) noexcept { *this = std::move(other); }
  BitWriter& operator=(BitWriter&& other) noexcept {
    data_ = std::move(other.data_);
    bits_ = std::exchange(other.bits_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
  }

  // The `count` lowest bits of `value`, which may have others; count in 0..64.
  void Write(uint64_t value, unsigned count) {
    const bool whole_bytes = count % 8 == 0;
    if (count > 32) {
      WriteFew(value >> 32, count - 32);
      count = 32;
    }
    WriteFew(value, count);
    capacity_ = capacity() | (whole_bytes ? kWholeBytes : 0);
  }
  void WriteVarint(int64_t value) {
    WriteUvarint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
  }
  void WriteUvarint(uint64_t value) {
    for (; value >= 0x80; value >>= 7) Write((value & 0x7f) | 0x80, 8);
    Write(value, 8);
  }

  // Bytes so far, the last one filled up with zero bits. Good until the next write. Prometheus' writer begins the next
  // byte when it has written a whole one, and so leaves a zero byte behind where the last write was of whole bytes and
  // ended at the end of a byte: to have the same bytes, so do we.
  std::string_view data() const {
    const bool next_begun = bits_ % 8 == 0 && (capacity_ & kWholeBytes) != 0;
    return {data_.get(), (bits_ + 7) / 8 + (next_begun ? 1 : 0)};
  }
  char* mutable_data() { return data_.get(); }
  size_t bits() const { return bits_; }
  size_t capacity_bytes() const { return capacity(); }

 private:
  static constexpr size_t kSlackBytes = 8;
  static constexpr size_t kFirstCapacity = 56;  // most series are gauges that move little: 0.5 to 2 bytes a sample

  static constexpr uint32_t kWholeBytes = uint32_t{1} << 31;

  uint32_t capacity() const { return capacity_ & ~kWholeBytes; }
  void WriteFew(uint64_t value, unsigned count) {
    if (bits_ / 8 + kSlackBytes > capacity()) Grow();
    if (count == 0) return;
    char* at = data_.get() + bits_ / 8;
    const uint64_t low = value & (~uint64_t{0} >> (64 - count));
    StoreBig64(at, LoadBig64(at) | low << (64 - count - bits_ % 8));
    bits_ += count;
  }
  void Grow() {
    const uint32_t before = capacity();
    const uint32_t after = before == 0 ? kFirstCapacity : before + before / 2;
    auto bigger = std::make_unique<char[]>(after);
    if (before > 0) std::memcpy(bigger.get(), data_.get(), before);
    data_ = std::move(bigger);
    capacity_ = after;
  }

  std::unique_ptr<char[]> data_;
  uint32_t bits_ = 0;
  uint32_t capacity_ = 0;  // bytes; the highest bit says that the last write was of whole bytes
};

class BitReader {
 public:
  static constexpr size_t kSlackBytes = 64;

  // `data` must be followed by kSlackBytes readable bytes of any content.
  explicit BitReader(std::string_view data) : data_(data.data()), end_(data.size() * 8) {}

  // The next 57 bits or more, the first one highest.
  uint64_t Peek() const { return LoadBig64(data_ + position_ / 8) << (position_ % 8); }
  void Skip(unsigned count) { position_ += count; }

  // 0..64 bits.
  uint64_t Read(unsigned count) {
    if (count > 56) {
      const uint64_t high = Read(count - 32);
      return high << 32 | Read(32);
    }
    const uint64_t value = count == 0 ? 0 : Peek() >> (64 - count);
    position_ += count;
    return value;
  }
  // A varint longer than 10 bytes counts as an overrun.
  uint64_t ReadUvarint() {
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 70; shift += 7) {
      const uint64_t byte = Read(8);
      if (shift < 64) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    Fail();
    return 0;
  }
  int64_t ReadVarint() {
    const uint64_t raw = ReadUvarint();
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }

  // Makes overrun() true: what was read cannot be.
  void Fail() { position_ = end_ + 1; }
  bool overrun() const { return position_ > end_; }

 private:
  const char* data_;
  size_t position_ = 0;  // bits
  size_t end_;
};

}  // namespace bekci::tsdb
