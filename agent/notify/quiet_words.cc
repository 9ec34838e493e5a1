#include "agent/notify/quiet_words.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/notify/message/notification.h"
#include "agent/notify/time_mute.h"

namespace bekci::notify {
namespace {

// How far ahead the end of a muted time is looked for, minute by minute: that is how fine intervals are.
constexpr base::Duration kHorizon = base::hours(24 * 8);

std::string Until(base::Timestamp end) {
  return " until " + base::Rfc3339(end.ms);
}

// Words about routes, each made once. The end of a mute is the same for all routes with the same intervals, and is
// looked for once.
class MuteTeller {
 public:
  MuteTeller(const routing::AlertmanagerConfig& config, base::Timestamp now) : config_(config), now_(now) {}

  // Empty: the route speaks, or its words were made before.
  std::string Words(const routing::Route& route) {
    if (!told_.insert(&route).second) return {};
    const TimeVerdict verdict = CheckTime(config_, route, now_);
    if (verdict.mute == TimeMute::kNone) return {};
    const bool muted = verdict.mute == TimeMute::kMuted;
    return (muted ? "Muted by time interval " : "Outside active time interval ") + base::Join(verdict.intervals, ", ") +
           ", towards receiver " + route.receiver + "," + End(route) + ".";
  }

 private:
  const std::string& End(const routing::Route& route) {
    std::string& end = ends_[{route.active_time_intervals, route.mute_time_intervals}];
    if (end.empty()) end = FindEnd(route);
    return end;
  }

  std::string FindEnd(const routing::Route& route) const {
    base::Timestamp at = {now_.ms - now_.ms % 60'000};
    do {
      at = at + base::minutes(1);
      if (CheckTime(config_, route, at).mute == TimeMute::kNone) return Until(at);
    } while (at < now_ + kHorizon);
    return " for more than a week";
  }

  using Names = std::vector<std::string>;
  const routing::AlertmanagerConfig& config_;
  const base::Timestamp now_;
  std::set<const routing::Route*> told_;
  std::map<std::pair<Names, Names>, std::string> ends_;  // by active and mute intervals
};

std::string SilenceWords(const Silence& silence) {
  std::string words = "Silenced by " + silence.id + " (";
  if (!silence.comment.empty()) words += silence.comment + ", ";
  if (!silence.created_by.empty()) words += silence.created_by + ", ";
  return words + Until(silence.ends_at).substr(1) + ").";
}

}  // namespace

QuietFacts LookForQuiet(Notifier& notifier, std::string_view alert_name, Instant now) {
  QuietFacts facts;
  facts.at = now.wall;
  facts.alerts =
      notifier.Alerts(now, [alert_name](const model::Labels& labels) { return labels.Get("alertname") == alert_name; });
  std::set<uint64_t> sources;
  for (const AlertView& one : facts.alerts) {
    sources.insert(one.inhibited_by.begin(), one.inhibited_by.end());
    for (const std::string& id : one.silenced_by) {
      SilencePtr& silence = facts.silences[id];
      if (silence == nullptr) silence = notifier.silences().Find(id);
    }
  }
  if (sources.empty()) return facts;
  const auto inhibits = [&](const model::Labels& labels) { return sources.contains(message::Fingerprint(labels)); };
  for (const AlertView& one : notifier.Alerts(now, inhibits)) facts.sources.emplace(one.alert->fingerprint, one.alert);
  return facts;
}

std::vector<std::string> QuietWords(const QuietFacts& facts, const routing::AlertmanagerConfig& config) {
  std::vector<std::string> sentences;
  const auto say = [&](std::string words) {
    if (words.empty() || sentences.size() >= kMostQuietWords) return;
    if (std::find(sentences.begin(), sentences.end(), words) == sentences.end()) sentences.push_back(std::move(words));
  };
  for (const auto& [id, silence] : facts.silences) {
    if (silence != nullptr) say(SilenceWords(*silence));
  }
  for (const auto& [fingerprint, alert] : facts.sources) say("Inhibited by " + alert->labels.ToString() + ".");
  MuteTeller mutes(config, facts.at);
  for (const AlertView& one : facts.alerts) {
    for (const routing::Route* route : routing::MatchRoutes(config, one.alert->labels)) {
      if (sentences.size() >= kMostQuietWords) return sentences;
      say(mutes.Words(*route));
    }
  }
  return sentences;
}

}  // namespace bekci::notify
