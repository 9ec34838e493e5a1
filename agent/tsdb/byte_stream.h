// ByteReader and the Put functions: the big-endian numbers and varints that index, chunk files and WAL are made of.
//
// A ByteReader never reads past its bytes: what would is answered with 0 or nothing and remembered, so that callers
// read a whole structure and ask ok() once. Lengths found in a file are only ever used through it. Thread rule: one
// thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bekci::tsdb {

class ByteReader {
 public:
  explicit ByteReader(std::string_view data) : data_(data) {}

  bool ok() const { return ok_; }
  bool empty() const { return data_.empty(); }
  size_t left() const { return data_.size(); }
  std::string_view rest() const { return data_; }
  void Fail() {
    ok_ = false;
    data_ = {};
  }

  uint8_t U8() {
    if (data_.empty()) return Failed();
    const auto byte = static_cast<uint8_t>(data_.front());
    data_.remove_prefix(1);
    return byte;
  }
  uint32_t Big32() { return static_cast<uint32_t>(Big(4)); }
  uint64_t Big64() { return Big(8); }
  uint64_t Uvarint() {
    if (!data_.empty() && static_cast<uint8_t>(data_.front()) < 0x80) return U8();
    return LongUvarint();
  }
  int64_t Varint() {
    const uint64_t raw = Uvarint();
    return static_cast<int64_t>(raw >> 1) ^ -static_cast<int64_t>(raw & 1);
  }
  std::string_view Bytes(uint64_t count) {
    if (count > data_.size()) {
      Fail();
      return {};
    }
    const std::string_view bytes = data_.substr(0, count);
    data_.remove_prefix(count);
    return bytes;
  }
  // A varint length and as many bytes.
  std::string_view String() { return Bytes(Uvarint()); }

 private:
  uint8_t Failed() {
    Fail();
    return 0;
  }
  uint64_t Big(size_t bytes) {
    uint64_t value = 0;
    if (data_.size() < bytes) return Failed();
    for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<uint8_t>(data_[i]);
    data_.remove_prefix(bytes);
    return value;
  }
  uint64_t LongUvarint() {
    uint64_t value = 0;
    for (size_t i = 0; i < data_.size() && i < 10; ++i) {
      const auto byte = static_cast<uint8_t>(data_[i]);
      if (i == 9 && byte > 1) break;  // beyond 64 bits
      value |= static_cast<uint64_t>(byte & 0x7f) << (7 * i);
      if (byte >= 0x80) continue;
      data_.remove_prefix(i + 1);
      return value;
    }
    return Failed();
  }

  std::string_view data_;
  bool ok_ = true;
};

inline void PutBig32(std::string* out, uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out->push_back(static_cast<char>(value >> shift));
}
inline void PutBig64(std::string* out, uint64_t value) {
  PutBig32(out, static_cast<uint32_t>(value >> 32));
  PutBig32(out, static_cast<uint32_t>(value));
}
inline void PutUvarint(std::string* out, uint64_t value) {
  for (; value >= 0x80; value >>= 7) out->push_back(static_cast<char>(value | 0x80));
  out->push_back(static_cast<char>(value));
}
inline void PutVarint(std::string* out, int64_t value) {
  PutUvarint(out, (static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}
inline void PutString(std::string* out, std::string_view text) {
  PutUvarint(out, text.size());
  *out += text;
}
inline uint32_t LoadBig32(const char* from) {
  const auto byte = [from](int i) { return static_cast<uint32_t>(static_cast<uint8_t>(from[i])); };
  return byte(0) << 24 | byte(1) << 16 | byte(2) << 8 | byte(3);
}

}  // namespace bekci::tsdb
