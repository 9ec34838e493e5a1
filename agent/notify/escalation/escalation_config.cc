#include "agent/notify/escalation/escalation_config.h"

#include <algorithm>
#include <set>

#include "agent/base/text.h"
#include "agent/notify/escalation/escalation_options.h"
#include "agent/notify/escalation/schedule_reader.h"

namespace bekci::notify::escalation {
namespace {

using config::Errors;
using config::Mark;
using config::Node;
using config::Values;

constexpr config::YamlLimits kLimits = {.bytes = 1 << 20, .nodes = 100'000, .depth = 32};
// Bounds on what one file can make the engine do for each alert and each second.
constexpr size_t kMaxPolicies = 200;
constexpr size_t kMaxLevels = 32;
constexpr size_t kMaxAssignments = 1000;
constexpr size_t kMaxReceiversOfLevel = 100;
constexpr size_t kMaxExpressionCost = 200'000;  // instructions of all matchers together
constexpr std::string_view kNoPolicy = "none";

std::string DidYouMean(std::string_view word, const std::vector<std::string_view>& known) {
  const std::string_view nearest = base::Nearest(word, known);
  return nearest.empty() ? "" : ", did you mean " + base::Quoted(nearest) + "?";
}

// Where the i-th item of a list stands; a single text is a list of one.
Mark MarkOfItem(const Values& values, std::string_view key, size_t i) {
  const Node* node = values.node().Find(key);
  if (node == nullptr) return values.MarkOf(key);
  return node->is_sequence() && i < node->items.size() ? node->items[i].mark : node->mark;
}

// A name goes into keys, links and metrics: short, and nothing a log or an URL could trip over.
std::string WrongName(std::string_view name) {
  if (name.empty()) return "is empty";
  if (name.size() > 100) return "is longer than 100 bytes";
  const bool odd =
      std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == '/' || c == 0x7f; });
  return odd ? "must not have a slash or a control character in it" : "";
}

class Loader {
 public:
  Loader(const std::string& file, const Surroundings& surroundings, base::FileSystem& fs)
      : surroundings_(surroundings), fs_(fs), config_(std::make_shared<EscalationConfig>()) {
    config_->file = file;
    const size_t slash = file.rfind('/');
    directory_ = slash == std::string::npos ? "" : file.substr(0, slash);
  }

  base::Result<std::shared_ptr<const EscalationConfig>> Load(const Node& root) {
    const Values values = config::Check(root, kFileOptions, &errors_, directory_);
    config_->parts = surroundings_.receivers;
    config_->intervals = surroundings_.intervals;
    ReadSettings(values);
    ReadOwnReceivers(values);
    for (const Values& hook : values.Sections("hook_receivers")) ReadHook(hook);
    ReadSchedules(values.Sections("oncall_schedules"),
                  {config_->intervals, fs_, &errors_, &config_->warnings, &config_->schedules});
    for (const Values& policy : values.Sections("policies")) ReadPolicy(policy);
    CheckCount(values, "policies", kMaxPolicies);
    CheckCount(values, "escalations", kMaxAssignments);
    for (const Values& row : values.Sections("escalations")) ReadAssignment(row);
    WarnOfUnused();
    RETURN_IF_ERROR(errors_.ToStatus());
    return std::shared_ptr<const EscalationConfig>(config_);
  }

 private:
  void Wrong(const Mark& mark, const std::string& message) { errors_.Add(mark, message); }
  void Warn(const Mark& mark, const std::string& message) {
    config_->warnings.push_back(mark.ToString() + ": " + message);
  }

  void CheckCount(const Values& values, std::string_view key, size_t most) {
    if (values.Sections(key).size() <= most) return;
    Wrong(values.MarkOf(key), std::string(key) + ": more than " + std::to_string(most));
  }

