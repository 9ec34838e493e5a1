#include "exporters/redis/key_scan.h"

#include <algorithm>
#include <utility>

namespace bekci::exporters::redis {
namespace {

constexpr size_t kMaxKeyBytes = 4096;

bool IsCursor(const Reply& reply) {
  return reply.IsText() && !reply.text.empty() && reply.text.size() <= 20 &&
         std::ranges::all_of(reply.text, [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

base::Status KeyScan::Advance(const base::Clock& clock, base::MonotonicTime deadline, const Ask& ask) {
  base::Status refused;
  uint64_t left = budget_.keys_per_round;
  size_t ended = 0;
  while (ended < jobs_.size() && left > 0 && clock.Monotonic() < deadline) {
    Job& job = jobs_[next_];
    const uint64_t batch = std::min(budget_.batch, left);
    left -= batch;
    ASSIGN_OR_RETURN(const Reply* reply, ask(job.pattern, job.cursor, batch));
    const base::Status status = Take(job, *reply);
    if (status.ok() && job.under_way) continue;
    if (!status.ok() && refused.ok()) refused = status;
    ++ended;
    next_ = (next_ + 1) % jobs_.size();
  }
  return refused;
}

base::Status KeyScan::Take(Job& job, const Reply& reply) {
  const bool whole = reply.elements.size() == 2 && IsCursor(reply.elements[0]) && reply.elements[1].IsArray();
  if (!whole) {
    job.cursor = "0";
    job.under_way = false;
    job.finding.clear();
    job.counting = 0;
    job.found.clear();
    job.counted.reset();
    return reply.IsError() ? ErrorReply(reply.text, "SCAN") : base::Corrupt("SCAN: the answer has another form");
  }
  job.under_way = true;
  job.counting += reply.elements[1].elements.size();
  for (const Reply& key : reply.elements[1].elements) {
    if (job.purpose == Purpose::kCount || job.finding.size() >= budget_.max_keys) break;
    if (key.IsText() && key.text.size() <= kMaxKeyBytes) job.finding.emplace(key.text);
  }
  job.cursor = reply.elements[0].text;
  if (job.cursor == "0") EndPass(job);
  return base::OkStatus();
}

void KeyScan::EndPass(Job& job) {
  job.found = std::exchange(job.finding, {});
  job.counted = std::exchange(job.counting, 0);
  job.under_way = false;
}

}  // namespace bekci::exporters::redis
