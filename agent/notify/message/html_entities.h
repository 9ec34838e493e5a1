// Character references in HTML (&amp; &#58; &#x3a;), as far as they decide what an attribute's value is.
//
// Thread rule: a function without state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::notify::message {

// Numeric references, and the named ones of characters that mean something in addresses and style sheets; others stay
// as they are: what they stand for decides nothing.
std::string EntitiesDecoded(std::string_view text);

}  // namespace bekci::notify::message
