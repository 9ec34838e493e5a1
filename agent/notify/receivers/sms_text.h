// Text messages: how many parts a text costs, and how to make it cost fewer.
//
// A text that the GSM alphabet can hold takes 160 characters (153 per part of several), any other 70 (67): one Turkish
// letter more than doubles the price and the time. Transliteration writes such letters without their marks.
//
// Source: 3GPP TS 23.038 (the default alphabet and its extension), receivers.md section 10. Thread rule: pure
// functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bekci::notify::receivers {

struct SmsSize {
  bool gsm = true;   // every character is in the GSM alphabet
  size_t units = 0;  // septets, or UTF-16 code units
  size_t parts = 0;
};
SmsSize SizeOfSms(std::string_view text);

// Letters beyond the GSM alphabet without their marks, typographic signs as plain ones; what has no plain form stays.
std::string Transliterated(std::string_view text);
// `text` cut, with an ellipsis of the same alphabet, so that it takes at most `parts` parts.
std::string CutToParts(std::string_view text, size_t parts);

}  // namespace bekci::notify::receivers
