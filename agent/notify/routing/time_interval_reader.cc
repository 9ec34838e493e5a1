// Time intervals of a file: texts such as "monday:friday", "1:5", "-3:-1", "january:march" to ranges.
#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "agent/base/text.h"
#include "agent/notify/routing/strict_lists.h"
#include "agent/notify/routing/time_interval.h"

namespace bekci::notify::routing {
namespace {

using config::Node;
using config::Option;
using config::Type;

constexpr std::array<std::string_view, 7> kWeekdays = {"sunday",   "monday", "tuesday", "wednesday",
                                                       "thursday", "friday", "saturday"};
constexpr std::array<std::string_view, 12> kMonths = {"january",   "february", "march",    "april",
                                                      "may",       "june",     "july",     "august",
                                                      "september", "october",  "november", "december"};

constexpr Option kTimeOptions[] = {
    {.key = "start_time", .help = "HH:MM from which on it holds.", .required = true},
    {.key = "end_time",
     .help = "HH:MM before which it holds, later than start_time; 24:00 is midnight.",
     .required = true},
};
constexpr Option kIntervalOptions[] = {
    {.key = "times", .type = Type::kSections, .help = "Times of the day.", .section = kTimeOptions},
    {.key = "weekdays", .type = Type::kStrings, .help = "Days such as monday, or monday:friday."},
    {.key = "days_of_month", .type = Type::kStrings, .help = "Days such as 1, 1:5, or from the end: -3:-1."},
    {.key = "months", .type = Type::kStrings, .help = "Months such as 5, may, or january:march."},
    {.key = "years", .type = Type::kStrings, .help = "Years such as 2030, or 2030:2032."},
    {.key = "location", .help = "Zone of the IANA data base, such as Europe/Istanbul; UTC where it is not given."},
};
constexpr Option kNamedOptions[] = {
    {.key = "name", .help = "What routes call it."},
    {.key = "time_intervals",
     .type = Type::kSections,
     .help = "It holds when any of these does.",
     .section = kIntervalOptions},
};

// Go's Atoi.
std::optional<int> Number(std::string_view text) {
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  const auto value = base::ParseInt(text);
  constexpr int64_t kMost = 1'000'000;
  if (!value || *value > kMost || *value < -kMost) return std::nullopt;
  return static_cast<int>(*value);
}

std::optional<int> PlaceOf(std::string_view text, std::span<const std::string_view> names) {
  const std::string lower = base::ToLower(text);
  const auto found = std::find(names.begin(), names.end(), lower);
  if (found == names.end()) return std::nullopt;
  return static_cast<int>(found - names.begin());
}

std::string Suggestion(std::string_view text, std::span<const std::string_view> names) {
  const std::string lower = base::ToLower(text);
  const auto longer = std::find_if(names.begin(), names.end(),
                                   [&](std::string_view name) { return !lower.empty() && name.starts_with(lower); });
  const std::string_view nearest = longer != names.end() ? *longer : base::Nearest(lower, names);
  return nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?";
}

// One end of a range; or what is wrong.
base::Result<int> Weekday(std::string_view text) {
  const auto day = PlaceOf(text, kWeekdays);
  if (day) return *day;
  return base::Invalid(std::string(text) + " is not a valid weekday" + Suggestion(text, kWeekdays));
}

base::Result<int> DayOfMonth(std::string_view text) {
  const auto day = Number(text);
  if (!day) return base::Invalid(base::Quoted(text) + " is not a day of the month; write 1 to 31 or -31 to -1");
  if (*day == 0 || *day < -31 || *day > 31) {
    return base::Invalid(std::to_string(*day) + " is not a valid day of the month: out of range");
  }
  return *day;
}

base::Result<int> Month(std::string_view text) {
  if (const auto month = PlaceOf(text, kMonths)) return *month + 1;
  if (const auto month = Number(text)) return *month;
  return base::Invalid(std::string(text) + " is not a valid month" + Suggestion(text, kMonths));
}

base::Result<int> Year(std::string_view text) {
  if (const auto year = Number(text)) return *year;
  return base::Invalid(std::string(text) + " is not a valid year");
}

// What is wrong with a range of two good ends; or empty.
std::string WrongWeekdays(Range r) {
  if (r.begin <= r.end) return "";
  return "start day cannot be before end day: weeks begin with sunday here; name two ranges, such as " +
         std::string(kWeekdays[static_cast<size_t>(r.begin)]) +
         ":saturday and sunday:" + std::string(kWeekdays[static_cast<size_t>(r.end)]);
}

// A month of 28 days shows which ranges have nothing in them in any month; which end comes first in longer ones cannot
// be known here.
std::string WrongDays(Range r) {
  constexpr int kShortest = 28;
  if (r.begin < 0 && r.end > 0) return "end day must be negative if start day is negative";
  const int begin = r.begin < 0 ? kShortest + r.begin : r.begin;
  const int end = r.end < 0 ? kShortest + r.end : r.end;
  if (begin <= end) return "";
  return "end day " + std::to_string(r.end) + " is always before start day " + std::to_string(r.begin);
}

std::string WrongMonths(Range r) {
  if (r.begin <= r.end) return "";
  return "end month " + std::to_string(r.end) + " is before start month " + std::to_string(r.begin) +
         "; name two ranges for what goes over the end of a year";
}

std::string WrongYears(Range r) {
  if (r.begin <= r.end) return "";
  return "end year " + std::to_string(r.end) + " is before start year " + std::to_string(r.begin);
}

struct Field {
  std::string_view key;
  std::vector<Range> TimeInterval::*ranges;
  base::Result<int> (*end)(std::string_view text);
  std::string (*wrong)(Range range);
};
constexpr Field kFields[] = {
    {"weekdays", &TimeInterval::weekdays, Weekday, WrongWeekdays},
    {"days_of_month", &TimeInterval::days_of_month, DayOfMonth, WrongDays},
    {"months", &TimeInterval::months, Month, WrongMonths},
    {"years", &TimeInterval::years, Year, WrongYears},
};

base::Result<Range> ReadRange(const std::string& text, const Field& field) {
  const std::vector<std::string_view> ends = base::Split(text, ':');
  if (ends.size() > 2) return base::Invalid("couldn't parse range " + text + ", invalid format");
  Range range;
  ASSIGN_OR_RETURN(range.begin, field.end(ends.front()));
  ASSIGN_OR_RETURN(range.end, field.end(ends.back()));
  std::string wrong = field.wrong(range);
  if (!wrong.empty()) return base::Invalid(std::move(wrong));
  return range;
}

// Minutes of HH:MM, two digits each, 00:00 to 24:00; nullopt: it is not one.
std::optional<int> MinuteOfDay(std::string_view text) {
  const auto digit = [&](size_t i) { return text[i] >= '0' && text[i] <= '9' ? text[i] - '0' : 99; };
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const int hour = digit(0) * 10 + digit(1);
  const int minute = digit(3) * 10 + digit(4);
  if (hour > 24 || minute > 59 || (hour == 24 && minute != 0)) return std::nullopt;
  return hour * 60 + minute;
}

class Reader {
 public:
  Reader(base::FileSystem& fs, config::Errors* errors) : fs_(fs), errors_(errors) {}

