// What templates can do with times: Go's time.Time, Duration, Month and Weekday, as types with their methods.
//
// Thread rule: immutable.
#pragma once

#include "agent/template/go_time.h"
#include "agent/template/value.h"

namespace bekci::templates {

extern const Type kTimeType;         // its data is a Moment
extern const Type kTimePointerType;  // the same, as Go's toTime hands it out
extern const Type kDurationType;     // an integer of nanoseconds
extern const Type kMonthType;        // 1..12
extern const Type kWeekdayType;      // 0 is Sunday
extern const Type kLocationType;     // its data is a Moment of that zone

Value TimeValue(const Moment& moment, Arena* arena);
inline Value DurationValue(int64_t nanoseconds) {
  return Value::Int(nanoseconds, kDurationType);
}

}  // namespace bekci::templates
