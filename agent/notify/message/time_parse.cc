#include "agent/notify/message/time_parse.h"

#include <algorithm>
#include <array>
#include <ctime>

#include "agent/base/text.h"
#include "agent/base/utf8.h"

namespace bekci::notify::message {
namespace {

// What a word of a layout stands for.
enum class Part : unsigned char {
  kLiteral,
  kMonthName,
  kMonthShort,
  kMonth,
  kWeekday,
  kWeekdayShort,
  kDay,
  kYearDay,
  kHour,
  kHour12,
  kMinute,
  kSecond,
  kYear,
  kYearTwo,
  kNoon,
  kZoneName,
  kOffset,
  kFraction,
};

struct Word {
  std::string_view text;
  Part part;
  int digits = 0;  // exactly so many; 0: one or two
};
// Of two that begin alike the longer stands first.
constexpr Word kWords[] = {
    {"January", Part::kMonthName},
    {"Jan", Part::kMonthShort},
    {"Monday", Part::kWeekday},
    {"Mon", Part::kWeekdayShort},
    {"MST", Part::kZoneName},
    {"01", Part::kMonth, 2},
    {"002", Part::kYearDay, 3},
    {"02", Part::kDay, 2},
    {"03", Part::kHour12, 2},
    {"04", Part::kMinute, 2},
    {"05", Part::kSecond, 2},
    {"06", Part::kYearTwo, 2},
    {"15", Part::kHour, 2},
    {"1", Part::kMonth},
    {"2006", Part::kYear, 4},
    {"2", Part::kDay},
    {"_2", Part::kDay},
    {"3", Part::kHour12},
    {"4", Part::kMinute},
    {"5", Part::kSecond},
    {"PM", Part::kNoon},
    {"pm", Part::kNoon},
    {"-07:00:00", Part::kOffset},
    {"-070000", Part::kOffset},
    {"-07:00", Part::kOffset},
    {"-0700", Part::kOffset},
    {"-07", Part::kOffset},
    {"Z07:00:00", Part::kOffset},
    {"Z070000", Part::kOffset},
    {"Z07:00", Part::kOffset},
    {"Z0700", Part::kOffset},
    {"Z07", Part::kOffset},
};

Word WordAt(std::string_view layout) {
  if (layout.starts_with("_2006")) return {layout.substr(0, 1), Part::kLiteral};
  for (const Word& word : kWords) {
    if (layout.starts_with(word.text)) return word;
  }
  if (layout.size() > 1 && (layout[0] == '.' || layout[0] == ',') && (layout[1] == '0' || layout[1] == '9')) {
    const size_t end = std::min(layout.find_first_not_of(layout[1], 1), layout.size());
    const bool more = end < layout.size() && layout[end] >= '0' && layout[end] <= '9';
    if (!more) return {layout.substr(0, end), Part::kFraction};
  }
  return {layout.substr(0, 1), Part::kLiteral};
}

// The fields of a date and time as they are read.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool Read(const Word& word) {
    switch (word.part) {
      case Part::kLiteral:
        return Take(word.text);
      case Part::kMonthName:
      case Part::kMonthShort:
        return Name(
            word.part == Part::kMonthShort, 12, [](int64_t i) { return templates::MonthName(i + 1); }, &month_);
      case Part::kWeekday:
      case Part::kWeekdayShort: {
        int ignored = 0;
        return Name(word.part == Part::kWeekdayShort, 7, templates::WeekdayName, &ignored);
      }
      case Part::kMonth:
        return Number(word.digits, 1, 12, &month_);
      case Part::kDay:
        Take(" ");
        return Number(word.digits, 1, 31, &day_);
      case Part::kYearDay:
        return Number(3, 1, 366, &year_day_);
      case Part::kHour:
        return Number(word.digits, 0, 23, &hour_);
      case Part::kHour12:
        return Number(word.digits, 0, 12, &hour_);
      case Part::kMinute:
        return Number(word.digits, 0, 59, &minute_);
      case Part::kSecond:
        return Number(word.digits, 0, 59, &second_);
      case Part::kFraction:
        return Fraction(true) || word.text[1] == '9';
      case Part::kYear:
        return Number(4, 0, 9999, &year_);
      case Part::kYearTwo:
        if (!Number(2, 0, 99, &year_)) return false;
        year_ += year_ >= 69 ? 1900 : 2000;
        return true;
      case Part::kNoon:
        return ReadNoon();
      case Part::kZoneName:
        return ZoneName();
      case Part::kOffset:
        return Offset(word.text);
    }
    return false;
  }

  std::string_view rest() const { return rest_; }

  // A point or comma and digits. Behind seconds it may be there although the layout has none.
  bool Fraction(bool needed) {
    if (rest_.size() < 2 || (rest_[0] != '.' && rest_[0] != ',') || rest_[1] < '0' || rest_[1] > '9') return !needed;
    size_t end = 1;
    nanoseconds_ = 0;
    int32_t unit = 100'000'000;
    for (; end < rest_.size() && rest_[end] >= '0' && rest_[end] <= '9'; ++end, unit /= 10) {
      nanoseconds_ += (rest_[end] - '0') * unit;
    }
    rest_.remove_prefix(end);
    return true;
  }

