// What Alertmanager's API answers: alerts, groups and silences as JSON.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/net/http.h"
#include "agent/web/alertmanager/views.h"
#include "agent/wire/json_writer.h"

namespace bekci::web::alertmanager {

void WriteLabelSet(wire::JsonWriter* json, const model::Labels& labels);
void WriteAlert(wire::JsonWriter* json, const bekci::notify::AlertView& view);
void WriteGroup(wire::JsonWriter* json, const bekci::notify::GroupView& group);
void WriteSilence(wire::JsonWriter* json, const bekci::notify::Silence& silence, base::Timestamp now);

// A body of JSON with a line end behind it, not to be kept by anybody.
net::HttpResponse JsonAnswer(std::string body);

}  // namespace bekci::web::alertmanager
