// One escalation as JSON, and what is said of an acknowledgement.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/web/notify/views.h"
#include "agent/wire/json_writer.h"

namespace bekci::web::notify {

// In short, for lists, or with levels, alerts and timeline.
enum class Detail : unsigned char { kShort, kWhole };
void WriteEscalation(wire::JsonWriter* json, const EscalationView& view, Detail detail);

// Until when the acknowledgement holds by the wall clock; nullopt: there is none, or its clock stands (paused).
std::optional<base::Timestamp> AckedUntil(const escalation::Incident& incident);

}  // namespace bekci::web::notify