  void ReadSettings(const Values& values) {
    config_->ack.timeout = values.Section("ack").Duration("timeout");
    config_->ack.mutes_repeats = values.Section("ack").Bool("mutes_repeats");
    config_->reopen_within = values.Duration("reopen_within");
    config_->pauses_while_suppressed = values.String("suppressed") == "pause";
    config_->hooks_enabled = values.Section("hooks").Bool("enabled");
    config_->escalation_payload = values.Bool("escalation_payload");
    if (const Node* tree = values.Tree("heartbeats")) config_->heartbeats = *tree;
    if (const Node* tree = values.Tree("receivers")) config_->receivers = *tree;
    ReadChats(values.Section("slack"), values.Section("telegram"));
    const Values& links = values.Section("links");
    LinkSettings& out = config_->links;
    out.base_url = links.String("base_url");
    out.listen_address = links.String("listen_address");
    out.key_file = config::ResolvePath(links.String("key_file"), directory_);
    out.web_config_file = config::ResolvePath(links.String("web_config_file"), directory_);
    out.valid_for = links.Duration("valid_for");
    while (out.base_url.ends_with('/')) out.base_url.pop_back();
    const bool is_url = out.base_url.starts_with("http://") || out.base_url.starts_with("https://");
    const bool has_host = is_url && out.base_url.size() > out.base_url.find("://") + 3;
    if (!out.base_url.empty() && (!has_host || out.base_url.find_first_of(" ?#\"<>\n") != std::string::npos)) {
      Wrong(links.MarkOf("base_url"), "base_url: must be an URL such as https://bekci.example.com:10113");
    } else if (out.base_url.starts_with("http://")) {
      Warn(links.MarkOf("base_url"), "base_url: without https, who reads the traffic can acknowledge");
    }
  }

  void ReadChats(const Values& slack, const Values& telegram) {
    ChatSettings& out = config_->chats;
    out.slack_signing_secret = slack.String("signing_secret");
    out.slack_signing_secret_file = config::ResolvePath(slack.String("signing_secret_file"), directory_);
    if (!out.slack_signing_secret.empty() && !out.slack_signing_secret_file.empty()) {
      Wrong(slack.MarkOf("signing_secret"), "slack: at most one of signing_secret and signing_secret_file");
    }
    out.telegram_buttons = telegram.Bool("buttons");
    out.telegram_users = telegram.Strings("users");
    for (size_t i = 0; i < out.telegram_users.size(); ++i) {
      const std::string& user = out.telegram_users[i];
      const bool is_number = base::ParseInt(user).has_value();
      if (is_number || (user.size() > 1 && user.front() == '@')) continue;
      Wrong(MarkOfItem(telegram, "users", i),
            "users: " + base::Quoted(user) + " is no number and no @name" +
                (user.empty() ? "" : ", did you mean " + base::Quoted("@" + user) + "?"));
    }
    if (!out.telegram_users.empty() && !out.telegram_buttons) {
      Warn(telegram.MarkOf("users"), "users: nobody can press a button: buttons: true is missing");
    }
  }

  // What others check in full is looked at here only for its names and parts, so that levels can name them.
  void ReadOwnReceivers(const Values& values) {
    const Node& list = config_->receivers;
    if (list.is_null()) return;
    if (!list.is_sequence()) return Wrong(values.MarkOf("receivers"), "receivers: must be a list (- name: ...)");
    for (const Node& item : list.items) {
      const Node* name = item.Find("name");
      if (name == nullptr || !name->is_scalar()) {
        Wrong(item.mark, "receivers: name is missing");
        continue;
      }
      std::vector<std::string> parts;
      for (const auto& [key, value] : item.entries) {
        if (!key.scalar.ends_with("_configs")) continue;
        const std::string kind = key.scalar.substr(0, key.scalar.size() - std::string_view("_configs").size());
        const size_t count = value.is_sequence() ? value.items.size() : (value.is_mapping() ? 1 : 0);
        for (size_t i = 0; i < count; ++i) parts.push_back(kind + "/" + std::to_string(i));
      }
      AddReceiver(name->scalar, std::move(parts), name->mark);
    }
  }

