// HttpIntegration: a medium behind an HTTP API. What differs between media is one row, HttpKind: its name, what its
// vendor means by a status, and the function that makes its questions and reads its answers.
//
// An HttpJob is one delivery under way: it expands templates, reads secrets and asks, and remembers the first thing
// that could not be made, so that the function of a kind reads straight down; a job that failed sends nothing.
//
// Source: receivers.md section 0. Thread rule: HttpIntegration any thread, several at once; an HttpJob belongs to one.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/notify/receivers/http_sender.h"
#include "agent/notify/receivers/integration.h"
#include "agent/notify/receivers/json.h"
#include "agent/notify/receivers/parts.h"
#include "agent/notify/receivers/settings.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::receivers {

class HttpJob;

struct HttpKind {
  std::string_view name;
  Codes codes = {};
  bool deduplicates = false;  // the vendor can tell that it has a message already
  Delivery (*deliver)(HttpJob& job) = nullptr;
  // What the option table cannot see. Errors: invalid, naming the key.
  base::Status (*check)(const Settings& settings) = nullptr;
};

// What an integration keeps between deliveries, until the process ends: a token that was got, an address that moved.
class Memory {
 public:
  std::string Get(const std::string& key) const;
  void Set(const std::string& key, std::string value);

 private:
  mutable base::Mutex mutex_;
  std::map<std::string, std::string> values_ GUARDED_BY(mutex_);
};

class HttpJob {
 public:
  // All outlive it. `deadline`: of the whole delivery.
  HttpJob(const HttpKind& kind, const Settings& settings, const Parts& parts, HttpSender& sender, Memory& memory,
          const message::Notification& notification, base::MonotonicTime deadline);

  const message::Notification& notification() const { return notification_; }
  const Settings& settings() const { return settings_; }
  const Parts& parts() const { return parts_; }
  Memory& memory() { return memory_; }
  bool firing() const { return firing_; }

  // The template of a key, expanded; empty when the key is not set.
  std::string Text(std::string_view key) { return Text(settings_, key); }
  std::string Text(const Settings& settings, std::string_view key);
  std::string Html(std::string_view key);
  std::string Expanded(std::string_view key, const std::string& text);
  // As Text, with "true" and "false" in any case and 1, t, T understood.
  bool Flag(std::string_view key);
  // The secret of `key` or `key`_file as it is now.
  std::string Secret(std::string_view key);
  // A further value that must not be seen.
  void Hide(const std::string& value);
  // From here on texts are expanded over this notification instead: the same one with its values escaped for a medium.
  void ExpandOver(const message::Notification* notification) { texts_of_ = notification; }

  // Whether it is a level's message that somebody is to answer.
  bool AsksToAcknowledge() const;
  // The link to acknowledge, of a level's message that asks for it; empty otherwise, or when `text` has it already.
  std::string AckUrl(std::string_view text = {}) const;
  // The message's name for ever as the field Idempotency-Key; none where it has no name.
  net::HttpFetcher::Fields IdempotencyField() const;
  // Whether the message only says that somebody acknowledged.
  bool IsAcknowledgement() const;

  // Something could not be made: nothing will be sent, and this is what Judge says.
  void Fail(Delivery failure);
  bool failed() const { return failure_.has_value(); }
  const Delivery& failure() const { return *failure_; }

  // When the job has failed, the reply says so.
  HttpReply Ask(const HttpQuestion& question);
  HttpReply PostJson(const std::string& url, std::string body);
  Delivery Judged(const HttpReply& reply) const;
  // The common case: ask, and judge by the status alone.
  Delivery Deliver(const HttpQuestion& question) { return Judged(Ask(question)); }
  // The detail with all that must not be seen taken out, bounded.
  Delivery Redacted(Delivery delivery) const;

 private:
  std::string Take(base::Result<std::string> result, std::string_view key);

  const HttpKind& kind_;
  const Settings& settings_;
  const Parts& parts_;
  HttpSender& sender_;
  Memory& memory_;
  const message::Notification& notification_;
  const message::Notification* texts_of_;
  const base::MonotonicTime deadline_;
  const bool firing_;
  std::vector<std::string> hidden_;
  std::optional<Delivery> failure_;
};

class HttpIntegration : public Integration {
 public:
  // `kind` and `parts` outlive it.
  HttpIntegration(const HttpKind& kind, const routing::IntegrationConfig& config, const Parts& parts);

  std::string_view kind() const override { return kind_.name; }
  Delivery Deliver(const message::Notification& notification, base::MonotonicTime deadline) override;
  base::Status Check() const;

 private:
  const HttpKind& kind_;
  const Parts& parts_;
  const config::Values values_;
  const Settings settings_;
  const bool send_resolved_;
  HttpSender sender_;
  Memory memory_;
};

// Whether there is anything to say: firing alerts, or resolved ones that are wanted. Acknowledgements and the like are.
bool HasWords(const message::Notification& notification, bool send_resolved);
// sha256 of the group's key in hexadecimal: under which vendors know the group, as Alertmanager tells them.
std::string GroupHash(const message::Notification& notification);
// A secret and what of it must not be seen alone: of an URL the parts of its path and query that look like keys.
std::vector<std::string> SecretParts(const std::string& secret);
// `text` with every one of `secrets` replaced by <secret>.
std::string Redacted(std::string text, const std::vector<std::string>& secrets);
// Labels that all alerts have in common, in order.
std::vector<std::pair<std::string, std::string>> CommonLabels(const message::Notification& notification);

}  // namespace bekci::notify::receivers
