// EscalationConfig: an escalation.yml, whole and checked: which alerts run under which policy, whom its levels tell and
// when, acknowledging, on-call schedules.
//
// The file stands beside an unmodified alertmanager.yml and names receivers and time intervals of that one, so these
// are handed in. Every mistake is told with file and line, all of them at once, with what was probably meant.
//
// Source: escalation.md section 3. Thread rule: immutable once loaded; shared.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/config/option.h"
#include "agent/model/labels.h"
#include "agent/model/matcher.h"
#include "agent/notify/escalation/oncall.h"
#include "agent/notify/routing/time_interval.h"

namespace bekci::notify::escalation {

// What stops the ladder.
enum class Until : unsigned char { kAck, kResolved };
// What becomes of a level that falls due in a time that is muted for it.
enum class Outside : unsigned char {
  kSkip,
  kDefer,      // it is entered when the time opens
  kReceivers,  // others are told instead
};

struct Level {
  std::string name;   // "L2"
  std::string title;  // "cross-team"
  base::Duration after{};
  std::vector<std::string> receivers;
  base::Duration repeat_every{};  // 0: it is not repeated
  std::vector<std::string> mute_time_intervals;
  std::vector<std::string> active_time_intervals;
  Outside outside = Outside::kDefer;
  std::vector<std::string> outside_receivers;
};

struct Cycles {
  base::Duration every{};
  int max = 0;  // how often the ladder starts over
};

struct Policy {
  std::string name;
  base::Duration ack_within{};  // 0: there is no target
  Until until = Until::kAck;
  std::optional<Cycles> cycles;
  std::vector<Level> levels;  // at least one; `after` 0 first, never falling
  config::Mark mark;

  // Null: there is none of that name.
  const Level* FindLevel(std::string_view name) const;
};

// One row of `escalations`: alerts that meet all matchers run under the policy. Its place is its importance.
struct Assignment {
  std::vector<model::Matcher> matchers;
  std::string policy;  // empty: `none`, these alerts do not escalate
  bool immediate = false;
  config::Mark mark;
};

struct AckSettings {
  base::Duration timeout{};
  bool mutes_repeats = true;
};

struct LinkSettings {
  std::string base_url;         // empty: there are no links
  std::string listen_address;   // empty: no listener of their own
  std::string key_file;         // full path
  std::string web_config_file;  // full path; TLS of that listener, in exporter-toolkit's format; empty: none
  base::Duration valid_for{};
};

// How presses of buttons in chats reach us. Where they do not, buttons are links.
struct ChatSettings {
  std::string slack_signing_secret;       // at most one of the two
  std::string slack_signing_secret_file;  // full path
  bool telegram_buttons = false;
  std::vector<std::string> telegram_users;  // "101", "@ana"; none: everybody in the chats that are told

  bool slack_buttons() const { return !slack_signing_secret.empty() || !slack_signing_secret_file.empty(); }
};

enum class OncePer : unsigned char { kIncident, kEntry };

struct HookReceiver {
  std::string name;
  OncePer once_per = OncePer::kIncident;
  int max_per_hour = 0;
  config::Values values;  // all of it, for the medium that runs the command
};

// What one part of a receiver is called in keys: its kind and its place among those of that kind, "webhook/0".
using ReceiverParts = std::map<std::string, std::vector<std::string>>;

struct EscalationConfig {
  std::vector<Policy> policies;
  std::vector<Assignment> assignments;
  AckSettings ack;
  base::Duration reopen_within{};
  bool pauses_while_suppressed = true;
  LinkSettings links;
  ChatSettings chats;
  bool hooks_enabled = false;
  std::vector<HookReceiver> hooks;
  std::vector<Schedule> schedules;
  bool escalation_payload = true;
  // Parts that others check; null where the file has none.
  config::Node heartbeats;
  config::Node receivers;

  ReceiverParts parts;                                // of every receiver: those handed in, its own, the hooks
  std::vector<routing::NamedTimeInterval> intervals;  // those handed in
  std::vector<std::string> warnings;                  // "escalation.yml:14: ..."
  std::string file;

  const Policy* FindPolicy(std::string_view name) const;
  const HookReceiver* FindHook(std::string_view name) const;
  // The place of the first assignment that takes an alert; nullopt: none does.
  std::optional<size_t> Assign(const model::Labels& labels) const;
  // Whether `level` may not speak at `at`.
  bool IsMuted(const Level& level, base::Timestamp at) const;
};

// What the file refers to and does not hold.
struct Surroundings {
  ReceiverParts receivers;  // of alertmanager.yml
  std::vector<routing::NamedTimeInterval> intervals;
  // A text of matchers as alertmanager.yml has them: routing/matcher_text.h.
  std::function<base::Result<std::vector<model::Matcher>>(std::string_view)> read_matchers;
};

// `text` of `file`; relative paths in it are seen from the file's directory. Errors: invalid, a line for each mistake.
base::Result<std::shared_ptr<const EscalationConfig>> LoadEscalationConfig(std::string_view text,
                                                                           const std::string& file,
                                                                           const Surroundings& surroundings,
                                                                           base::FileSystem& fs);

// The rows of the file, for the printed documentation.
std::span<const config::Option> EscalationOptions();

}  // namespace bekci::notify::escalation