  void AddReceiver(const std::string& name, std::vector<std::string> parts, const Mark& mark) {
    if (const std::string wrong = WrongName(name); !wrong.empty()) return Wrong(mark, "name: " + wrong);
    if (!config_->parts.emplace(name, std::move(parts)).second) {
      Wrong(mark, "receiver " + base::Quoted(name) + " is there already" +
                      (surroundings_.receivers.contains(name) ? ", in alertmanager.yml" : ""));
    }
  }

  void ReadHook(const Values& values) {
    HookReceiver hook;
    hook.name = values.String("name");
    hook.once_per = values.String("once_per") == "entry" ? OncePer::kEntry : OncePer::kIncident;
    hook.max_per_hour = static_cast<int>(values.Integer("max_per_hour"));
    hook.values = values;
    if (!values.IsSetInFile("name") || !values.IsSetInFile("command")) return;
    const std::vector<std::string>& command = values.Strings("command");
    if (command.empty() || !command[0].starts_with('/')) {
      Wrong(values.MarkOf("command"), "command: must begin with an absolute path; no shell looks for it");
    } else if (command.size() == 1 && command[0].find(' ') != std::string::npos) {
      Wrong(values.MarkOf("command"), "command: is a list, [program, argument, ...]; no shell takes it apart");
    }
    AddReceiver(hook.name, {"hook/0"}, values.MarkOf("name"));
    if (!config_->hooks_enabled) {
      Warn(values.mark(),
           "hook receiver " + base::Quoted(hook.name) + " does not run: hooks: {enabled: true} is missing");
    }
    config_->hooks.push_back(std::move(hook));
  }

  void ReadPolicy(const Values& values) {
    Policy policy;
    policy.name = values.String("name");
    policy.ack_within = values.Duration("ack_within");
    policy.until = values.String("until") == "resolved" ? Until::kResolved : Until::kAck;
    policy.mark = values.mark();
    if (values.Section("cycles").Duration("every") > base::Duration::zero()) {
      policy.cycles =
          Cycles{values.Section("cycles").Duration("every"), static_cast<int>(values.Section("cycles").Integer("max"))};
    }
    if (values.IsSetInFile("name")) {
      if (const std::string wrong = WrongName(policy.name); !wrong.empty()) {
        Wrong(values.MarkOf("name"), "name: " + wrong);
      }
      if (policy.name == kNoPolicy) {
        Wrong(values.MarkOf("name"), "name: \"none\" means that there is no policy; choose another");
      }
      if (const Policy* first = config_->FindPolicy(policy.name)) {
        Wrong(values.MarkOf("name"),
              "policy " + base::Quoted(policy.name) + " is there already, in " + first->mark.ToString());
      }
    }
    for (const Values& level : values.Sections("levels")) ReadLevel(level, &policy);
    if (policy.levels.empty() && values.IsSetInFile("levels")) {
      Wrong(values.MarkOf("levels"), "levels: at least one is needed");
    }
    if (policy.levels.size() > kMaxLevels) {
      Wrong(values.MarkOf("levels"), "levels: more than " + std::to_string(kMaxLevels));
    }
    config_->policies.push_back(std::move(policy));
  }

  void ReadLevel(const Values& values, Policy* policy) {
    Level level;
    level.name = values.String("name");
    level.title = values.Has("title") ? values.String("title") : level.name;
    level.after = values.Duration("after");
    level.repeat_every = values.Duration("repeat_every");
    level.receivers = ReceiversOf(values, "receivers");
    level.mute_time_intervals = IntervalsOf(values, "mute_time_intervals");
    level.active_time_intervals = IntervalsOf(values, "active_time_intervals");
    ReadOutside(values, &level);
    if (values.IsSetInFile("name")) {
      if (const std::string wrong = WrongName(level.name); !wrong.empty())
        Wrong(values.MarkOf("name"), "name: " + wrong);
      if (policy->FindLevel(level.name) != nullptr) {
        Wrong(values.MarkOf("name"), "level " + base::Quoted(level.name) + " is in this policy already");
      }
    }
    if (level.repeat_every > base::Duration::zero() && level.repeat_every < base::seconds(1)) {
      Wrong(values.MarkOf("repeat_every"), "repeat_every: must be at least 1s, or 0s for never");
    }
    CheckAfter(values, level, *policy);
    policy->levels.push_back(std::move(level));
  }

