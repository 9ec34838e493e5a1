#include "agent/notify/notify_story.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/duration.h"
#include "agent/base/text.h"

namespace bekci::notify {

using receivers::Outcome;

routing::AlertmanagerConfig TestConfig() {
  routing::AlertmanagerConfig config;
  routing::Route root;
  root.key = root.id = "{}";
  root.receiver = "hook";
  root.group_wait = base::seconds(30);
  root.group_interval = base::minutes(5);
  root.repeat_interval = base::hours(4);
  config.routes.push_back(root);
  config.resolve_timeout = base::minutes(5);
  return config;
}

routing::Route& AddRoute(routing::AlertmanagerConfig* config, const model::Matcher& matcher,
                         const std::string& receiver) {
  routing::Route route = config->routes.front();
  route.index = config->routes.size();
  route.parent = 0;
  route.children.clear();
  route.matchers = {matcher};
  route.receiver = receiver;
  route.key = "{}/{" + matcher.ToString() + "}";
  route.id = route.key + "/" + std::to_string(config->routes.front().children.size());
  route.mute_time_intervals.clear();
  route.active_time_intervals.clear();
  config->routes.front().children.push_back(route.index);
  config->routes.push_back(route);
  return config->routes.back();
}

Story::Story(routing::AlertmanagerConfig config, Escalator* escalator) : escalator_(escalator) {
  set_config(std::move(config));
  now_ = {{1'700'000'000'000}, {1'000'000'000}};
  began_ = now_;
  REQUIRE(memory_.CreateDirectory("/state").ok());
  REQUIRE(memory_.SyncDirectory("/").ok());
  options.start_hold = {};
}

Story::~Story() = default;

void Story::set_config(routing::AlertmanagerConfig config) {
  config_ = std::make_shared<const routing::AlertmanagerConfig>(std::move(config));
}

NotifierSetup Story::Setup() {
  NotifierSetup setup;
  setup.config = config_;
  setup.external_url = "http://am.example.test";
  std::set<std::string> names;
  for (const routing::Route& route : config_->routes) names.insert(route.receiver);
  for (const routing::ReceiverConfig& receiver : config_->receivers) names.insert(receiver.name);
  for (const std::string& name : names) {
    // What is sent is written down by Send; the outbox only wants to see that there is somebody.
    class Nobody : public receivers::Integration {
     public:
      std::string_view kind() const override { return "webhook"; }
      receivers::Delivery Deliver(const message::Notification&, base::MonotonicTime) override { return {}; }
    };
    setup.receivers.push_back({name, {{"webhook", 0, send_resolved, std::make_shared<Nobody>()}}});
  }
  return setup;
}

void Story::StartProcess() {
  notifier_ = std::make_unique<Notifier>(options, random_, escalator_);
  auto journal = NotifyJournal::Open(disk_, "/state", log_, clock_,
                                     [this](const Changes& changes) { notifier_->Restore(changes); });
  REQUIRE_MESSAGE(journal.ok(), journal.status().message());
  journal_ = std::move(*journal);
  unanswered_.clear();
  notifier_->Start(Setup(), now_);
}

std::vector<std::string> Story::Run(std::string_view script) {
  if (notifier_ == nullptr) StartProcess();
  sent_.clear();
  base::LineReader lines(script);
  for (std::string_view line; lines.Next(&line);) {
    line = base::Trim(line);
    if (!line.empty()) Line(line);
  }
  return sent_;
}

PostedAlert Story::Parse(const std::vector<std::string_view>& words, size_t from) const {
  PostedAlert alert;
  std::vector<model::Labels::Pair> pairs;
  for (size_t i = from; i < words.size(); ++i) {
    const size_t equal = words[i].find('=');
    const std::string_view name = words[i].substr(0, equal);
    const std::string_view value = equal == std::string_view::npos ? "" : words[i].substr(equal + 1);
    if (name == "resolved") {
      alert.ends_at = now_.wall;
    } else if (name == "start") {
      alert.starts_at = now_.wall - *base::ParseDuration(value.substr(1));
    } else if (name == "end") {
      alert.ends_at = now_.wall + *base::ParseDuration(value.substr(1));
      if (alert.starts_at.ms == 0) alert.starts_at = now_.wall;
    } else if (name == "note") {
      alert.annotations["note"] = std::string(value);
    } else {
      pairs.emplace_back(name, value);
    }
  }
  alert.labels = model::Labels::FromPairs(std::move(pairs));
  return alert;
}

void Story::Line(std::string_view line) {
  std::vector<std::string_view> words;
  base::FieldReader fields(line);
  for (std::string_view word = fields.Next(); !word.empty(); word = fields.Next()) words.push_back(word);
  AdvanceTo(began_.wall + *base::ParseDuration(words[0]));
  if (words.size() == 1) return;
  const std::string name(words.size() > 2 ? words[2] : "");
  const std::map<std::string_view, Outcome> outcomes = {{"fail", Outcome::kRetryable},
                                                        {"reject", Outcome::kPermanent},
                                                        {"deny", Outcome::kAuthError},
                                                        {"limit", Outcome::kRateLimited},
                                                        {"lost", Outcome::kAmbiguous}};
  if (words[1] == "post") {
    std::vector<PostedAlert> posted;
    posted.push_back(Parse(words, 2));
    CHECK(notifier_->Post(std::move(posted), now_).errors.empty());
  } else if (words[1] == "silence") {
    Silence silence;
    silence.starts_at = now_.wall;
    silence.ends_at = now_.wall + *base::ParseDuration(words[3]);
    for (const auto& [label, value] : Parse(words, 4).labels) {
      silence.matchers.push_back(model::Matcher::Equal(std::string(label), std::string(value)));
    }
    auto id = notifier_->SetSilence(std::move(silence), now_);
    REQUIRE(id.ok());
    silence_ids_[name] = *id;
  } else if (words[1] == "unsilence") {
    REQUIRE(notifier_->ExpireSilence(silence_ids_[name], now_).ok());
  } else if (words[1] == "hang") {
    hanging_.insert(name);
  } else if (words[1] == "answer") {
    hanging_.erase(name);
    for (const Attempt& attempt : std::exchange(unanswered_[name], {})) Answer(attempt);
  } else if (words[1] == "kill" || words[1] == "crash") {
    notifier_.reset();
    journal_.reset();
    if (words[1] == "crash") memory_.Crash(&random_);
    StartProcess();
  } else if (words[1] == "reload") {
    notifier_->Reload(Setup(), now_);
  } else {
    const auto outcome = outcomes.find(words[1]);
    REQUIRE_MESSAGE(outcome != outcomes.end(), std::string(line));
    const auto times = words.size() > 3 ? base::ParseUint(words[3]).value_or(1) : 1;
    auto& coming = outcomes_[name];
    coming.insert(coming.end(), times, outcome->second);
  }
  Work();
}

void Story::AdvanceTo(base::Timestamp at) {
  Work();
  for (;;) {
    const base::MonotonicTime due = notifier_->NextDue(now_);
    const base::Duration left = at - now_.wall;
    if (due == base::MonotonicTime::Max() || due - now_.steady > left) break;
    const base::Duration by = std::max<base::Duration>(due - now_.steady, base::milliseconds(1));
    if (by > left) break;
    // Whole milliseconds, so that wall and steady time stay together.
    now_ = now_ + base::milliseconds((by.count() + 999'999) / 1'000'000);
    Work();
  }
  if (at > now_.wall) now_ = now_ + (at - now_.wall);
  Work();
}

void Story::Work() {
  for (bool more = true; more;) {
    more = notifier_->Step(now_);
    const std::vector<Changes> changes = notifier_->TakeChanges(now_);
    if (!changes.empty()) {
      const NotifyJournal::Snapshots snapshots = {[this] { return notifier_->Snapshot(now_); },
                                                  [this] { return notifier_->RecordsSnapshot(now_); }};
      const bool written = journal_->Write(changes, snapshots).ok();
      notifier_->Committed(changes.back().sequence, written);
      (void)journal_->WriteHistory(changes, snapshots);
    }
    const size_t before = sent_.size();
    Send();
    more = more || !changes.empty() || sent_.size() > before;
  }
}

void Story::Send() {
  for (const Attempt& attempt : notifier_->TakeAttempts(now_)) {
    const std::string& receiver = attempt.row->target.integration.receiver;
    const message::Notification notification = notifier_->Build(*attempt.row);
    std::string alerts;
    for (const message::Alert& alert : notification.alerts) {
      if (!alerts.empty()) alerts += ",";
      alerts += std::string(alert.labels.Get("a")) + (alert.resolved ? "!" : "");
    }
    std::string line = base::DurationText(now_.wall - began_.wall) + " " + receiver + " " +
                       (notification.firing() ? "firing " : "resolved ") + alerts;
    if (notification.escalation.has_value()) line += " " + notification.escalation->level;
    if (show_reasons) line += " (" + std::string(ReasonText(notification.reason)) + ")";
    sent_.push_back(line);
    delivery_ids_.push_back(notification.delivery_id);
    if (hanging_.contains(receiver)) {
      unanswered_[receiver].push_back(attempt);
    } else {
      Answer(attempt);
    }
  }
}

void Story::Answer(const Attempt& attempt) {
  receivers::Delivery delivery;
  auto& coming = outcomes_[attempt.row->target.integration.receiver];
  if (!coming.empty()) {
    delivery.outcome = coming.front();
    delivery.reason = "serverError";
    coming.erase(coming.begin());
  }
  notifier_->Answer(attempt, delivery, base::seconds(1), now_);
}

}  // namespace bekci::notify
