#include "agent/web/rfc3339.h"

#include <chrono>
#include <cstdio>

namespace bekci::web {

std::string Rfc3339(int64_t t_ms) {
  using std::chrono::days;
  using std::chrono::milliseconds;
  const std::chrono::sys_time<milliseconds> time{milliseconds(t_ms)};
  const auto day = std::chrono::floor<days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  char text[64];
  int size = std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                           static_cast<int>(clock.seconds().count()));
  std::string out(text, static_cast<size_t>(size));
  if (const auto ms = clock.subseconds().count(); ms != 0) {
    size = std::snprintf(text, sizeof text, ".%03d", static_cast<int>(ms));
    out.append(text, static_cast<size_t>(size));
    while (out.back() == '0') out.pop_back();
  }
  return out + "Z";
}

}  // namespace bekci::web
