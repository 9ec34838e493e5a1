#include "agent/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace bekci::base {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // reversed

using Table = std::array<uint32_t, 256>;

// tables[k][b]: what byte b does to the sum when k more bytes follow it ("slicing by 8", Kounavis and Berry 2005).
constexpr std::array<Table, 8> MakeTables() {
  std::array<Table, 8> tables{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
    tables[0][byte] = crc;
  }
  for (size_t k = 1; k < tables.size(); ++k) {
    for (size_t byte = 0; byte < 256; ++byte) {
      const uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xff];
    }
  }
  return tables;
}
constexpr std::array<Table, 8> kTables = MakeTables();

uint64_t LoadLittle64(const char* from) {
  uint64_t word = 0;
  for (unsigned i = 0; i < 8; ++i) word |= static_cast<uint64_t>(static_cast<uint8_t>(from[i])) << (8 * i);
  return word;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t ByInstruction(std::string_view data, uint32_t crc) {
  uint64_t sum = ~crc;
  const char* at = data.data();
  size_t left = data.size();
  for (; left >= 8; at += 8, left -= 8) {
    uint64_t word;
    std::memcpy(&word, at, sizeof word);
    sum = __builtin_ia32_crc32di(sum, word);
  }
  auto narrow = static_cast<uint32_t>(sum);
  for (; left > 0; ++at, --left) narrow = __builtin_ia32_crc32qi(narrow, static_cast<uint8_t>(*at));
  return ~narrow;
}
#endif

}  // namespace

uint32_t Crc32cByTable(std::string_view data, uint32_t crc) {
  uint32_t sum = ~crc;
  while (data.size() >= 8) {
    const uint64_t word = LoadLittle64(data.data()) ^ sum;
    sum = 0;
    for (unsigned i = 0; i < 8; ++i) sum ^= kTables[7 - i][(word >> (8 * i)) & 0xff];
    data.remove_prefix(8);
  }
  for (const char c : data) sum = (sum >> 8) ^ kTables[0][(sum ^ static_cast<uint8_t>(c)) & 0xff];
  return ~sum;
}

uint32_t Crc32c(std::string_view data, uint32_t crc) {
#if defined(__x86_64__)
  static const bool kHasInstruction = __builtin_cpu_supports("sse4.2") != 0;
  if (kHasInstruction) return ByInstruction(data, crc);
#endif
  return Crc32cByTable(data, crc);
}

}  // namespace bekci::base
