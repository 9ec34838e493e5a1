#include "agent/tsdb/block_meta.h"

#include <nlohmann/json.hpp>

#include "agent/tsdb/ulid.h"

namespace bekci::tsdb {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kVersion = 1;

Json StatsToJson(const BlockStats& stats) {
  Json json = {{"numSamples", stats.samples}, {"numSeries", stats.series}, {"numChunks", stats.chunks}};
  if (stats.tombstones > 0) json["numTombstones"] = stats.tombstones;
  return json;
}

Json CompactionToJson(const BlockMeta& meta) {
  Json json = {{"level", meta.level}, {"sources", meta.sources}};
  if (!meta.parents.empty()) {
    Json& parents = json["parents"] = Json::array();
    for (const BlockParent& parent : meta.parents) {
      parents.push_back({{"ulid", parent.ulid}, {"minTime", parent.min_ms}, {"maxTime", parent.max_ms}});
    }
  }
  if (meta.deletable) json["deletable"] = true;
  if (meta.failed) json["failed"] = true;
  return json;
}

// May throw the library's exceptions; Parse catches.
BlockMeta FromJson(const Json& json) {
  BlockMeta meta;
  meta.ulid = json.at("ulid").get<std::string>();
  meta.min_ms = json.at("minTime").get<int64_t>();
  meta.max_ms = json.at("maxTime").get<int64_t>();
  if (const auto stats = json.find("stats"); stats != json.end()) {
    meta.stats.samples = stats->value("numSamples", uint64_t{0});
    meta.stats.series = stats->value("numSeries", uint64_t{0});
    meta.stats.chunks = stats->value("numChunks", uint64_t{0});
    meta.stats.tombstones = stats->value("numTombstones", uint64_t{0});
  }
  const Json& compaction = json.at("compaction");
  meta.level = compaction.at("level").get<int>();
  meta.deletable = compaction.value("deletable", false);
  meta.failed = compaction.value("failed", false);
  if (const auto sources = compaction.find("sources"); sources != compaction.end() && sources->is_array()) {
    meta.sources = sources->get<std::vector<std::string>>();
  }
  if (const auto parents = compaction.find("parents"); parents != compaction.end() && parents->is_array()) {
    for (const Json& parent : *parents) {
      meta.parents.push_back({parent.at("ulid").get<std::string>(), parent.value("minTime", int64_t{0}),
                              parent.value("maxTime", int64_t{0})});
    }
  }
  return meta;
}

}  // namespace

std::string BlockMeta::ToJson() const {
  const Json json = {{"ulid", ulid},
                     {"minTime", min_ms},
                     {"maxTime", max_ms},
                     {"stats", StatsToJson(stats)},
                     {"compaction", CompactionToJson(*this)},
                     {"version", kVersion}};
  return json.dump(1, '\t');
}

base::Result<BlockMeta> BlockMeta::Parse(std::string_view text) {
  try {
    const Json json = Json::parse(text);
    if (const int version = json.at("version").get<int>(); version != kVersion) {
      return base::Invalid("meta.json: version " + std::to_string(version) + ", this agent reads version 1");
    }
    BlockMeta meta = FromJson(json);
    if (!IsUlid(meta.ulid)) return base::Corrupt("meta.json: the ulid is none");
    if (meta.min_ms > meta.max_ms) return base::Corrupt("meta.json: minTime is after maxTime");
    if (meta.min_ms < -kFarthestMs || meta.max_ms > kFarthestMs)
      return base::Corrupt("meta.json: times beyond measure");
    return meta;
  } catch (const Json::exception& error) {
    return base::Corrupt(std::string("meta.json: ") + error.what());
  }
}

}  // namespace bekci::tsdb
