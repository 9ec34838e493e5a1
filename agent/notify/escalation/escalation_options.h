// The keys of escalation.yml.
#pragma once

#include "agent/config/option.h"
#include "agent/notify/receivers/hook_options.h"

namespace bekci::notify::escalation {

using config::Option;
using config::Type;

inline constexpr std::string_view kUntilWords[] = {"ack", "resolved"};
inline constexpr std::string_view kSuppressedWords[] = {"pause", "run"};

inline constexpr Option kLevelOptions[] = {
    {.key = "name", .help = "What messages call it: L1, L2 ...", .required = true},
    {.key = "title", .help = "In words: cross-team. Default: the name."},
    {.key = "after",
     .type = Type::kDuration,
     .help = "When it is called, on the incident's clock, which starts with the incident. 0s for the first.",
     .min = 0,
     .max = 30 * 86400.0,
     .required = true},
    {.key = "receivers",
     .type = Type::kStrings,
     .help = "Who is told: receivers of alertmanager.yml, of `receivers` here, or of `hook_receivers`.",
     .required = true},
    {.key = "repeat_every",
     .type = Type::kDuration,
     .default_text = "0s",
     .help = "Tells them again, as long as nobody acknowledges. 0s: once is enough.",
     .min = 0,
     .max = 7 * 86400.0},
    {.key = "mute_time_intervals", .type = Type::kStrings, .help = "Times in which this level is not called."},
    {.key = "active_time_intervals", .type = Type::kStrings, .help = "The only times in which this level is called."},
    {.key = "outside",
     .type = Type::kTree,
     .help =
         "What happens when it falls due in a muted time: defer (called when the time opens, the default), skip, or "
         "receivers: [...] who are told instead."},
};
inline constexpr Option kOutsideOptions[] = {
    {.key = "receivers", .type = Type::kStrings, .help = "Who is told instead.", .required = true},
};
inline constexpr Option kCyclesOptions[] = {
    {.key = "every",
     .type = Type::kDuration,
     .help = "How long one climb of the ladder lasts.",
     .min = 1,
     .max = 30 * 86400.0,
     .required = true},
    {.key = "max",
     .type = Type::kInteger,
     .default_text = "1",
     .help = "How often the ladder starts over. After that the highest level is told, once, that nobody answered.",
     .min = 0,
     .max = 100},
};
inline constexpr Option kPolicyOptions[] = {
    {.key = "name", .required = true},
    {.key = "ack_within",
     .type = Type::kDuration,
     .help = "Target: how soon somebody should have acknowledged. Measured, shown; the ladder itself is `levels`.",
     .min = 1,
     .max = 30 * 86400.0},
    {.key = "until",
     .type = Type::kChoice,
     .default_text = "ack",
     .help = "What stops the ladder: ack, or only resolved.",
     .choices = kUntilWords},
    {.key = "cycles", .type = Type::kSection, .help = "Unanswered: start over.", .section = kCyclesOptions},
    {.key = "levels", .type = Type::kSections, .help = "The ladder.", .required = true, .section = kLevelOptions},
};
inline constexpr Option kAssignmentOptions[] = {
    {.key = "matchers", .type = Type::kStrings, .help = "As in alertmanager.yml; all must match. None: every alert."},
    {.key = "policy", .help = "Its name, or none: these alerts do not escalate.", .required = true},
    {.key = "immediate",
     .type = Type::kBool,
     .default_text = "false",
     .help = "The first level is called the moment such an alert arrives, without group_wait."},
};
inline constexpr Option kAckOptions[] = {
    {.key = "timeout",
     .type = Type::kDuration,
     .default_text = "4h",
     .help = "How long an acknowledgement holds; then the ladder goes on where it stood.",
     .min = 1,
     .max = 30 * 86400.0},
    {.key = "mutes_repeats",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Also no ordinary repeat_interval reminders while acknowledged."},
};
inline constexpr Option kLinkOptions[] = {
    {.key = "base_url", .help = "What links in messages begin with: how a phone reaches this host. None: no links."},
    {.key = "listen_address", .help = "A listener of their own, which serves them, Slack's buttons and nothing else."},
    {.key = "key_file",
     .default_text = "ack.key",
     .help = "The keys that sign links; made when missing. A line each, the first one signs."},
    {.key = "web_config_file", .help = "TLS of the listener, in the format of exporter-toolkit."},
    {.key = "valid_for",
     .type = Type::kDuration,
     .default_text = "24h",
     .help = "How long a link can be used.",
     .min = 60,
     .max = 30 * 86400.0},
};
inline constexpr Option kHooksOptions[] = {
    {.key = "enabled",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Whether hook receivers run their commands."},
};
inline constexpr Option kRotationOptions[] = {
    {.key = "members", .type = Type::kStrings, .help = "In the order of their turns.", .required = true},
    {.key = "start", .help = "When the first turn begins, local time: 2026-01-05T09:00.", .required = true},
    {.key = "length",
     .type = Type::kDuration,
     .default_text = "7d",
     .help = "Of a turn, by the clock on the wall: 7d from 09:00 is 09:00.",
     .min = 60,
     .max = 366 * 86400.0},
    {.key = "active_time_intervals", .type = Type::kStrings, .help = "The only times in which this rotation speaks."},
};
inline constexpr Option kOverrideOptions[] = {
    {.key = "member", .required = true},
    {.key = "from", .help = "Local time.", .required = true},
    {.key = "to", .help = "Local time; not included.", .required = true},
};
inline constexpr Option kScheduleOptions[] = {
    {.key = "name", .required = true},
    {.key = "location", .help = "The zone of its times: Europe/Istanbul. Default: UTC."},
    {.key = "rotations", .type = Type::kSections, .help = "A later one wins.", .section = kRotationOptions},
    {.key = "overrides", .type = Type::kSections, .help = "Win over rotations.", .section = kOverrideOptions},
    {.key = "contacts",
     .type = Type::kTree,
     .help = "How each member is reached: {ana: {email: ana@example.test}}; for {{ .OnCall \"name\" \"email\" }}."},
};
inline constexpr Option kSlackOptions[] = {
    {.key = "signing_secret",
     .help = "Of the app whose \"Interactivity Request URL\" is this agent's /api/v1/slack/actions.",
     .secret = true},
    {.key = "signing_secret_file", .type = Type::kSecretFile, .help = "File that holds it; read at each use."},
};
inline constexpr Option kTelegramOptions[] = {
    {.key = "buttons",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Ask the bots of telegram_configs who pressed a button. A bot has one reader: a bot for each host."},
    {.key = "users",
     .type = Type::kStrings,
     .help = "Who may press: numbers or @names. Default: everybody in the chats of telegram_configs."},
};
inline constexpr Option kFileOptions[] = {
    {.key = "policies", .type = Type::kSections, .help = "Ladders of levels.", .section = kPolicyOptions},
    {.key = "escalations",
     .type = Type::kSections,
     .help = "Which alerts run under which policy: the first that matches. Their order is their importance.",
     .section = kAssignmentOptions},
    {.key = "ack", .type = Type::kSection, .section = kAckOptions},
    {.key = "reopen_within",
     .type = Type::kDuration,
     .default_text = "10m",
     .help = "Fires again so soon after resolving: the same incident goes on.",
     .min = 0,
     .max = 7 * 86400.0},
    {.key = "suppressed",
     .type = Type::kChoice,
     .default_text = "pause",
     .help = "What an incident does while its whole group is silenced, inhibited or muted.",
     .choices = kSuppressedWords},
    {.key = "links", .type = Type::kSection, .help = "Links to acknowledge.", .section = kLinkOptions},
    {.key = "slack", .type = Type::kSection, .help = "Buttons in Slack that acknowledge.", .section = kSlackOptions},
    {.key = "telegram",
     .type = Type::kSection,
     .help = "Buttons in Telegram that acknowledge.",
     .section = kTelegramOptions},
    {.key = "hooks", .type = Type::kSection, .section = kHooksOptions},
    {.key = "hook_receivers",
     .type = Type::kSections,
     .help = "Receivers that run a command.",
     .section = receivers::kHookOptions},
    {.key = "oncall_schedules", .type = Type::kSections, .help = "Who is on call.", .section = kScheduleOptions},
    {.key = "escalation_payload",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Whether webhook payloads of levels have the key `escalation`."},
    {.key = "heartbeats",
     .type = Type::kTree,
     .help = "Beats that stay away when bekci is not well: name, url or url_file, interval, failing_url, method."},
    {.key = "receivers", .type = Type::kTree, .help = "Receivers of kinds that alertmanager.yml does not have."},
};

}  // namespace bekci::notify::escalation