  // False where the day is not in its month.
  bool Finish(templates::Moment* out) const {
    int64_t seconds = 0;
    if (year_day_ > 0) {
      seconds = templates::SecondsOf(year_, 1, year_day_);
    } else {
      seconds = templates::SecondsOf(year_, month_, day_);
      const int64_t first = templates::SecondsOf(year_, month_, 1);
      if (seconds >= templates::SecondsOf(year_, month_ + 1, 1) || seconds < first) return false;
    }
    int hour = hour_;
    if (noon_ != Noon::kNone) hour = hour_ % 12 + (noon_ == Noon::kAfter ? 12 : 0);
    *out = {.seconds = seconds + int64_t{hour} * 3600 + int64_t{minute_} * 60 + second_, .nanoseconds = nanoseconds_};
    if (has_offset_) {
      out->seconds -= offset_;
      return true;
    }
    if (zone_named_) return true;
    // No zone in the text: the host's.
    out->local = true;
    out->seconds -= templates::CalendarOf(*out).offset_seconds;
    return true;
  }

 private:
  enum class Noon : unsigned char { kNone, kBefore, kAfter };

  bool Take(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  template <typename NameFunction>
  bool Name(bool brief, int count, NameFunction name, int* out) {
    for (int i = 0; i < count; ++i) {
      const std::string full = name(i);
      const std::string_view wanted = std::string_view(full).substr(0, brief ? 3 : full.size());
      if (!base::EqualsIgnoreCase(rest_.substr(0, wanted.size()), wanted)) continue;
      rest_.remove_prefix(wanted.size());
      *out = i + 1;
      return true;
    }
    return false;
  }

  bool Number(int digits, int low, int high, int* out) {
    size_t size = 0;
    const size_t most = digits == 0 ? 2 : static_cast<size_t>(digits);
    while (size < most && size < rest_.size() && rest_[size] >= '0' && rest_[size] <= '9') ++size;
    if (size == 0 || (digits > 0 && size < most)) return false;
    const auto number = base::ParseInt(rest_.substr(0, size)).value_or(-1);
    if (number < low || number > high) return false;
    *out = static_cast<int>(number);
    rest_.remove_prefix(size);
    return true;
  }

  bool ReadNoon() {
    const std::string_view word = rest_.substr(0, 2);
    if (!base::EqualsIgnoreCase(word, "AM") && !base::EqualsIgnoreCase(word, "PM")) return false;
    noon_ = word.front() == 'p' || word.front() == 'P' ? Noon::kAfter : Noon::kBefore;
    rest_.remove_prefix(2);
    return true;
  }

  bool ZoneName() {
    size_t size = 0;
    while (size < rest_.size() && rest_[size] >= 'A' && rest_[size] <= 'Z') ++size;
    if (size < 3 || size > 5) return false;
    rest_.remove_prefix(size);
    zone_named_ = true;
    return true;
  }

  bool Offset(std::string_view form) {
    if (form.front() == 'Z' && Take("Z")) {
      has_offset_ = true;
      return true;
    }
    const bool east = Take("+");
    if (!east && !Take("-")) return false;
    const bool colon = form.find(':') != std::string_view::npos;
    const size_t parts = (form.size() - 1 + (colon ? 1 : 0)) / (colon ? 3 : 2);
    int values[3] = {0, 0, 0};
    for (size_t i = 0; i < parts; ++i) {
      if (i > 0 && colon && !Take(":")) return false;
      if (!Number(2, 0, i == 0 ? 24 : 59, &values[i])) return false;
    }
    has_offset_ = true;
    offset_ = (east ? 1 : -1) * (values[0] * 3600 + values[1] * 60 + values[2]);
    return true;
  }

  std::string_view rest_;
  int year_ = 0;
  int month_ = 1;
  int day_ = 1;
  int year_day_ = 0;
  int hour_ = 0;
  int minute_ = 0;
  int second_ = 0;
  int32_t nanoseconds_ = 0;
  Noon noon_ = Noon::kNone;
  bool has_offset_ = false;
  int offset_ = 0;
  bool zone_named_ = false;
};

}  // namespace

base::Result<templates::Moment> ParseTime(std::string_view layout, std::string_view text) {
  const std::string what = "parsing time " + base::Quoted(text) + " as " + base::Quoted(layout) + ": ";
  Reader reader(text);
  for (std::string_view left = layout; !left.empty();) {
    const Word word = WordAt(left);
    const std::string_view before = reader.rest();
    if (!reader.Read(word)) {
      return base::Invalid(what + "cannot parse " + base::Quoted(before) + " as " + base::Quoted(word.text));
    }
    left.remove_prefix(word.text.size());
    if (word.part == Part::kSecond && (left.empty() || WordAt(left).part != Part::kFraction)) reader.Fraction(false);
  }
  if (!reader.rest().empty()) return base::Invalid(what + "extra text: " + base::Quoted(reader.rest()));
  templates::Moment moment;
  if (!reader.Finish(&moment)) return base::Invalid(what + "day out of range");
  return moment;
}

}  // namespace bekci::notify::message
