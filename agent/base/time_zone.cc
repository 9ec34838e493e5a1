#include "agent/base/time_zone.h"

#include <algorithm>
#include <chrono>

#include "agent/base/text.h"

namespace bekci::base {
namespace {

constexpr size_t kLargestFile = 1 << 20;
constexpr size_t kHeader = 44;
constexpr int64_t kDay = 86400;

int64_t Big(std::string_view data, size_t at, size_t bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes; ++i) value = value << 8 | static_cast<unsigned char>(data[at + i]);
  if (bytes == 4) return static_cast<int32_t>(static_cast<uint32_t>(value));
  return static_cast<int64_t>(value);
}

// The six counts of a header.
struct Counts {
  size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, characters = 0;

  static Counts Read(std::string_view data, size_t at) {
    const auto count = [&](size_t i) {
      return static_cast<size_t>(static_cast<uint32_t>(Big(data, at + 20 + 4 * i, 4)));
    };
    return {count(0), count(1), count(2), count(3), count(4), count(5)};
  }
  bool Plausible() const {
    return std::max({utc, standard, leaps, times, characters}) <= kLargestFile && types >= 1 && types <= 256;
  }
  size_t Size(size_t time_bytes) const {
    return times * (time_bytes + 1) + types * 6 + characters + leaps * (time_bytes + 4) + standard + utc;
  }
};

Status Damaged(std::string_view what) {
  return Corrupt("time zone file: " + std::string(what));
}

int64_t YearOf(int64_t unix_s) {
  const auto days = std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(unix_s)));
  return DateOf(days.time_since_epoch().count()).year;
}

}  // namespace

