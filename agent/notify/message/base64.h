// Base 64 with the alphabet that is safe in addresses (- and _), padded.
//
// Source: RFC 4648 section 5. Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::notify::message {

std::string Base64UrlEncoded(std::string_view data);
// Line ends are skipped. Errors: invalid, "illegal base64 data at input byte 3".
base::Result<std::string> Base64UrlDecoded(std::string_view text);

}  // namespace bekci::notify::message
