// CRC32C (Castagnoli): the check sum of every part of a block, of the write-ahead log and of the alert journal.
//
// With the processor's own instruction where it has one (SSE4.2, found at run time), else eight bytes a step from
// tables. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string_view>

namespace bekci::base {

// Of `data`, or continuing the sum `crc` of what came before it.
uint32_t Crc32c(std::string_view data, uint32_t crc = 0);
// The same by tables: what Crc32c does on processors without the instruction.
uint32_t Crc32cByTable(std::string_view data, uint32_t crc = 0);

}  // namespace bekci::base