int64_t DaysOf(int64_t year, unsigned month, unsigned day) {
  // Months may run over; years are counted from March so that the leap day ends one.
  year += (month - 1) / 12;
  month = (month - 1) % 12 + 1;
  const int64_t y = month <= 2 ? year - 1 : year;
  const int64_t era = (y >= 0 ? y : y - 399) / 400;
  const int64_t of_era = y - era * 400;
  const int64_t of_year = (153 * static_cast<int64_t>(month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

Date DateOf(int64_t days) {
  const int64_t z = days + 719468;
  const int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const int64_t of_era = z - era * 146097;
  const int64_t year_of_era = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
  const int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const int64_t shifted = (5 * of_year + 2) / 153;
  Date date;
  date.day = static_cast<unsigned>(of_year - (153 * shifted + 2) / 5 + 1);
  date.month = static_cast<unsigned>(shifted < 10 ? shifted + 3 : shifted - 9);
  date.year = year_of_era + era * 400 + (date.month <= 2 ? 1 : 0);
  return date;
}

// Reads "CET-1CEST,M3.5.0,M10.5.0/3".
class TimeZone::RuleReader {
 public:
  explicit RuleReader(std::string_view text) : text_(text) {}

  bool Read(Rule* rule) {
    if (!Name(&rule->name) || !Offset(&rule->offset)) return false;
    rule->offset = -rule->offset;  // POSIX counts westwards
    rule->present = true;
    if (text_.empty()) return true;
    if (!Name(&rule->summer_name)) return false;
    rule->summer = true;
    rule->summer_offset = rule->offset + 3600;
    if (!text_.starts_with(',')) {
      if (!Offset(&rule->summer_offset)) return false;
      rule->summer_offset = -rule->summer_offset;
    }
    return ReadChange(&rule->begins) && ReadChange(&rule->ends) && text_.empty();
  }

 private:
  bool Take(char c) {
    if (!text_.starts_with(c)) return false;
    text_.remove_prefix(1);
    return true;
  }

  bool Name(std::string* name) {
    size_t length = 0;
    if (Take('<')) {
      length = text_.find('>');
      if (length == std::string_view::npos) return false;
      *name = text_.substr(0, length);
      text_.remove_prefix(length + 1);
      return length > 0;
    }
    while (length < text_.size() && ((text_[length] | 0x20) >= 'a' && (text_[length] | 0x20) <= 'z')) ++length;
    *name = text_.substr(0, length);
    text_.remove_prefix(length);
    return length > 0;
  }

  bool Number(int* number) {
    size_t length = 0;
    while (length < text_.size() && length < 4 && text_[length] >= '0' && text_[length] <= '9') ++length;
    const auto read = ParseInt(text_.substr(0, length));
    text_.remove_prefix(length);
    *number = static_cast<int>(read.value_or(0));
    return read.has_value();
  }

  bool Offset(int64_t* offset_s) {
    const bool negative = Take('-');
    if (!negative) Take('+');
    int hour = 0, minute = 0, second = 0;
    if (!Number(&hour)) return false;
    if (Take(':') && !Number(&minute)) return false;
    if (Take(':') && !Number(&second)) return false;
    *offset_s = (negative ? -1 : 1) * (int64_t{hour} * 3600 + int64_t{minute} * 60 + second);
    return hour <= 167 && minute < 60 && second < 60;
  }

  bool ReadChange(Change* change) {
    if (!Take(',')) return false;
    if (Take('M')) {
      if (!Number(&change->month) || !Take('.') || !Number(&change->week) || !Take('.') || !Number(&change->day)) {
        return false;
      }
      if (change->month < 1 || change->month > 12 || change->week < 1 || change->week > 5 || change->day > 6) {
        return false;
      }
    } else {
      change->form = Take('J') ? 'J' : '0';
      if (!Number(&change->day) || change->day > 365) return false;
    }
    return !Take('/') || Offset(&change->second);
  }

  std::string_view text_;
};

Result<TimeZone> TimeZone::Parse(std::string_view data) {
  if (data.size() < kHeader || !data.starts_with("TZif")) return Damaged("does not begin with TZif");
  size_t at = 0;
  size_t time_bytes = 4;
  Counts counts = Counts::Read(data, 0);
  if (data[4] >= '2') {  // the first block is for readers of 32 bits
    if (!counts.Plausible()) return Damaged("its counts cannot be");
    at = kHeader + counts.Size(4);
    time_bytes = 8;
    if (data.size() < at + kHeader || data.substr(at, 4) != "TZif") return Damaged("its second part is missing");
    counts = Counts::Read(data, at);
  }
  if (!counts.Plausible() || data.size() < at + kHeader + counts.Size(time_bytes)) return Damaged("is cut off");
  const size_t times = at + kHeader;
  const size_t kinds = times + counts.times * time_bytes;
  const size_t types = kinds + counts.times;
  TimeZone zone;
  zone.first_offset_ = Big(data, types, 4);
  const std::string_view names = data.substr(types + counts.types * 6, counts.characters);
  for (size_t i = 0; i < counts.types; ++i) {
    const auto at_name = static_cast<size_t>(static_cast<unsigned char>(data[types + i * 6 + 5]));
    if (at_name >= names.size()) return Damaged("names a type that has no name");
    const std::string_view name = names.substr(at_name);
    zone.kinds_.push_back({data[types + i * 6 + 4] != 0, std::string(name.substr(0, name.find('\0')))});
  }
  for (size_t i = 0; i < counts.times; ++i) {
    const auto kind = static_cast<size_t>(static_cast<unsigned char>(data[kinds + i]));
    if (kind >= counts.types) return Damaged("names a type that is not there");
    zone.times_.push_back(Big(data, times + i * time_bytes, time_bytes));
    zone.offsets_.push_back(Big(data, types + kind * 6, 4));
    zone.kind_from_.push_back(static_cast<uint8_t>(kind));
    if (i > 0 && zone.times_[i] <= zone.times_[i - 1]) return Damaged("its times do not rise");
  }
  std::string_view footer = data.substr(at + kHeader + counts.Size(time_bytes));
  if (time_bytes == 8 && footer.size() > 2 && footer.front() == '\n') {
    footer = footer.substr(1, footer.find('\n', 1) - 1);
    if (!footer.empty() && !RuleReader(footer).Read(&zone.rule_)) return Damaged("its footer is no rule");
  }
  return zone;
}

Result<TimeZone> TimeZone::Load(FileSystem& fs, const std::string& name, const std::string& directory) {
  if (name == "UTC" || name == "Etc/UTC") return TimeZone();
  if (name.empty() || name.front() == '/' || name.find("..") != std::string::npos) {
    return Invalid("time zone " + Quoted(name) + " is no name such as Europe/Istanbul");
  }
  std::string data;
  const Status read = fs.ReadFile(directory + "/" + name, &data, kLargestFile);
  if (!read.ok()) {
    return NotFound("time zone " + Quoted(name) + " is not on this host (" + read.message() + ")");
  }
  return Parse(data).WithContext(directory + "/" + name);
}

// Local seconds since 1970 at which a change of `year` comes.
int64_t TimeZone::ChangeTime(const Change& change, int64_t year) {
  int64_t day = 0;
  if (change.form == 'M') {
    const int64_t first = DaysOf(year, static_cast<unsigned>(change.month), 1);
    const int64_t next = DaysOf(year, static_cast<unsigned>(change.month) + 1, 1);
    const int64_t weekday = ((first + 4) % 7 + 7) % 7;  // 1970-01-01 was a Thursday
    day = first + (change.day - weekday + 7) % 7 + int64_t{7} * (change.week - 1);
    while (day >= next) day -= 7;
  } else {
    day = DaysOf(year, 1, 1) + change.day;
    const bool leap = DaysOf(year + 1, 1, 1) - DaysOf(year, 1, 1) == 366;
    if (change.form == 'J') day -= leap && change.day >= 60 ? 0 : 1;
  }
  return day * kDay + change.second;
}

bool TimeZone::RuleSaysSummer(int64_t unix_s) const {
  if (!rule_.summer) return false;
  const int64_t year = YearOf(unix_s + rule_.offset);
  const int64_t begins = ChangeTime(rule_.begins, year) - rule_.offset;
  const int64_t ends = ChangeTime(rule_.ends, year) - rule_.summer_offset;
  return begins < ends ? unix_s >= begins && unix_s < ends : unix_s >= begins || unix_s < ends;
}

int64_t TimeZone::RuleOffset(int64_t unix_s) const {
  return RuleSaysSummer(unix_s) ? rule_.summer_offset : rule_.offset;
}

TimeZone::Name TimeZone::NameAt(int64_t unix_s) const {
  const auto after = std::upper_bound(times_.begin(), times_.end(), unix_s);
  if (after == times_.end() && rule_.present) {
    const bool summer = RuleSaysSummer(unix_s);
    return {summer ? rule_.summer_name : rule_.name, summer};
  }
  if (kinds_.empty()) return {};
  const size_t i = after == times_.begin() ? 0 : kind_from_[static_cast<size_t>(after - times_.begin()) - 1];
  return {kinds_[i].name, kinds_[i].summer};
}

int64_t TimeZone::OffsetAt(int64_t unix_s) const {
  const auto after = std::upper_bound(times_.begin(), times_.end(), unix_s);
  if (after == times_.end() && rule_.present) return RuleOffset(unix_s);
  if (after == times_.begin()) return first_offset_;
  return offsets_[static_cast<size_t>(after - times_.begin()) - 1];
}

int64_t TimeZone::FromLocal(int64_t local_s) const {
  // The offsets a day before and after are all that can hold around a change.
  const int64_t before = OffsetAt(local_s - kDay);
  const int64_t after = OffsetAt(local_s + kDay);
  if (OffsetAt(local_s - before) == before) return local_s - before;
  if (OffsetAt(local_s - after) == after) return local_s - after;
  // Left out: the moment of the change lies between.
  int64_t low = local_s - std::max(before, after);
  int64_t high = local_s - std::min(before, after);
  while (high - low > 1) {
    const int64_t middle = low + (high - low) / 2;
    (OffsetAt(middle) == before ? low : high) = middle;
  }
  return high;
}

}  // namespace bekci::base
