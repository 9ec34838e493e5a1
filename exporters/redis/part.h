// The contract of a part: one subject of the redis collector (slowlog, latency, clients ...), one file.
//
// Asking and answering are apart, so that all parts' commands go out in one write. What a part can only ask once it has
// an answer (SCAN's cursor, a sentinel's masters) it does in Converse, after the round's common exchange.
//
// Rules: series in the order the server gives them, which is stable; label values through LabelTexts; a reply of
// another shape than expected costs this part's series only. A refused command (an ACL without it, a server that lacks
// it) is returned as a status, which the collector logs once.
//
// Thread rule: one thread at a time calls the parts of one collector.
#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/collect/collector.h"
#include "agent/collect/family_sink.h"
#include "exporters/redis/command_stats.h"
#include "exporters/redis/label_text.h"
#include "exporters/redis/server_facts.h"
#include "exporters/redis/session.h"
#include "exporters/redis/settings.h"

namespace bekci::exporters::redis {

using collect::FamilySink;
using collect::MetricSpec;
using model::MetricType;

// What a part sees of the round.
struct RoundView {
  const ServerFacts& facts;
  const CommandStats& commands;  // empty before INFO was read
  LabelTexts& labels;
  base::Timestamp now;
  base::MonotonicTime deadline;
};

class Part {
 public:
  virtual ~Part() = default;
  // Adds its commands to the round's. `facts` are of an earlier INFO on this connection and known.
  virtual void Ask(const ServerFacts& facts, Pipeline* pipeline) {
    (void)facts;
    (void)pipeline;
  }
  // `replies` are those of its commands. Not called when there are none.
  virtual base::Status Take(const RoundView& round, Replies replies, FamilySink& sink) {
    (void)round;
    (void)replies;
    (void)sink;
    return base::OkStatus();
  }
  // Further exchanges. An error that closed the connection ends the round for all later parts.
  virtual base::Status Converse(const RoundView& round, Channel& channel, FamilySink& sink) {
    (void)round;
    (void)channel;
    (void)sink;
    return base::OkStatus();
  }
};

struct PartSpec {
  std::string_view name;  // for collect[]= and exclude[]=
  std::span<const MetricSpec* const> metrics;
  // Null: the settings do not ask for it.
  std::unique_ptr<Part> (*make)(const Settings& settings, const collect::Environment& environment) = nullptr;
};

// Every part but INFO, in the order in which they run (parts.cc).
std::span<const PartSpec* const> AllParts();

}  // namespace bekci::exporters::redis