  void CheckAfter(const Values& values, const Level& level, const Policy& policy) {
    if (!values.IsSetInFile("after")) return;
    const Mark mark = values.MarkOf("after");
    if (policy.levels.empty()) {
      if (level.after != base::Duration::zero()) {
        Wrong(mark,
              "after: the first level begins with the incident, 0s; to wait longer, give the rule a longer `for`");
      }
    } else if (level.after < policy.levels.back().after) {
      Wrong(mark, "after: is earlier than that of " + base::Quoted(policy.levels.back().name) + " before it");
    }
    if (policy.cycles && level.after >= policy.cycles->every) {
      Wrong(mark, "after: the ladder starts over before this level is reached (cycles: every)");
    }
  }

  // `outside` is a word, or a mapping with receivers.
  void ReadOutside(const Values& values, Level* level) {
    const Node* node = values.Tree("outside");
    if (node == nullptr || node->is_null()) return;
    if (level->mute_time_intervals.empty() && level->active_time_intervals.empty()) {
      Warn(values.MarkOf("outside"), "outside: says nothing without mute_time_intervals or active_time_intervals");
    }
    if (node->is_mapping()) {
      const Values outside = config::Check(*node, kOutsideOptions, &errors_);
      level->outside = Outside::kReceivers;
      level->outside_receivers = ReceiversOf(outside, "receivers");
    } else if (node->is_scalar() && node->scalar == "skip") {
      level->outside = Outside::kSkip;
    } else if (node->is_scalar() && node->scalar == "defer") {
      level->outside = Outside::kDefer;
    } else {
      Wrong(node->mark,
            "outside: must be defer, skip or {receivers: [...]}" + DidYouMean(node->scalar, {"skip", "defer"}));
    }
  }

  std::vector<std::string> ReceiversOf(const Values& values, std::string_view key) {
    const std::vector<std::string>& names = values.Strings(key);
    if (values.IsSetInFile(key) && names.empty()) {
      Wrong(values.MarkOf(key), "receivers: a level must tell somebody");
    }
    if (names.size() > kMaxReceiversOfLevel) {
      Wrong(values.MarkOf(key), "receivers: more than " + std::to_string(kMaxReceiversOfLevel));
    }
    std::set<std::string_view> seen;
    for (size_t i = 0; i < names.size(); ++i) {
      if (!seen.insert(names[i]).second) {
        Wrong(MarkOfItem(values, key, i), "receiver " + base::Quoted(names[i]) + " is named twice");
      }
      if (config_->parts.contains(names[i])) continue;
      std::vector<std::string_view> known;
      for (const auto& [name, parts] : config_->parts) known.push_back(name);
      Wrong(MarkOfItem(values, key, i), "receiver " + base::Quoted(names[i]) +
                                            " is neither in alertmanager.yml nor here" + DidYouMean(names[i], known));
    }
    return names;
  }

  std::vector<std::string> IntervalsOf(const Values& values, std::string_view key) {
    const std::vector<std::string>& names = values.Strings(key);
    for (size_t i = 0; i < names.size(); ++i)
      CheckInterval(config_->intervals, names[i], MarkOfItem(values, key, i), &errors_);
    return names;
  }

