#include "agent/web/notify/words.h"

#include <algorithm>
#include <array>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/notify/escalation/ulid.h"
#include "agent/notify/receivers/integration.h"

namespace bekci::web::notify {

std::string TimeWords(base::Timestamp at) {
  std::string text = base::Rfc3339Millis(at.ms);
  text.resize(std::min(text.size(), text.find('.')));
  std::replace(text.begin(), text.end(), 'T', ' ');
  return text;
}

std::string SpanWords(base::Duration span) {
  struct Unit {
    int64_t seconds;
    char letter;
  };
  constexpr std::array<Unit, 4> kUnits = {{{86'400, 'd'}, {3'600, 'h'}, {60, 'm'}, {1, 's'}}};
  int64_t left = std::max<int64_t>(0, base::ToMillis(span) / 1000);
  std::string text;
  for (size_t i = 0; i < kUnits.size(); ++i) {
    const int64_t count = left / kUnits[i].seconds;
    if (count == 0) continue;
    text = std::to_string(count) + kUnits[i].letter;
    left %= kUnits[i].seconds;
    if (i + 1 == kUnits.size()) break;
    const int64_t next = left / kUnits[i + 1].seconds;
    if (next > 0) text += " " + std::to_string(next) + kUnits[i + 1].letter;
    break;
  }
  return text.empty() ? "0s" : text;
}

std::string CountWords(size_t count, std::string_view noun) {
  if (count == 1) return "one " + std::string(noun);
  return std::to_string(count) + " " + std::string(noun) + "s";
}

std::string_view NameOf(const model::Labels& labels) {
  const std::string_view name = labels.Get("alertname");
  return name.empty() ? std::string_view("(no alertname)") : name;
}

std::optional<SendWords> ReadSend(std::string_view text) {
  using bekci::notify::receivers::Outcome;
  constexpr std::array kOutcomes = {Outcome::kDelivered,   Outcome::kAccepted,  Outcome::kNothing,
                                    Outcome::kRateLimited, Outcome::kRetryable, Outcome::kAuthError,
                                    Outcome::kPermanent,   Outcome::kAmbiguous};
  std::optional<SendWords> first;
  for (const Outcome outcome : kOutcomes) {
    const std::string_view name = OutcomeName(outcome);
    const std::string mark = "]: " + std::string(name);
    const size_t at = text.find(mark);
    if (at == std::string_view::npos) continue;
    std::string_view rest = text.substr(at + mark.size());
    if (!rest.empty() && !rest.starts_with(": ")) continue;
    if (first && first->who.size() <= at + 1) continue;
    rest.remove_prefix(rest.empty() ? 0 : 2);
    first = SendWords{text.substr(0, at + 1), text.substr(at + 3, name.size()), rest};
  }
  return first;
}

bool LooksLikeId(std::string_view text) {
  return bekci::notify::escalation::IsUlid(text);
}

std::string CleanText(std::string_view text, size_t bytes) {
  std::string clean;
  for (size_t i = 0; i < text.size() && clean.size() < bytes;) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text.substr(i), &size);
    i += size;
    const size_t before = clean.size();
    base::AppendRune(&clean, rune < 0x20 || rune == 0x7F ? U' ' : rune);
    if (clean.size() > bytes) clean.resize(before);
  }
  return std::string(base::Trim(clean));
}

}  // namespace bekci::web::notify
