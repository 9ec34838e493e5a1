#include "agent/app/vital_signs.h"

#include <algorithm>
#include <string>

#include "agent/base/duration.h"

namespace bekci::app {
namespace {

using notify::wiring::Ailment;

// So many intervals may pass without what they should have brought.
constexpr int kMissedIntervals = 3;
// Beside these: a stopped worker is found out this long after its deadline, another is there within seconds.
constexpr base::Duration kReplacement = base::seconds(10);

}  // namespace

std::vector<Ailment> CollectionAilments(std::span<const collect::InstanceState> instances,
                                        std::span<const collect::InstanceState> targets,
                                        const collect::WorkerStats& worker, base::MonotonicTime now) {
  base::Duration patience = base::Duration::max();
  for (const auto& list : {instances, targets}) {
    for (const collect::InstanceState& one : list) {
      patience = std::min(patience, one.config.interval * kMissedIntervals + one.config.deadline + kReplacement);
    }
  }
  if (instances.empty() && targets.empty()) return {};
  if (worker.last_answer == base::MonotonicTime()) return {{"collection", "nothing has been collected yet"}};
  const base::Duration silent = now - worker.last_answer;
  if (silent <= patience) return {};
  return {{"collection", "the collection worker has answered nothing for " + base::HumanDuration(silent)}};
}

std::vector<Ailment> RuleAilments(std::span<const ruler::GroupStatus> groups, base::Timestamp now) {
  std::vector<Ailment> ailments;
  size_t stuck = 0;
  for (const ruler::GroupStatus& group : groups) {
    const bool never = group.last_evaluation.ms == 0;
    const base::Duration since = now - group.last_evaluation;
    if (!never && since <= group.interval * kMissedIntervals + group.duration) continue;
    if (++stuck > 3) continue;
    ailments.push_back({"rules", "rule group " + group.name + " (" + group.file + "): not evaluated " +
                                     (never ? "yet" : "for " + base::HumanDuration(since))});
  }
  if (stuck > 3) ailments.push_back({"rules", "and " + std::to_string(stuck - 3) + " more groups"});
  return ailments;
}

std::vector<Ailment> OutboxAilments(const notify::PipelineMetrics& pipeline, const notify::JournalMetrics& journal,
                                    bool keeps_state) {
  std::vector<Ailment> ailments;
  if (!keeps_state) ailments.push_back({"outbox", "the state of notifications cannot be kept on the disk"});
  if (!journal.healthy) ailments.push_back({"outbox", "the notification journal cannot be written"});
  if (journal.writing_for > kLongestJournalWrite) {
    ailments.push_back(
        {"outbox", "the disk has not taken the notification journal for " + base::HumanDuration(journal.writing_for)});
  }
  for (const notify::IntegrationMetrics& one : pipeline.by_integration) {
    if (one.oldest_call <= kLongestCall + one.longest) continue;
    ailments.push_back({"outbox", "a message of an escalation to receiver " + one.key.receiver + " (" + one.key.kind +
                                      ") has waited for " + base::HumanDuration(one.oldest_call)});
  }
  return ailments;
}

}  // namespace bekci::app
