// Model and configuration as frames (proto/worker.proto), and back.
//
// Decoders take every message as if written by an enemy: counts that do not fit, unknown enums and empty names are
// errors of code corrupt. Text that is not UTF-8 is no attack but a mount point with an old name: its bad bytes become
// U+FFFD, since one of them would make Prometheus refuse the whole page.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/collect/collection.h"
#include "agent/config/node.h"
#include "agent/model/metric_family.h"
#include "agent/model/schema.h"

namespace bekci::worker {
class Family;
class Frame;
class Instance;
class Metric;
class Node;
class Series;
}  // namespace bekci::worker

namespace bekci::collect {

// Appends `frame` with its length before it.
void AppendFrame(const worker::Frame& frame, std::string* out);

// A configuration tree. Marks go along, so that the worker's errors name file and line too.
void EncodeNode(const config::Node& node, worker::Node* out);
base::Result<config::Node> DecodeNode(const worker::Node& node);

// Everything of an instance but its interval, which is the core's business.
void EncodeInstance(uint64_t slot, const InstanceConfig& config, worker::Instance* out);
base::Result<InstanceConfig> DecodeInstance(const worker::Instance& instance);

// Family and series of a schema. `families` is how many families the schema has so far.
void EncodeFamily(const model::FamilySchema& family, worker::Family* out);
base::Result<model::FamilySchema> DecodeFamily(const worker::Family& family);
void EncodeSeries(const model::Schema::Arrival& arrival, worker::Series* out);
base::Result<model::Schema::Arrival> DecodeSeries(const worker::Series& series, size_t families);

// A point in its general form.
void EncodeMetric(const model::Metric& metric, worker::Metric* out);
base::Result<model::Metric> DecodeMetric(const worker::Metric& metric);

// Codes beyond the known ones become internal.
base::Status DecodeStatus(uint32_t code, std::string_view message);

// Invalid bytes replaced by U+FFFD, one for each run of them.
std::string RepairUtf8(std::string_view text);

// Equal but for marks.
bool SameNode(const config::Node& a, const config::Node& b);
bool SameConfig(const InstanceConfig& a, const InstanceConfig& b);

}  // namespace bekci::collect
