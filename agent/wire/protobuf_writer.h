// The protobuf exposition format: delimited io.prometheus.client.MetricFamily messages (proto/metrics.proto).
//
// What the format cannot say: info and stateset are gauges; a counter-reset hint other than "gauge" has no field;
// native histograms with custom buckets are written as classic ones. Doubles keep their bits, stale markers included.
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>

#include "agent/model/metric_family.h"
#include "agent/wire/exposition.h"

namespace bekci::wire {

void WriteProtobuf(std::span<const model::MetricFamily> families, Escaping escaping, std::string* out);

}  // namespace bekci::wire
