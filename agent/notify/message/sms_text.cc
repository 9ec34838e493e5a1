#include "agent/notify/message/sms_text.h"

#include <algorithm>
#include <array>
#include <vector>

#include "agent/base/utf8.h"

namespace bekci::notify::message {
namespace {

constexpr size_t kGsmSingle = 160;
constexpr size_t kGsmPart = 153;
constexpr size_t kUnicodeSingle = 70;
constexpr size_t kUnicodePart = 67;

// Beyond ASCII, sorted. ASCII itself but for a few is in the alphabet.
constexpr std::array<char32_t, 39> kGsmBeyondAscii = {
    0xA1, 0xA3, 0xA4, 0xA5,  0xA7,  0xBF,  0xC4,  0xC5,  0xC6,  0xC7,  0xC9,  0xD1,  0xD6,
    0xD8, 0xDC, 0xDF, 0xE0,  0xE4,  0xE5,  0xE6,  0xE8,  0xE9,  0xEC,  0xF1,  0xF2,  0xF6,
    0xF8, 0xF9, 0xFC, 0x393, 0x394, 0x398, 0x39B, 0x39E, 0x3A0, 0x3A3, 0x3A6, 0x3A8, 0x3A9};

// 1 or 2 septets; 0: not in the alphabet.
size_t Septets(char32_t rune) {
  if (rune == 0x20AC) return 2;
  if (rune < 0x80) {
    const char c = static_cast<char>(rune);
    if (std::string_view("^{}\\[~]|\f").find(c) != std::string_view::npos) return 2;
    return (rune >= 0x20 && rune != '`' && rune != 0x7F) || c == '\n' || c == '\r' ? 1 : 0;
  }
  return std::binary_search(kGsmBeyondAscii.begin(), kGsmBeyondAscii.end(), rune) ? 1 : 0;
}

size_t Utf16Units(char32_t rune) {
  return rune > 0xFFFF ? 2 : 1;
}

struct Replacement {
  char32_t from;
  std::string_view to;
};
constexpr Replacement kReplacements[] = {
    {0x15E, "S"},   {0x15F, "s"},  {0x11E, "G"},    {0x11F, "g"},  {0x130, "I"},  {0x131, "i"},   {0xE7, "c"},
    {0xC2, "A"},    {0xE2, "a"},   {0xCE, "I"},     {0xEE, "i"},   {0xDB, "U"},   {0xFB, "u"},    {0xC1, "A"},
    {0xE1, "a"},    {0xCD, "I"},   {0xED, "i"},     {0xD3, "O"},   {0xF3, "o"},   {0xDA, "U"},    {0xFA, "u"},
    {0xC0, "A"},    {0xC8, "E"},   {0xCA, "E"},     {0xEA, "e"},   {0xCB, "E"},   {0xEB, "e"},    {0xCF, "I"},
    {0xEF, "i"},    {0xD4, "O"},   {0xF4, "o"},     {0x2018, "'"}, {0x2019, "'"}, {0x201C, "\""}, {0x201D, "\""},
    {0x2013, "-"},  {0x2014, "-"}, {0x2026, "..."}, {0x2022, "*"}, {0xA0, " "},   {0x202F, " "},  {0xB0, "o"},
    {0xB5, "u"},    {0x3BC, "u"},  {0x20BA, "TL"},  {'`', "'"},    {'\t', " "},   {0x2192, "->"}, {0x2265, ">="},
    {0x2264, "<="}, {0xD7, "x"},   {0xAB, "\""},    {0xBB, "\""},
};

// Parts when characters of these sizes are put into parts of `room`, none of them torn.
class Packer {
 public:
  explicit Packer(size_t room) : room_(room) {}
  void Put(size_t units) {
    if (used_ + units > room_) {
      ++parts_;
      used_ = 0;
    }
    used_ += units;
  }
  size_t parts() const { return parts_ + (used_ > 0 ? 1 : 0); }

 private:
  size_t room_;
  size_t parts_ = 0;
  size_t used_ = 0;
};

template <typename Function>
void EachRune(std::string_view text, Function function) {
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    function(rune, text.substr(0, size));
    text.remove_prefix(size);
  }
}

}  // namespace

SmsSize SizeOfSms(std::string_view text) {
  SmsSize size;
  EachRune(text, [&](char32_t rune, std::string_view) { size.unicode = size.unicode || Septets(rune) == 0; });
  const auto units_of = [&](char32_t rune) { return size.unicode ? Utf16Units(rune) : Septets(rune); };
  Packer packer(size.unicode ? kUnicodePart : kGsmPart);
  EachRune(text, [&](char32_t rune, std::string_view) {
    size.units += units_of(rune);
    packer.Put(units_of(rune));
  });
  size.parts = size.units <= (size.unicode ? kUnicodeSingle : kGsmSingle) ? (size.units > 0 ? 1 : 0) : packer.parts();
  return size;
}

std::string GsmTransliterated(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  EachRune(text, [&](char32_t rune, std::string_view bytes) {
    const auto* const found = std::find_if(std::begin(kReplacements), std::end(kReplacements),
                                           [&](const Replacement& replacement) { return replacement.from == rune; });
    out += found == std::end(kReplacements) ? bytes : found->to;
  });
  return out;
}

std::string TruncatedSms(std::string_view text, size_t parts) {
  std::string clean;
  EachRune(text, [&](char32_t rune, std::string_view bytes) {
    clean += rune == base::kReplacementRune && bytes.size() == 1 ? "?" : bytes;
  });
  const SmsSize whole = SizeOfSms(clean);
  if (whole.parts <= parts) return clean;
  if (parts == 0) return "";
  const std::string_view ellipsis = whole.unicode ? "\xE2\x80\xA6" : "...";
  // The ends of its characters: how much can be kept rises with each, so it can be found by halving.
  std::vector<size_t> ends = {0};
  EachRune(clean, [&](char32_t, std::string_view bytes) { ends.push_back(ends.back() + bytes.size()); });
  const auto fits = [&](size_t end) { return SizeOfSms(clean.substr(0, end) + std::string(ellipsis)).parts <= parts; };
  const auto first_too_long = std::partition_point(ends.begin(), ends.end(), fits);
  if (first_too_long == ends.begin()) return "";
  return clean.substr(0, *(first_too_long - 1)) + std::string(ellipsis);
}

}  // namespace bekci::notify::message
