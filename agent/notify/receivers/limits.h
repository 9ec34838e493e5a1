// Limits: texts brought down to what a medium takes, without a broken character at the end.
//
// Source: receivers.md section 0.2: by Unicode scalar values, ending in one ellipsis, except where a vendor counts
// bytes. Thread rule: pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bekci::notify::receivers {

// How many code points `text` has; each byte that is no UTF-8 counts as one.
size_t CountRunes(std::string_view text);
// At most `max` code points; where some are lost, the last one left is an ellipsis.
std::string CutRunes(std::string_view text, size_t max);
// At most `max` bytes, an ellipsis of three of them included where some are lost.
std::string CutBytes(std::string_view text, size_t max);

// HTML of a message (Telegram's few tags, a card) cut so that no tag and no entity is broken, every tag left open is
// closed, and at most `max` code points are left of what a reader sees. Entities count as one.
std::string CutHtml(std::string_view html, size_t max);
// What a reader sees of such HTML: tags dropped, the five usual entities resolved.
std::string PlainText(std::string_view html);

}  // namespace bekci::notify::receivers
