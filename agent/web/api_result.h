// The value of a query as the Prometheus API prints it: resultType, result, stats.
//
// Source: Prometheus web/api/v1/json_codec.go, util/jsonutil, util/stats.
// Thread rule: functions without state.
#pragma once

#include "agent/promql/value.h"
#include "agent/web/api_answer.h"

namespace bekci::web {

// {"resultType":"vector","result":[...]} as the answer's data, with "stats" if asked. False when the answer would be
// larger than kMaxAnswerBytes: the answer is then useless.
bool WriteResult(ApiAnswer* answer, const promql::Value& value, const promql::QueryStats* stats);

// {"count":"..","sum":"..","buckets":[[boundaries,"lower","upper","count"],...]}: buckets that hold something, from the
// lowest to the highest; boundaries 0: (lower, upper], 1: [lower, upper), 3: [lower, upper].
void WriteHistogram(wire::JsonWriter* json, const model::NativeHistogram& histogram);

}  // namespace bekci::web
