// WalBytes: how numbers stand in records of the write-ahead log, beyond what byte_stream.h has.
//
// Varints are groups of 7 bits, lowest first; signed ones are zigzag. A double is kept as its significant bytes: the
// trailing zero bytes of its bit pattern, of which small whole numbers have five or six, are cut.
// Thread rule: one thread.
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "agent/tsdb/byte_stream.h"

namespace bekci::tsdb {

template <typename T>
void PutLittle(std::string* out, T value) {
  for (size_t i = 0; i < sizeof value; ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}
template <typename T>
T LoadLittle(const char* from) {
  T value = 0;
  if constexpr (std::endian::native == std::endian::little) {
    std::memcpy(&value, from, sizeof value);
  } else {
    for (size_t i = 0; i < sizeof value; ++i) value |= static_cast<T>(static_cast<unsigned char>(from[i])) << (8 * i);
  }
  return value;
}

// How many bytes of `bits` are left when the zero bytes at its low end are cut: 0..8.
inline unsigned SignificantBytes(uint64_t bits) {
  return bits == 0 ? 0 : 8 - static_cast<unsigned>(std::countr_zero(bits)) / 8;
}
inline void PutSignificant(std::string* out, uint64_t bits, unsigned count) {
  if (count == 0) return;
  bits >>= 64 - 8 * count;
  char bytes[8];
  for (unsigned i = 0; i < 8; ++i) bytes[i] = static_cast<char>(bits >> (8 * i));
  out->append(bytes, count);
}
// Length byte and significant bytes.
inline void PutDouble(std::string* out, double value) {
  const auto bits = std::bit_cast<uint64_t>(value);
  const unsigned count = SignificantBytes(bits);
  out->push_back(static_cast<char>(count));
  PutSignificant(out, bits, count);
}

class WalBytes : public ByteReader {
 public:
  using ByteReader::ByteReader;

  // A number of things of which each takes at least one byte of what follows, so that no length in damaged bytes makes
  // anybody allocate more than the record is long.
  size_t Count() {
    const uint64_t count = Uvarint();
    if (count <= left()) return static_cast<size_t>(count);
    Fail();
    return 0;
  }
  template <typename T>
  T Little() {
    const std::string_view bytes = Bytes(sizeof(T));
    return bytes.empty() ? T{0} : LoadLittle<T>(bytes.data());
  }
  double Double() { return std::bit_cast<double>(Significant(U8())); }

 private:
  uint64_t Significant(unsigned count) {
    const std::string_view bytes = count <= 8 ? Bytes(count) : std::string_view();
    if (count > 8) Fail();
    uint64_t bits = 0;
    for (const char c : bytes) bits = bits >> 8 | static_cast<uint64_t>(static_cast<unsigned char>(c)) << 56;
    return bits;
  }
};

}  // namespace bekci::tsdb
