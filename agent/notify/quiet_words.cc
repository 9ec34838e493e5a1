#include "agent/notify/quiet_words.h"

#include <algorithm>
#include <map>

#include "agent/base/rfc3339.h"
#include "agent/notify/time_mute.h"

namespace bekci::notify {
namespace {

// How far ahead the end of a muted time is looked for, minute by minute: that is how fine intervals are.
constexpr base::Duration kHorizon = base::hours(24 * 8);

std::string Until(base::Timestamp end) {
  return " until " + base::Rfc3339(end.ms);
}

std::string MuteWords(const routing::AlertmanagerConfig& config, const routing::Route& route, base::Timestamp now) {
  const TimeVerdict verdict = CheckTime(config, route, now);
  if (verdict.mute == TimeMute::kNone) return {};
  std::string names;
  for (const std::string& name : verdict.intervals) names += (names.empty() ? "" : ", ") + name;
  std::string words = verdict.mute == TimeMute::kMuted ? "Muted by time interval " : "Outside active time interval ";
  words += names + ", towards receiver " + route.receiver;
  base::Timestamp at = {now.ms - now.ms % 60'000};
  do {
    at = at + base::minutes(1);
    if (CheckTime(config, route, at).mute == TimeMute::kNone) return words + "," + Until(at) + ".";
  } while (at < now + kHorizon);
  return words + ", for more than a week.";
}

std::string SilenceWords(const Silence& silence) {
  std::string words = "Silenced by " + silence.id + " (";
  if (!silence.comment.empty()) words += silence.comment + ", ";
  if (!silence.created_by.empty()) words += silence.created_by + ", ";
  return words + Until(silence.ends_at).substr(1) + ").";
}

}  // namespace

std::vector<std::string> QuietWords(Notifier& notifier, const routing::AlertmanagerConfig& config,
                                    std::string_view alert_name, Instant now) {
  const std::vector<AlertView> alerts = notifier.Alerts(now);
  std::map<uint64_t, const AlertView*> by_fingerprint;
  for (const AlertView& one : alerts) by_fingerprint.emplace(one.alert->fingerprint, &one);
  std::vector<std::string> sentences;
  const auto say = [&](std::string words) {
    if (words.empty() || sentences.size() >= kMostQuietWords) return;
    if (std::find(sentences.begin(), sentences.end(), words) == sentences.end()) sentences.push_back(std::move(words));
  };
  for (const AlertView& one : alerts) {
    if (one.alert->labels.Get("alertname") != alert_name) continue;
    for (const std::string& id : one.silenced_by) {
      if (const SilencePtr silence = notifier.silences().Find(id)) say(SilenceWords(*silence));
    }
    for (const uint64_t source : one.inhibited_by) {
      const auto found = by_fingerprint.find(source);
      if (found != by_fingerprint.end()) say("Inhibited by " + found->second->alert->labels.ToString() + ".");
    }
    for (const routing::Route* route : routing::MatchRoutes(config, one.alert->labels)) {
      say(MuteWords(config, *route, now.wall));
    }
  }
  return sentences;
}

}  // namespace bekci::notify
