// KeyScan: finds keys by pattern, a slice per round, so that a server with a thousand million keys is never held up.
//
// Each pattern is a job with a SCAN cursor. A round spends at most its budget of looked-at keys and a share of its
// time, then stops wherever it is; the next round goes on from there. What is shown meanwhile: keys found in this pass
// and in the last whole one; a count is that of the last whole pass, and absent before there was one. A small server's
// pass ends in the round in which it began.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "exporters/redis/reply.h"
#include "exporters/redis/settings.h"

namespace bekci::exporters::redis {

class KeyScan {
 public:
  enum class Purpose : unsigned char { kKeys, kStreams, kCount };
  struct Job {
    Purpose purpose = Purpose::kKeys;
    KeyPattern pattern;
    std::string cursor = "0";
    bool under_way = false;
    std::set<std::string> finding;    // in this pass
    std::set<std::string> found;      // in the last whole pass
    uint64_t counting = 0;            // in this pass
    std::optional<uint64_t> counted;  // in the last whole pass
  };
  // One SCAN: the reply to SCAN cursor MATCH pattern COUNT batch in database db.
  using Ask =
      std::function<base::Result<const Reply*>(const KeyPattern& pattern, const std::string& cursor, uint64_t batch)>;

  KeyScan(std::vector<Job> jobs, const ScanBudget& budget) : jobs_(std::move(jobs)), budget_(budget) {}

  // Goes on until the budget is spent, every job's pass has ended once, or `deadline` has come. An error of `ask` ends
  // it; a job whose pattern is refused (an error reply) begins anew next time, and the others go on: the first refusal
  // is returned.
  base::Status Advance(const base::Clock& clock, base::MonotonicTime deadline, const Ask& ask);
  const std::vector<Job>& jobs() const { return jobs_; }

 private:
  base::Status Take(Job& job, const Reply& reply);
  void EndPass(Job& job);

  std::vector<Job> jobs_;
  const ScanBudget budget_;
  size_t next_ = 0;  // the job that goes on
};

}  // namespace bekci::exporters::redis
