#include "agent/base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

namespace bekci::base {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78;  // 0x1edc6f41 with its bits reversed
using Tables = std::array<std::array<uint32_t, 256>, 8>;

// Table k holds what a byte does to the checksum when k more bytes follow it in the same word.
constexpr Tables MakeTables() {
  Tables tables{};
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
constexpr Tables kTables = MakeTables();

uint32_t Software(std::string_view data, uint32_t crc) {
  const auto byte_of = [](char c) { return static_cast<unsigned char>(c); };
  while (data.size() >= 8) {
    uint32_t next = crc;
    for (size_t i = 0; i < 4; ++i) next ^= static_cast<uint32_t>(byte_of(data[i])) << (8 * i);
    crc = 0;
    for (size_t i = 0; i < 4; ++i)
      crc ^= kTables[7 - i][(next >> (8 * i)) & 0xff] ^ kTables[3 - i][byte_of(data[4 + i])];
    data.remove_prefix(8);
  }
  for (const char c : data) crc = (crc >> 8) ^ kTables[0][(crc ^ byte_of(c)) & 0xff];
  return crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t Hardware(std::string_view data, uint32_t crc) {
  uint64_t wide = crc;
  while (data.size() >= 8) {
    uint64_t word;
    std::memcpy(&word, data.data(), sizeof word);
    wide = __builtin_ia32_crc32di(wide, word);
    data.remove_prefix(8);
  }
  crc = static_cast<uint32_t>(wide);
  for (const char c : data) crc = __builtin_ia32_crc32qi(crc, static_cast<unsigned char>(c));
  return crc;
}

using Function = uint32_t (*)(std::string_view, uint32_t);
Function Choose() {
  __builtin_cpu_init();
  return __builtin_cpu_supports("sse4.2") != 0 ? Hardware : Software;
}
const Function kBest = Choose();
#else
constexpr auto kBest = Software;
#endif

}  // namespace

uint32_t Crc32c(std::string_view data, uint32_t crc) {
  return ~kBest(data, ~crc);
}

}  // namespace bekci::base
