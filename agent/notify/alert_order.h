// The order in which Alertmanager lists alerts in a message, and groups in its API.
//
// Source: Alertmanager 0.34, types.AlertSlice; common/model.LabelSet. Thread rule: functions without state.
#pragma once

#include "agent/model/labels.h"

namespace bekci::notify {

// Fewer labels first; then, name by name in order, the smaller value; who lacks a name comes first.
bool LabelSetBefore(const model::Labels& a, const model::Labels& b);
// By job, then by instance, each missing last; then as above.
bool AlertBefore(const model::Labels& a, const model::Labels& b);

}  // namespace bekci::notify
