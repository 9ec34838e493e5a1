// Cutting a text to what a medium takes, never within a character, with one ellipsis at the end.
//
// Bytes that are no UTF-8 count as a character each and stay. Source: Alertmanager's notify.TruncateInRunes and
// TruncateInBytes. Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bekci::notify::message {

struct Truncated {
  std::string text;
  bool cut = false;
};

// At most `most` characters (Unicode scalar values), the ellipsis among them; up to three have no room for one.
Truncated TruncateCharacters(std::string_view text, size_t most);
// At most `most` bytes.
Truncated TruncateBytes(std::string_view text, size_t most);

// Text that will be escaped for HTML: as much of it as gives `most` bytes at most once it is escaped, ellipsis and all.
// Escape what comes back.
Truncated TruncateForHtml(std::string_view text, size_t most);

// Markup with simple tags (<b>, <a href="...">, as Telegram knows them): at most `most` characters that can be seen, an
// entity being one; not within a tag or an entity, and what is open is closed behind the ellipsis.
Truncated TruncateMarkup(std::string_view html, size_t most);

// What a reader sees of such markup: tags dropped, the usual entities as what they stand for.
std::string PlainText(std::string_view html);

// Unicode scalar values.
size_t CharacterCount(std::string_view text);

}  // namespace bekci::notify::message
