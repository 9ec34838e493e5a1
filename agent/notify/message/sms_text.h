// SMS: how many parts a text is, and how to say it in fewer.
//
// A part holds 160 characters of the GSM alphabet (153 where there are several; some characters cost two) or, as soon
// as one character is not in it, 70 units of UTF-16 (67). Turkish letters with a dot, a hook or a cedilla are not in
// it: a message in Turkish costs more than twice as much until it is written without them.
//
// Source: 3GPP TS 23.038 section 6.2.1 and 23.040. Thread rule: functions without state.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bekci::notify::message {

struct SmsSize {
  bool unicode = false;  // a character is not in the GSM alphabet
  size_t units = 0;      // septets, or units of UTF-16
  size_t parts = 0;      // 0: there is no text
};
SmsSize SizeOfSms(std::string_view text);

// Letters and signs that are not in the GSM alphabet as those that are: Turkish ş ğ ı İ ç, accents, typographic quotes,
// dashes and the ellipsis. What has no such form stays.
std::string GsmTransliterated(std::string_view text);

// Cut so that it is at most `parts` parts, with an ellipsis of its alphabet (three points, or one character). Bytes
// that are no UTF-8 become "?".
std::string TruncatedSms(std::string_view text, size_t parts);

}  // namespace bekci::notify::message
