// RoundAssembler: the core's reader of one instance's rounds. Frames go in, a model::Round comes out with DONE.
//
// It believes nothing. A message that makes no sense (frames of two rounds mixed, values that do not fit their schema,
// an unknown stream) is an error of code corrupt, after which the worker is not to be listened to any more. A round
// that is merely too large is read to its end, not kept, and comes out with status limit: that costs only this
// instance.
//
// Steady state: the numbers are copied into a buffer that is reused, then ordered into the one vector the Round owns.
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/collect/targets.h"
#include "agent/model/schema.h"

namespace bekci::worker {
class Done;
class Extra;
class Schema;
class Values;
}  // namespace bekci::worker

namespace bekci::collect {

// Sinks of one instance: 0 for whole rounds and these many for filtered ones, each with a schema of its own.
inline constexpr uint32_t kFilteredStreams = 4;

class RoundAssembler {
 public:
  explicit RoundAssembler(uint64_t max_series);

  base::Status OnSchema(const worker::Schema& schema);
  base::Status OnValues(const worker::Values& values);
  base::Status OnExtra(const worker::Extra& extra);

  struct Finished {
    uint64_t id = 0;
    base::Status status;
    std::shared_ptr<const model::Round> round;  // null when the attempt failed and brought nothing
    base::Duration duration = {};               // as the worker says; not negative
    std::vector<std::string> problems;          // series left out, when the schema is new
    std::optional<ScrapeCounts> counts = {};
  };
  base::Result<Finished> OnDone(const worker::Done& done);

 private:
  struct Stream {
    uint64_t schema_id = 0;
    std::shared_ptr<const model::Schema> schema;
  };
  base::Status Enter(uint64_t id);
  // Counts towards the limits of the round; false when it is over one of them and nothing is to be kept.
  bool Admit(size_t bytes, size_t series, size_t bounds);
  base::Status LimitStatus() const;
  base::Status FinishSchema(const worker::Done& done, std::vector<std::string>* problems);
  void TakeExtra(model::Round* round);
  void Clear();

  const uint64_t max_series_;
  const uint64_t max_bytes_;
  const uint64_t max_values_;
  std::map<uint32_t, Stream> streams_;

  // The round under way; id_ 0: none.
  uint64_t id_ = 0;
  uint64_t bytes_ = 0;
  uint64_t series_ = 0;
  uint64_t bounds_ = 0;
  bool over_limit_ = false;
  bool new_schema_ = false;
  uint32_t stream_ = 0;
  uint64_t schema_id_ = 0;
  std::vector<model::FamilySchema> families_;
  std::vector<model::Schema::Arrival> arrivals_;
  std::vector<double> values_;
  std::vector<model::MetricFamily> extra_;
};

}  // namespace bekci::collect
