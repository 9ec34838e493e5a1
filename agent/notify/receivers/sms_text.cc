#include "agent/notify/receivers/sms_text.h"

#include <algorithm>
#include <array>
#include <iterator>

#include "agent/base/utf8.h"

namespace bekci::notify::receivers {
namespace {

constexpr std::u32string_view kGsm =
    U"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    U"¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
constexpr std::u32string_view kGsmExtension = U"^{}\\[~]|€\f";

struct Plain {
  char32_t from;
  std::string_view to;
};
constexpr Plain kPlain[] = {
    {U'ş', "s"}, {U'Ş', "S"},  {U'ğ', "g"},  {U'Ğ', "G"},   {U'ı', "i"},  {U'İ', "I"},    {U'ç', "c"}, {U'â', "a"},
    {U'Â', "A"}, {U'î', "i"},  {U'Î', "I"},  {U'û', "u"},   {U'Û', "U"},  {U'á', "a"},    {U'í', "i"}, {U'ó', "o"},
    {U'ú', "u"}, {U'ê', "e"},  {U'ë', "e"},  {U'ô', "o"},   {U'ã', "a"},  {U'õ', "o"},    {U'č', "c"}, {U'š', "s"},
    {U'ž', "z"}, {U'–', "-"},  {U'—', "-"},  {U'…', "..."}, {U'“', "\""}, {U'”', "\""},   {U'‘', "'"}, {U'’', "'"},
    {U'•', "*"}, {U'→', "->"}, {U'≥', ">="}, {U'≤', "<="},  {U'×', "x"},  {U'°', " deg"}, {0xA0, " "},
};

bool IsGsm(char32_t rune) {
  return kGsm.find(rune) != std::u32string_view::npos;
}
bool IsExtension(char32_t rune) {
  return kGsmExtension.find(rune) != std::u32string_view::npos;
}

template <typename Visit>
void EachRune(std::string_view text, Visit visit) {
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    visit(rune, text.substr(0, size));
    text.remove_prefix(size);
  }
}

size_t UnitsOf(char32_t rune, bool gsm) {
  return gsm ? (IsExtension(rune) ? 2 : 1) : (rune > 0xFFFF ? 2 : 1);
}

}  // namespace

SmsSize SizeOfSms(std::string_view text) {
  SmsSize size;
  EachRune(text, [&](char32_t rune, std::string_view) { size.gsm = size.gsm && (IsGsm(rune) || IsExtension(rune)); });
  EachRune(text, [&](char32_t rune, std::string_view) { size.units += UnitsOf(rune, size.gsm); });
  const size_t alone = size.gsm ? 160 : 70;
  const size_t each = size.gsm ? 153 : 67;
  size.parts = size.units <= alone ? 1 : (size.units + each - 1) / each;
  return size;
}

std::string Transliterated(std::string_view text) {
  std::string out;
  EachRune(text, [&](char32_t rune, std::string_view bytes) {
    const auto plain =
        std::find_if(std::begin(kPlain), std::end(kPlain), [&](const Plain& row) { return row.from == rune; });
    out.append(plain == std::end(kPlain) ? bytes : plain->to);
  });
  return out;
}

std::string CutToParts(std::string_view text, size_t parts) {
  const SmsSize size = SizeOfSms(text);
  if (size.parts <= parts) return std::string(text);
  const std::string_view ellipsis = size.gsm ? "..." : "\xE2\x80\xA6";
  const size_t room = (parts == 1 ? (size.gsm ? 160u : 70u) : parts * (size.gsm ? 153u : 67u)) - (size.gsm ? 3 : 1);
  std::string out;
  size_t used = 0;
  bool full = false;
  EachRune(text, [&](char32_t rune, std::string_view bytes) {
    used += UnitsOf(rune, size.gsm);
    full = full || used > room;
    if (!full) out.append(bytes);
  });
  return out.append(ellipsis);
}

}  // namespace bekci::notify::receivers
