// ReceiverKinds: what may stand under webhook_configs, email_configs and the sixteen others, as tables.
//
// A kind is a list of keys with defaults (Alertmanager's own template calls), and what must hold between them: which
// keys hold URLs, which exclude each other, which are needed, what comes from the global section when it is not given.
// The few things that tables cannot say are functions. Adding a kind is adding a row.
//
// Source: Alertmanager 0.34, config/notifiers.go and its documentation. Thread rule: constant.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "agent/config/option.h"

namespace bekci::notify::routing {

struct UrlKey {
  std::string_view key;
  bool may_be_template = false;  // with {{ in it only its syntax is checked
};

// At most one of the two.
struct Exclusive {
  std::string_view first;
  std::string_view second;
};

// At least one of the keys (the second may be empty) must say something.
struct Needs {
  std::array<std::string_view, 2> keys;
  std::string_view otherwise;  // the message
};

// Where none of `keys` says anything, they become what `globals` say. `otherwise` is the message where these say
// nothing either; empty: then nothing is missing.
struct FromGlobal {
  std::array<std::string_view, 2> keys;
  std::array<std::string_view, 2> globals;
  std::string_view otherwise;
  bool ends_in_slash = false;  // an URL to which paths are added
};

// A configuration on its way to its Values: what stood in the file, and what stood under global, with defaults.
struct Draft {
  config::Node* node;
  const config::Node& global;
  config::Errors* errors;
};

struct ReceiverKind {
  std::string_view name;      // "webhook"
  std::string_view list_key;  // "webhook_configs"
  std::span<const config::Option> options;
  std::span<const UrlKey> urls = {};
  std::span<const Exclusive> exclusive = {};
  std::span<const Needs> needs = {};
  std::span<const FromGlobal> from_global = {};
  // Adds to the draft what depends on more than one key; before from_global.
  void (*prepare)(const Draft& draft) = nullptr;
  // Looks at the finished values.
  void (*check)(const config::Values& values, config::Errors* errors) = nullptr;
  // Keys with a default that Alertmanager 0.25 does not know: printed only where the file has them.
  std::span<const std::string_view> newer = {};
};

// In the order in which Alertmanager builds them.
std::span<const ReceiverKind> ReceiverKinds();

// The keys under global:, with defaults, and what must hold between them.
std::span<const config::Option> GlobalOptions();
std::span<const UrlKey> GlobalUrls();
std::span<const Exclusive> GlobalExclusive();
std::span<const std::string_view> GlobalNewer();

// Parts of the table, each in a file of its own.
std::span<const ReceiverKind> MailKinds();       // webhook, email
std::span<const ReceiverKind> PagingKinds();     // pagerduty, opsgenie, victorops, pushover, sns, incidentio, jira
std::span<const ReceiverKind> ChatKinds();       // slack, rocketchat, mattermost
std::span<const ReceiverKind> MessengerKinds();  // telegram, discord, webex, wechat, msteams, msteamsv2

}  // namespace bekci::notify::routing
