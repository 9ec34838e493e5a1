// MD5: the digest that Prometheus' hashmod relabeling is made of. Nothing here is about security.
//
// Our own few lines, so that the model needs no cryptography library for it, and hosts whose library refuses MD5 (FIPS)
// still shard their targets like everybody else.
//
// Source: RFC 1321. Thread rule: a pure function.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace bekci::base {

std::array<uint8_t, 16> Md5(std::string_view data);

}  // namespace bekci::base
