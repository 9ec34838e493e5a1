// Functions that make text or time of numbers.
//
// Source: Prometheus' template package: humanize*, toTime, toDuration.
#include <cmath>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/template/function_table.h"
#include "agent/template/go_literal.h"
#include "agent/template/go_number.h"
#include "agent/template/humanize.h"
#include "agent/template/time_types.h"

namespace bekci::templates {
namespace {

base::Result<Value> CallHumanize(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  return call.Text(Humanize(value));
}
base::Result<Value> CallHumanize1024(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  return call.Text(Humanize1024(value));
}
base::Result<Value> CallHumanizeDuration(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  return call.Text(HumanizeSeconds(value));
}
base::Result<Value> CallHumanizePercentage(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  return call.Text(HumanizePercentage(value));
}

// Seconds since the epoch, cut to milliseconds. Errors: not within int64 nanoseconds.
base::Result<Moment> MomentOf(double seconds) {
  const double nanoseconds = seconds * 1e9;
  if (!(nanoseconds < 0x1p63 && nanoseconds >= -0x1p63)) {
    return base::Invalid(base::DoubleText(seconds) +
                         " cannot be represented as a nanoseconds timestamp since it overflows int64");
  }
  int64_t ms = static_cast<int64_t>(nanoseconds) / 1'000'000;
  Moment moment = {.seconds = ms / 1000};
  ms %= 1000;
  if (ms < 0) {
    ms += 1000;
    --moment.seconds;
  }
  moment.nanoseconds = static_cast<int32_t>(ms * 1'000'000);
  return moment;
}

base::Result<Value> CallHumanizeTimestamp(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  if (!std::isfinite(value)) return call.Text(FourDigits(value));
  ASSIGN_OR_RETURN(const Moment moment, MomentOf(value));
  std::string out;
  AppendTime(moment, kTimeStringLayout, &out);
  return call.Text(out);
}

base::Result<Value> CallToTime(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  if (!std::isfinite(value)) return base::Invalid("value is NaN or Inf");
  ASSIGN_OR_RETURN(const Moment moment, MomentOf(value));
  return TimeValue(moment, &call.arena).As(kTimePointerType);
}

base::Result<Value> CallToDuration(Call& call) {
  ASSIGN_OR_RETURN(const double value, NumberOf(call[0]));
  const double nanoseconds = value * 1e9;
  // Go's conversion of what does not fit is the processor's: the smallest.
  if (!(nanoseconds < 0x1p63 && nanoseconds >= -0x1p63)) return DurationValue(INT64_MIN);
  return DurationValue(static_cast<int64_t>(nanoseconds));
}

constexpr const Type* kAny[] = {nullptr};

constexpr Function kFunctions[] = {
    {.name = "humanize", .call = CallHumanize, .parameters = kAny},
    {.name = "humanize1024", .call = CallHumanize1024, .parameters = kAny},
    {.name = "humanizeDuration", .call = CallHumanizeDuration, .parameters = kAny},
    {.name = "humanizePercentage", .call = CallHumanizePercentage, .parameters = kAny},
    {.name = "humanizeTimestamp", .call = CallHumanizeTimestamp, .parameters = kAny},
    {.name = "toTime", .call = CallToTime, .parameters = kAny},
    {.name = "toDuration", .call = CallToDuration, .parameters = kAny},
};

}  // namespace

base::Result<double> NumberOf(const Value& value) {
  switch (value.kind()) {
    case Kind::kFloat:
      return value.real();
    case Kind::kInt:
      if (value.type() == &kDurationType) return static_cast<double>(value.integer()) / 1e9;
      if (value.type() != &kIntType && value.type() != &kInt64Type) break;
      return static_cast<double>(value.integer());
    case Kind::kText: {
      double number = 0;
      const FloatError error = GoFloat(value.text(), &number);
      if (error == FloatError::kNone) return number;
      return base::Invalid("strconv.ParseFloat: parsing " + base::Quoted(value.text()) +
                           (error == FloatError::kRange ? ": value out of range" : ": invalid syntax"));
    }
    default:
      break;
  }
  return base::Invalid("can't convert " + (value.nil() ? "<nil>" : std::string(value.type()->name)) + " to float");
}

std::span<const Function> NumberFunctions() {
  return kFunctions;
}

}  // namespace bekci::templates