  void ReadAssignment(const Values& values) {
    Assignment row;
    row.immediate = values.Bool("immediate");
    row.mark = values.mark();
    const std::string& policy = values.String("policy");
    if (policy != kNoPolicy) row.policy = policy;
    if (values.IsSetInFile("policy") && policy != kNoPolicy && config_->FindPolicy(policy) == nullptr) {
      std::vector<std::string_view> known = {kNoPolicy};
      for (const Policy& one : config_->policies) known.push_back(one.name);
      Wrong(values.MarkOf("policy"), "policy " + base::Quoted(policy) + " is not there" + DidYouMean(policy, known));
    }
    const std::vector<std::string>& texts = values.Strings("matchers");
    for (size_t i = 0; i < texts.size(); ++i) {
      auto matchers = surroundings_.read_matchers(texts[i]);
      if (!matchers.ok()) {
        Wrong(MarkOfItem(values, "matchers", i), "matchers: " + matchers.status().message());
        continue;
      }
      for (model::Matcher& matcher : *matchers) {
        expression_cost_ += matcher.expression_cost();
        row.matchers.push_back(std::move(matcher));
      }
    }
    if (expression_cost_ > kMaxExpressionCost) {
      Wrong(values.MarkOf("matchers"), "matchers: the regular expressions of this file are too costly together");
      expression_cost_ = 0;
    }
    WarnOfUnreachable(row);
    config_->assignments.push_back(std::move(row));
  }

  void WarnOfUnreachable(const Assignment& row) {
    if (config_->assignments.empty() || !config_->assignments.back().matchers.empty()) return;
    Warn(row.mark, "is never reached: " + config_->assignments.back().mark.ToString() + " takes every alert");
  }

  void WarnOfUnused() {
    for (const Policy& policy : config_->policies) {
      const bool used = std::any_of(config_->assignments.begin(), config_->assignments.end(),
                                    [&](const Assignment& row) { return row.policy == policy.name; });
      if (!used) Warn(policy.mark, "policy " + base::Quoted(policy.name) + " is in none of the escalations");
    }
  }

  const Surroundings& surroundings_;
  base::FileSystem& fs_;
  std::string directory_;
  std::shared_ptr<EscalationConfig> config_;
  Errors errors_;
  size_t expression_cost_ = 0;
};

}  // namespace

const Level* Policy::FindLevel(std::string_view level) const {
  const auto found = std::find_if(levels.begin(), levels.end(), [&](const Level& one) { return one.name == level; });
  return found == levels.end() ? nullptr : &*found;
}

const Policy* EscalationConfig::FindPolicy(std::string_view name) const {
  const auto found =
      std::find_if(policies.begin(), policies.end(), [&](const Policy& policy) { return policy.name == name; });
  return found == policies.end() ? nullptr : &*found;
}

const HookReceiver* EscalationConfig::FindHook(std::string_view name) const {
  const auto found =
      std::find_if(hooks.begin(), hooks.end(), [&](const HookReceiver& hook) { return hook.name == name; });
  return found == hooks.end() ? nullptr : &*found;
}

std::optional<size_t> EscalationConfig::Assign(const model::Labels& labels) const {
  for (size_t i = 0; i < assignments.size(); ++i) {
    if (model::MatchesAll(assignments[i].matchers, labels)) return i;
  }
  return std::nullopt;
}

bool EscalationConfig::IsMuted(const Level& level, base::Timestamp at) const {
  const auto in = [&](const std::vector<std::string>& names) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return std::any_of(intervals.begin(), intervals.end(),
                         [&](const auto& interval) { return interval.name == name && interval.Contains(at); });
    });
  };
  return in(level.mute_time_intervals) || (!level.active_time_intervals.empty() && !in(level.active_time_intervals));
}

base::Result<std::shared_ptr<const EscalationConfig>> LoadEscalationConfig(std::string_view text,
                                                                           const std::string& file,
                                                                           const Surroundings& surroundings,
                                                                           base::FileSystem& fs) {
  ASSIGN_OR_RETURN(const Node root, config::ParseYaml(text, file, kLimits));
  return Loader(file, surroundings, fs).Load(root);
}

std::span<const config::Option> EscalationOptions() {
  return kFileOptions;
}

}  // namespace bekci::notify::escalation
