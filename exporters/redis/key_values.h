// What is shown of keys and streams: sizes, values, memory; groups and consumers.
//
// Keys are asked for in pipelines of a few hundred commands, all of one database. A key that is not there is absent.
// Thread rule: plain functions over a channel.
#pragma once

#include <set>
#include <span>
#include <string>
#include <vector>

#include "agent/base/status.h"
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {

// Keys of one database; sorted, so that series keep their order.
struct KeySet {
  uint32_t db = 0;
  std::set<std::string> keys;
};

// Errors: those of the channel; denied when a command needed for it is refused.
base::Status ShowKeys(const RoundView& round, Channel& channel, const KeySet& keys, bool values, FamilySink& sink);
base::Status ShowStreams(const RoundView& round, Channel& channel, const KeySet& streams, bool consumers,
                         FamilySink& sink);

std::span<const MetricSpec* const> KeyMetrics();
std::span<const MetricSpec* const> StreamMetrics();

// Sends `commands` in the database `db` and leaves the connection in database 0. The span is that of the commands
// alone.
base::Result<Replies> RunInDatabase(Channel& channel, uint32_t db, const Pipeline& commands,
                                    base::MonotonicTime deadline);

}  // namespace bekci::exporters::redis
