#include "agent/base/rfc3339.h"

#include <algorithm>
#include <chrono>
#include <cstdio>

namespace bekci::base {
namespace {

// Takes a number of exactly `digits` digits from the front; -1 if there is none.
int TakeDigits(std::string_view* text, size_t digits) {
  int value = 0;
  for (size_t i = 0; i < digits; ++i) {
    if (i >= text->size() || (*text)[i] < '0' || (*text)[i] > '9') return -1;
    value = value * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(digits);
  return value;
}

bool Take(std::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// Fractions of a second as milliseconds, further digits dropped.
bool TakeFraction(std::string_view* text, int64_t* ms) {
  if (!Take(text, '.')) return true;
  int64_t scale = 100;
  size_t digits = 0;
  for (; digits < text->size() && (*text)[digits] >= '0' && (*text)[digits] <= '9'; ++digits) {
    *ms += ((*text)[digits] - '0') * scale;
    scale /= 10;
  }
  text->remove_prefix(digits);
  return digits > 0;
}

// "Z" or "+01:30", in minutes east of UTC.
std::optional<int> TakeZone(std::string_view* text) {
  if (Take(text, 'Z')) return 0;
  const bool east = Take(text, '+');
  if (!east && !Take(text, '-')) return std::nullopt;
  const int hours = TakeDigits(text, 2);
  if (!Take(text, ':')) return std::nullopt;
  const int minutes = TakeDigits(text, 2);
  if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
  return (east ? 1 : -1) * (hours * 60 + minutes);
}

}  // namespace

std::optional<int64_t> ParseRfc3339(std::string_view text) {
  using std::chrono::day;
  using std::chrono::month;
  using std::chrono::year;
  const int y = TakeDigits(&text, 4);
  if (!Take(&text, '-')) return std::nullopt;
  const int mo = TakeDigits(&text, 2);
  if (!Take(&text, '-')) return std::nullopt;
  const int d = TakeDigits(&text, 2);
  if (!Take(&text, 'T')) return std::nullopt;
  const int h = TakeDigits(&text, 2);
  if (!Take(&text, ':')) return std::nullopt;
  const int mi = TakeDigits(&text, 2);
  if (!Take(&text, ':')) return std::nullopt;
  const int s = TakeDigits(&text, 2);
  int64_t ms = 0;
  if (std::min({y, mo, d, h, mi, s}) < 0 || h > 23 || mi > 59 || s > 59 || !TakeFraction(&text, &ms)) {
    return std::nullopt;
  }
  const auto zone = TakeZone(&text);
  const std::chrono::year_month_day date{year(y), month(static_cast<unsigned>(mo)), day(static_cast<unsigned>(d))};
  if (!zone || !text.empty() || !date.ok()) return std::nullopt;
  const int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
  return (((days * 24 + h) * 60 + mi - *zone) * 60 + s) * 1000 + ms;
}

std::string Rfc3339Millis(int64_t t_ms) {
  using std::chrono::days;
  using std::chrono::milliseconds;
  const std::chrono::sys_time<milliseconds> time{milliseconds(t_ms)};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  const int size =
      std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()),
                    static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                    static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                    static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count()));
  return {text, static_cast<size_t>(size)};
}

std::string Rfc3339(int64_t t_ms) {
  std::string text = Rfc3339Millis(t_ms);
  text.pop_back();
  while (text.back() == '0') text.pop_back();
  if (text.back() == '.') text.pop_back();
  return text + "Z";
}

}  // namespace bekci::base
