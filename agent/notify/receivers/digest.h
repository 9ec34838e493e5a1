// Digests: SHA-256 and its HMAC, base64 and hexadecimal, as vendors want them.
//
// Source: FIPS 180-4, RFC 2104, RFC 4648; computed by OpenSSL. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace bekci::notify::receivers {

std::string Sha256(std::string_view data);                            // 32 bytes
std::string HmacSha256(std::string_view key, std::string_view data);  // 32 bytes
std::string Hex(std::string_view bytes);                              // lower case
std::string Base64(std::string_view bytes);

}  // namespace bekci::notify::receivers
