// Which field of INFO and CLUSTER INFO becomes which metric: one row per field, and nothing else to do for a new one.
// Names, types and help texts are those of redis_exporter; fields that only its newer versions know are here too.
//
// Thread rule: constant after start, but DynamicFields: one thread at a time.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/collect/family_sink.h"

namespace bekci::exporters::redis {

using collect::FamilySink;
using collect::MetricSpec;
using model::MetricType;

// What a field belongs to, beyond the fields every server has.
enum class FieldGroup : unsigned char { kAlways, kSystem, kModule };

struct InfoField {
  MetricSpec spec;
  double factor = 1;  // metric = field * factor
  FieldGroup group = FieldGroup::kAlways;
};

// Null: not a field that is shown.
const InfoField* FindInfoField(std::string_view field);
// Every field's metric, for the collector's table.
std::span<const MetricSpec* const> InfoFieldMetrics();

// Fields that are shown by their prefix ("cluster_"), whatever the server's version calls them. Bounded.
class DynamicFields {
 public:
  // The gauge "redis_<field>"; null when the name cannot be one or there are too many.
  const MetricSpec* Find(std::string_view field);

 private:
  struct Owned {
    std::string name, help;
    MetricSpec spec;
  };
  std::map<std::string, std::unique_ptr<Owned>, std::less<>> fields_;
};

}  // namespace bekci::exporters::redis
