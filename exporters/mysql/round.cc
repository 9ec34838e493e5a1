#include "exporters/mysql/round.h"

#include <algorithm>
#include <string>
#include <utility>

namespace bekci::exporters::mysql {
namespace {

constexpr base::Duration kAskLackingAgain = base::minutes(5);
constexpr int kMaxRoundsOff = 40;  // ten minutes at the usual interval

}  // namespace

void Round::Forget(std::span<PartRun> parts) {
  for (PartRun& run : parts) {
    for (Asked& asked : run.asked) {
      asked.dialect = 0;
      asked.lacking = false;
    }
  }
}

// Parts that ran out of time lately come last: they can only delay themselves.
void Round::Gather(std::span<PartRun> parts) {
  places_.clear();
  const base::MonotonicTime now = clock_.Monotonic();
  for (const bool slow : {false, true}) {
    for (PartRun& run : parts) {
      if (!run.wanted || run.rounds_off > 0 || (run.time_outs > 0) != slow) continue;
      for (Asked& asked : run.asked) {
        if (asked.lacking && now < asked.ask_again) {
          asked.answer.table.Clear();
          continue;
        }
        if (asked.lacking) asked.dialect = 0;
        asked.lacking = false;
        places_.push_back({&run, &asked});
      }
    }
  }
}

base::Status Round::Send(Connection& connection, base::MonotonicTime deadline) {
  statements_.clear();
  answers_.clear();
  for (const Place& place : places_) {
    statements_.push_back(place.asked->statement->dialects[place.asked->dialect]);
    answers_.push_back(&place.asked->answer);
  }
  base::MonotonicTime before = clock_.Monotonic();
  base::Status status = connection.Run(statements_, answers_, deadline);
  for (const Place& place : places_) {
    if (place.asked->answer.done.ns == 0) break;
    answered_ = true;
    place.run->duration += place.asked->answer.done - before;
    before = std::max(before, place.asked->answer.done);
  }
  return status;
}

bool Round::NextDialect(Asked* asked) {
  if (!IsLacking(asked->answer.error)) return false;
  if (++asked->dialect < asked->statement->dialects.size()) return true;
  asked->dialect = 0;
  asked->lacking = true;
  asked->ask_again = clock_.Monotonic() + kAskLackingAgain;
  asked->answer.table.Clear();
  return false;
}

base::Status Round::Ask(Connection& connection, std::span<PartRun> parts, base::MonotonicTime deadline) {
  for (PartRun& run : parts) {
    run.status = base::OkStatus();
    run.duration = {};
  }
  Gather(parts);
  base::Status lost;
  while (!places_.empty() && lost.ok()) {
    lost = Send(connection, deadline);
    if (!lost.ok()) {
      // What was refused until then was as good as asked: a server that lacks it does not fail now.
      for (const Place& place : places_) {
        if (place.asked->answer.done.ns != 0) NextDialect(place.asked);
      }
      break;
    }
    std::erase_if(places_, [this](const Place& place) { return !NextDialect(place.asked); });
  }
  Judge(parts, lost);
  return lost;
}

// What the answers to its statements mean for a part.
base::Status Round::StatusOf(const PartRun& run, const base::Status& lost) {
  for (const Asked& asked : run.asked) {
    if (asked.lacking) {
      if (asked.statement->optional) continue;
      return base::NoData("this server has no such thing: " + asked.answer.status.message());
    }
    if (asked.answer.done.ns == 0) return lost;
    if (!lost.ok() && IsLacking(asked.answer.error)) return lost;  // its other dialects were not asked
    if (!asked.answer.status.ok()) return asked.answer.status;
  }
  return base::OkStatus();
}

void Round::Judge(std::span<PartRun> parts, const base::Status& lost) const {
  // The connection was lost while this part's statement ran. A server that answered nothing at all is not its fault.
  const auto unanswered =
      std::find_if(places_.begin(), places_.end(), [](const Place& place) { return place.asked->answer.done.ns == 0; });
  const PartRun* const stuck = lost.ok() || !answered_ || unanswered == places_.end() ? nullptr : unanswered->run;
  for (PartRun& run : parts) {
    if (!run.wanted) continue;
    if (run.rounds_off > 0) {
      --run.rounds_off;
      run.status = base::Timeout("left out for a while because its statement took too long");
      continue;
    }
    run.status = StatusOf(run, lost);
    if (run.status.ok()) {
      run.time_outs = 0;
    } else if (run.status.code() == base::Code::kTimeout && (lost.ok() || &run == stuck)) {
      BackOff(&run);
    }
  }
}

void Round::BackOff(PartRun* run) {
  run->rounds_off = std::min(kMaxRoundsOff, (1 << std::min(run->time_outs, 6)) - 1);
  ++run->time_outs;
}

}  // namespace bekci::exporters::mysql
