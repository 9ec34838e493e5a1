#include "agent/template/time_types.h"

#include "agent/base/utf8.h"
#include "agent/template/go_format.h"

namespace bekci::templates {
namespace {

__extension__ typedef __int128 Wide;  // nanoseconds of years

// Seconds from 1 January of the year 1, Go's zero time, to the epoch.
constexpr int64_t kZeroSecond = -62'135'596'800;

const Moment& At(const Call& call) {
  return call.receiver.data<Moment>();
}
const Moment& Other(const Call& call) {
  return call[0].data<Moment>();
}

// `moment` moved by nanoseconds; false when that is too far away.
bool Moved(const Moment& moment, int64_t nanoseconds, Moment* out) {
  *out = moment;
  int64_t seconds = nanoseconds / kNanosPerSecond;
  int64_t rest = moment.nanoseconds + nanoseconds % kNanosPerSecond;
  if (rest < 0) {
    rest += kNanosPerSecond;
    --seconds;
  } else if (rest >= kNanosPerSecond) {
    rest -= kNanosPerSecond;
    ++seconds;
  }
  out->seconds += seconds;
  out->nanoseconds = static_cast<int32_t>(rest);
  return out->seconds <= kFarthestSecond && out->seconds >= -kFarthestSecond;
}

base::Result<Value> MovedValue(const Call& call, int64_t nanoseconds) {
  Moment moved;
  if (!Moved(At(call), nanoseconds, &moved)) return base::Invalid("the time is too far away");
  return TimeValue(moved, &call.arena);
}

base::Result<Value> Add(Call& call) {
  return MovedValue(call, call[0].integer());
}

base::Result<Value> AddDate(Call& call) {
  constexpr int64_t kMost = 100'000'000;
  for (const Value& value : call.arguments) {
    if (value.integer() > kMost || value.integer() < -kMost) return base::Invalid("the date is too far away");
  }
  const Moment& moment = At(call);
  const CalendarTime t = CalendarOf(moment);
  Moment moved = moment;
  const int64_t of_day = t.hour * 3600 + t.minute * 60 + t.second;
  moved.seconds =
      SecondsOf(t.year + call[0].integer(), t.month + call[1].integer(), t.day + call[2].integer()) + of_day;
  if (moved.seconds > kFarthestSecond || moved.seconds < -kFarthestSecond) {
    return base::Invalid("the date is too far away");
  }
  // The same time of the day, whatever the zone's offset is then.
  const int then =
      CalendarOf({moved.seconds - t.offset_seconds, moved.nanoseconds, moved.local, moved.zone}).offset_seconds;
  moved.seconds -= then;
  return TimeValue(moved, &call.arena);
}

base::Result<Value> Sub(Call& call) {
  const Moment& a = At(call);
  const Moment& b = Other(call);
  int64_t nanoseconds = 0;
  if (__builtin_mul_overflow(a.seconds - b.seconds, kNanosPerSecond, &nanoseconds) ||
      __builtin_add_overflow(nanoseconds, a.nanoseconds - b.nanoseconds, &nanoseconds)) {
    nanoseconds = a.seconds > b.seconds ? INT64_MAX : INT64_MIN;
  }
  return DurationValue(nanoseconds);
}

int Order(const Moment& a, const Moment& b) {
  if (a.seconds != b.seconds) return a.seconds < b.seconds ? -1 : 1;
  return a.nanoseconds < b.nanoseconds ? -1 : a.nanoseconds > b.nanoseconds ? 1 : 0;
}

base::Result<Value> After(Call& call) {
  return Value::Bool(Order(At(call), Other(call)) > 0);
}
base::Result<Value> Before(Call& call) {
  return Value::Bool(Order(At(call), Other(call)) < 0);
}
base::Result<Value> Equal(Call& call) {
  return Value::Bool(Order(At(call), Other(call)) == 0);
}
base::Result<Value> Compare(Call& call) {
  return Value::Int(Order(At(call), Other(call)));
}
base::Result<Value> IsZero(Call& call) {
  return Value::Bool(At(call).seconds == kZeroSecond && At(call).nanoseconds == 0);
}

base::Result<Value> Format(Call& call) {
  std::string out;
  AppendTime(At(call), call.text(0), &out);
  return call.Text(out);
}

base::Result<Value> Utc(Call& call) {
  Moment moment = At(call);
  moment.local = false;
  moment.zone = nullptr;
  return TimeValue(moment, &call.arena);
}
base::Result<Value> Local(Call& call) {
  Moment moment = At(call);
  moment.local = true;
  moment.zone = nullptr;
  return TimeValue(moment, &call.arena);
}
base::Result<Value> In(Call& call) {
  Moment moment = At(call);
  moment.local = Other(call).local;
  moment.zone = Other(call).zone;
  return TimeValue(moment, &call.arena);
}
base::Result<Value> Location(Call& call) {
  return Value::Object(&At(call), kLocationType);
}

base::Result<Value> Year(Call& call) {
  return Value::Int(CalendarOf(At(call)).year);
}
base::Result<Value> Month(Call& call) {
  return Value::Int(CalendarOf(At(call)).month, kMonthType);
}
base::Result<Value> Day(Call& call) {
  return Value::Int(CalendarOf(At(call)).day);
}
base::Result<Value> Hour(Call& call) {
  return Value::Int(CalendarOf(At(call)).hour);
}
base::Result<Value> Minute(Call& call) {
  return Value::Int(CalendarOf(At(call)).minute);
}
base::Result<Value> Second(Call& call) {
  return Value::Int(CalendarOf(At(call)).second);
}
base::Result<Value> Nanosecond(Call& call) {
  return Value::Int(At(call).nanoseconds);
}
base::Result<Value> Weekday(Call& call) {
  return Value::Int(CalendarOf(At(call)).weekday, kWeekdayType);
}
base::Result<Value> YearDay(Call& call) {
  return Value::Int(CalendarOf(At(call)).year_day);
}
base::Result<Value> IsDst(Call& call) {
  return Value::Bool(CalendarOf(At(call)).daylight_saving);
}

// Units of 10^-9 s * `nanos` since the epoch; wraps as Go's does when it is out of range.
base::Result<Value> Since1970(const Moment& moment, int64_t nanos) {
  const auto per_second = static_cast<uint64_t>(kNanosPerSecond / nanos);
  const uint64_t count =
      static_cast<uint64_t>(moment.seconds) * per_second + static_cast<uint64_t>(moment.nanoseconds / nanos);
  return Value::Int(static_cast<int64_t>(count), kInt64Type);
}
base::Result<Value> Unix(Call& call) {
  return Since1970(At(call), kNanosPerSecond);
}
base::Result<Value> UnixMilli(Call& call) {
  return Since1970(At(call), 1'000'000);
}
base::Result<Value> UnixMicro(Call& call) {
  return Since1970(At(call), 1'000);
}
base::Result<Value> UnixNano(Call& call) {
  return Since1970(At(call), 1);
}

// What a moment is behind the last multiple of `unit` since Go's zero time.
int64_t BehindMultiple(const Moment& moment, int64_t unit) {
  const Wide since_zero = static_cast<Wide>(moment.seconds - kZeroSecond) * kNanosPerSecond + moment.nanoseconds;
  const auto rest = static_cast<int64_t>(since_zero % unit);
  return rest < 0 ? rest + unit : rest;
}
base::Result<Value> TruncateTime(Call& call) {
  const int64_t unit = call[0].integer();
  return MovedValue(call, unit <= 0 ? 0 : -BehindMultiple(At(call), unit));
}
base::Result<Value> RoundTime(Call& call) {
  const int64_t unit = call[0].integer();
  if (unit <= 0) return MovedValue(call, 0);
  const int64_t behind = BehindMultiple(At(call), unit);
  return MovedValue(call, static_cast<uint64_t>(behind) * 2 < static_cast<uint64_t>(unit) ? -behind : unit - behind);
}

void TimeText(const Value& value, std::string* out) {
  AppendTime(value.data<Moment>(), kTimeStringLayout, out);
}
void TimeGoText(const Value& value, std::string* out) {
  const auto& moment = value.data<Moment>();
  const CalendarTime t = CalendarOf(moment);
  *out += "time.Date(" + std::to_string(t.year) + ", time." + MonthName(t.month);
  for (const int part : {t.day, t.hour, t.minute, t.second, static_cast<int>(moment.nanoseconds)}) {
    *out += ", " + std::to_string(part);
  }
  if (moment.zone != nullptr) {
    *out += ", time.Location(" + base::Quoted(moment.zone->name) + "))";
    return;
  }
  *out += moment.local ? ", time.Local)" : ", time.UTC)";
}
base::Result<Value> TextOfReceiver(Call& call) {
  std::string out;
  call.receiver.type()->text(call.receiver, &out);
  return call.Text(out);
}
base::Result<Value> GoTextOfReceiver(Call& call) {
  std::string out;
  call.receiver.type()->go_text(call.receiver, &out);
  return call.Text(out);
}
bool SameTime(const Value& a, const Value& b) {
  return a.data<Moment>() == b.data<Moment>();
}

void LocationText(const Value& value, std::string* out) {
  const auto& moment = value.data<Moment>();
  *out += moment.zone != nullptr ? moment.zone->name : moment.local ? "Local" : "UTC";
}
bool SameLocation(const Value& a, const Value& b) {
  return a.data<Moment>().local == b.data<Moment>().local && a.data<Moment>().zone == b.data<Moment>().zone;
}

void DurationText(const Value& value, std::string* out) {
  *out += GoDurationText(value.integer());
}
// Whole units and the rest apart, as Go divides, so that large durations lose nothing.
Value InUnits(const Call& call, int64_t unit) {
  const int64_t nanoseconds = call.receiver.integer();
  const int64_t whole = nanoseconds / unit;
  const int64_t rest = nanoseconds % unit;
  return Value::Float(static_cast<double>(whole) + static_cast<double>(rest) / static_cast<double>(unit));
}
base::Result<Value> Hours(Call& call) {
  return InUnits(call, 3600 * kNanosPerSecond);
}
base::Result<Value> Minutes(Call& call) {
  return InUnits(call, 60 * kNanosPerSecond);
}
base::Result<Value> Seconds(Call& call) {
  return InUnits(call, kNanosPerSecond);
}
base::Result<Value> Milliseconds(Call& call) {
  return Value::Int(call.receiver.integer() / 1'000'000, kInt64Type);
}
base::Result<Value> Microseconds(Call& call) {
  return Value::Int(call.receiver.integer() / 1'000, kInt64Type);
}
base::Result<Value> Nanoseconds(Call& call) {
  return Value::Int(call.receiver.integer(), kInt64Type);
}
base::Result<Value> Round(Call& call) {
  return DurationValue(RoundDuration(call.receiver.integer(), call[0].integer()));
}
base::Result<Value> Truncate(Call& call) {
  return DurationValue(TruncateDuration(call.receiver.integer(), call[0].integer()));
}
base::Result<Value> Abs(Call& call) {
  const int64_t nanoseconds = call.receiver.integer();
  if (nanoseconds >= 0) return call.receiver;
  return DurationValue(nanoseconds == INT64_MIN ? INT64_MAX : -nanoseconds);
}

void MonthText(const Value& value, std::string* out) {
  *out += MonthName(value.integer());
}
void WeekdayText(const Value& value, std::string* out) {
  *out += WeekdayName(value.integer());
}

constexpr const Type* kDuration[] = {&kDurationType};
constexpr const Type* kTime[] = {&kTimeType};
constexpr const Type* kText[] = {&kTextType};
constexpr const Type* kLocation[] = {&kLocationType};
constexpr const Type* kThreeIntegers[] = {&kIntType, &kIntType, &kIntType};

constexpr Function kTimeMethods[] = {
    {.name = "Add", .call = Add, .parameters = kDuration},
    {.name = "AddDate", .call = AddDate, .parameters = kThreeIntegers},
    {.name = "After", .call = After, .parameters = kTime},
    {.name = "Before", .call = Before, .parameters = kTime},
    {.name = "Compare", .call = Compare, .parameters = kTime},
    {.name = "Day", .call = Day},
    {.name = "Equal", .call = Equal, .parameters = kTime},
    {.name = "Format", .call = Format, .parameters = kText},
    {.name = "GoString", .call = GoTextOfReceiver},
    {.name = "Hour", .call = Hour},
    {.name = "In", .call = In, .parameters = kLocation},
    {.name = "IsDST", .call = IsDst},
    {.name = "IsZero", .call = IsZero},
    {.name = "Local", .call = Local},
    {.name = "Location", .call = Location},
    {.name = "Minute", .call = Minute},
    {.name = "Month", .call = Month},
    {.name = "Nanosecond", .call = Nanosecond},
    {.name = "Round", .call = RoundTime, .parameters = kDuration},
    {.name = "Second", .call = Second},
    {.name = "String", .call = TextOfReceiver},
    {.name = "Sub", .call = Sub, .parameters = kTime},
    {.name = "Truncate", .call = TruncateTime, .parameters = kDuration},
    {.name = "UTC", .call = Utc},
    {.name = "Unix", .call = Unix},
    {.name = "UnixMicro", .call = UnixMicro},
    {.name = "UnixMilli", .call = UnixMilli},
    {.name = "UnixNano", .call = UnixNano},
    {.name = "Weekday", .call = Weekday},
    {.name = "Year", .call = Year},
    {.name = "YearDay", .call = YearDay},
    // What Go cannot call from a template is not there to be called here either.
    {.name = "Clock", .results = 3},
    {.name = "Date", .results = 3},
    {.name = "ISOWeek", .results = 2},
    {.name = "Zone", .results = 2},
    {.name = "ZoneBounds", .results = 2},
};

constexpr Function kDurationMethods[] = {
    {.name = "Abs", .call = Abs},
    {.name = "Hours", .call = Hours},
    {.name = "Microseconds", .call = Microseconds},
    {.name = "Milliseconds", .call = Milliseconds},
    {.name = "Minutes", .call = Minutes},
    {.name = "Nanoseconds", .call = Nanoseconds},
    {.name = "Round", .call = Round, .parameters = kDuration},
    {.name = "Seconds", .call = Seconds},
    {.name = "String", .call = TextOfReceiver},
    {.name = "Truncate", .call = Truncate, .parameters = kDuration},
};

constexpr Function kTextMethod[] = {{.name = "String", .call = TextOfReceiver}};

}  // namespace

constinit const Type kTimeType = {.name = "time.Time",
                                  .kind = Kind::kObject,
                                  .text = TimeText,
                                  .go_text = TimeGoText,
                                  .methods = kTimeMethods,
                                  .equal = SameTime};
constinit const Type kTimePointerType = {.name = "*time.Time",
                                         .kind = Kind::kObject,
                                         .pointer = true,
                                         .pointee = &kTimeType,
                                         .text = TimeText,
                                         .go_text = TimeGoText,
                                         .methods = kTimeMethods};
constinit const Type kDurationType = {
    .name = "time.Duration", .kind = Kind::kInt, .text = DurationText, .methods = kDurationMethods};
constinit const Type kMonthType = {.name = "time.Month", .kind = Kind::kInt, .text = MonthText, .methods = kTextMethod};
constinit const Type kWeekdayType = {
    .name = "time.Weekday", .kind = Kind::kInt, .text = WeekdayText, .methods = kTextMethod};
constinit const Type kLocationType = {.name = "*time.Location",
                                      .kind = Kind::kObject,
                                      .pointer = true,
                                      .text = LocationText,
                                      .methods = kTextMethod,
                                      .equal = SameLocation};

Value TimeValue(const Moment& moment, Arena* arena) {
  return Value::Object(arena->New(moment), kTimeType);
}

}  // namespace bekci::templates