  NamedTimeInterval Read(const Node& node) {
    RequireLists(node, kNamedOptions, errors_);
    const config::Values values = config::Check(node, kNamedOptions, errors_);
    NamedTimeInterval named;
    named.mark = node.mark;
    named.name = values.String("name");
    if (named.name.empty()) errors_->Add(node.mark, "missing name in time interval");
    for (const config::Values& one : values.Sections("time_intervals")) named.intervals.push_back(Interval(one));
    return named;
  }

 private:
  TimeInterval Interval(const config::Values& values) {
    TimeInterval interval;
    for (const config::Values& time : values.Sections("times")) Time(time, &interval.times);
    if (values.IsSetInFile("times") && values.Sections("times").empty()) interval.times.push_back(kNoRange);
    for (const Field& field : kFields) Ranges(values, field, &(interval.*field.ranges));
    Location(values, &interval);
    return interval;
  }

  void Time(const config::Values& values, std::vector<Range>* times) {
    Range range;
    for (const auto& [key, minute] : {std::pair("start_time", &range.begin), std::pair("end_time", &range.end)}) {
      if (!values.IsSetInFile(key)) return;  // told as a required key that is missing
      const std::string& text = values.String(key);
      const auto read = MinuteOfDay(text);
      if (!read) {
        errors_->Add(values.MarkOf(key), std::string(key) + ": couldn't parse timestamp " + text +
                                             ", invalid format; write HH:MM, 00:00 to 24:00");
        return;
      }
      *minute = *read;
    }
    if (range.begin < range.end) return times->push_back(range);
    errors_->Add(values.MarkOf("end_time"),
                 "start time cannot be equal or greater than end time; name two ranges for what goes over midnight");
  }

  void Ranges(const config::Values& values, const Field& field, std::vector<Range>* ranges) {
    if (!values.IsSetInFile(field.key)) return;
    const std::vector<std::string>& texts = values.Strings(field.key);
    const Node* list = values.node().Find(field.key);
    for (size_t i = 0; i < texts.size(); ++i) {
      const auto range = ReadRange(texts[i], field);
      if (range.ok()) {
        ranges->push_back(*range);
      } else {
        const bool known = list != nullptr && i < list->items.size();
        errors_->Add(known ? list->items[i].mark : values.MarkOf(field.key),
                     std::string(field.key) + ": " + range.status().message());
      }
    }
    if (texts.empty()) ranges->push_back(kNoRange);
  }

  void Location(const config::Values& values, TimeInterval* interval) {
    const std::string& name = values.String("location");
    if (name.empty() || name == "UTC") return;
    auto zone = name == "Local" ? base::TimeZone::Load(fs_, "localtime", "/etc") : base::TimeZone::Load(fs_, name);
    // A host without the file speaks UTC, as all its other programs do.
    if (!zone.ok() && name == "Local" && zone.status().code() == base::Code::kNotFound) return;
    if (!zone.ok()) {
      errors_->Add(values.MarkOf("location"), "location: unknown time zone " + name + ": " + zone.status().message());
      return;
    }
    interval->location = std::make_shared<const base::TimeZone>(std::move(*zone));
  }

  base::FileSystem& fs_;
  config::Errors* const errors_;
};

}  // namespace

NamedTimeInterval ReadNamedTimeInterval(const Node& node, base::FileSystem& fs, config::Errors* errors) {
  return Reader(fs, errors).Read(node);
}

}  // namespace bekci::notify::routing
