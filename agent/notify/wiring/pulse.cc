#include "agent/notify/wiring/pulse.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/base/text.h"

namespace bekci::notify::wiring {
namespace {

// How soon it is looked again after a beat that was withheld or lost.
constexpr base::Duration kLookAgain = base::seconds(10);

using State = receivers::Heartbeat::State;

}  // namespace

Pulse::Pulse(const std::string& name, base::Duration interval, base::MonotonicTime now, base::Logger& log)
    : interval_(interval), log_(log) {
  stats_.name = name;
  next_ = now + Soon();
  for (const std::string_view part : kVitalParts) stats_.withheld.emplace(part, 0);
}

base::Duration Pulse::Soon() const {
  return std::min(interval_, kLookAgain);
}

void Pulse::SetInterval(base::Duration interval, base::MonotonicTime now) {
  interval_ = interval;
  next_ = std::min(next_, now + interval);
}

std::optional<Pulse::Beat> Pulse::Look(const std::vector<Ailment>& ailments, base::MonotonicTime now) {
  std::set<std::string> parts;
  std::vector<std::string> texts;
  for (const Ailment& one : ailments) {
    parts.insert(one.part);
    texts.push_back(one.text);
  }
  std::string ailing = base::Join(std::vector<std::string>(parts.begin(), parts.end()), ", ");
  if (std::exchange(ailing_, ailing) != ailing) {
    if (ailing.empty()) {
      log_.Info("the heartbeat beats again", {{"heartbeat", stats_.name}});
    } else {
      // What has just been started, or loaded, needs its first round before it is well.
      const bool fresh = stats_.sent + stats_.failed == 0;
      log_.Log(fresh ? base::LogLevel::kInfo : base::LogLevel::kWarn, "the heartbeat is withheld",
               {{"heartbeat", stats_.name}, {"not_well", ailing}, {"why", base::Join(texts, "; ")}});
    }
  }
  if (ailing.empty()) {
    count_at_ = {};
    next_ = next_ + interval_ > now ? next_ + interval_ : now + interval_;
    return Beat{};
  }
  next_ = now + Soon();
  if (now >= count_at_) {
    count_at_ = now + interval_;
    for (const std::string& part : parts) ++stats_.withheld[part];
  } else if (now < tell_at_) {
    return std::nullopt;
  }
  tell_at_ = count_at_;
  return Beat{State::kFailing, base::Join(texts, "\n")};
}

void Pulse::OnDelivery(const Beat& beat, const receivers::Delivery& delivery, Instant now) {
  if (delivery.outcome == receivers::Outcome::kNothing) return;  // it has no place where it says that something ails
  const bool arrived = receivers::IsSuccess(delivery.outcome);
  const bool may_work_soon =
      delivery.outcome == receivers::Outcome::kRetryable || delivery.outcome == receivers::Outcome::kAmbiguous;
  if (!arrived) {
    ++stats_.failed;
    if (may_work_soon) {
      const base::MonotonicTime again = now.steady + std::max(Soon(), delivery.retry_after);
      if (beat.state == State::kFailing) tell_at_ = std::min(tell_at_, again);
      next_ = std::min(next_, again);
    }
  } else if (beat.state == State::kAlive) {
    ++stats_.sent;
    stats_.last_success = now.wall;
  }
  if (std::exchange(failing_, !arrived) == !arrived) return;
  if (arrived) {
    log_.Info("the heartbeat arrives again", {{"heartbeat", stats_.name}});
  } else {
    log_.Warn(may_work_soon ? "the heartbeat did not arrive, it is tried again soon"
                            : "the heartbeat did not arrive, the next one goes when it is due",
              {{"heartbeat", stats_.name}, {"error", delivery.detail}});
  }
}

}  // namespace bekci::notify::wiring
