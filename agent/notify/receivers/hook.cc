#include "agent/notify/receivers/hook.h"

#include <string.h>

#include <algorithm>
#include <deque>

#include "agent/base/mutex.h"
#include "agent/notify/receivers/http_integration.h"
#include "agent/wire/utf8.h"

namespace bekci::notify::receivers {
namespace {

constexpr size_t kMaxVariableBytes = 4096;
constexpr int kTemporaryFailure = 75;  // EX_TEMPFAIL of sysexits.h
constexpr int kNoPermission = 77;      // EX_NOPERM

// One line, or the lines of a command's output: no other control characters, valid UTF-8.
std::string Clean(std::string_view text, bool keep_lines) {
  std::string clean;
  wire::AppendValidUtf8(text, &clean);
  std::replace_if(
      clean.begin(), clean.end(),
      [&](char c) { return (static_cast<unsigned char>(c) < ' ' && !(keep_lines && c == '\n')) || c == '\x7f'; }, ' ');
  return clean;
}

class Hook final : public Integration {
 public:
  Hook(const routing::IntegrationConfig& config, std::optional<HookUser> user, const Parts& parts)
      : parts_(parts), values_(config.values), send_resolved_(config.send_resolved), user_(user) {}

  std::string_view kind() const override { return "hook"; }

  Delivery Deliver(const message::Notification& notification, base::MonotonicTime deadline) override {
    if (!parts_.hooks_enabled) return Failure(Outcome::kPermanent, "other", "hooks are off (hooks: {enabled: true})");
    if (!HasWords(notification, send_resolved_) || SaidAlready(notification)) return Failure(Outcome::kNothing, "", "");
    HookCommand command;
    command.argv = values_.Strings("command");
    auto path = TrustedCommand(command.argv.front());
    if (!path.ok()) return Failure(Outcome::kAuthError, "authError", path.status().message());
    if (!MayStart()) return Failure(Outcome::kPermanent, "other", "it was started max_per_hour times in the last hour");
    command.argv.front() = *path;
    command.environment = HookEnvironment(notification);
    command.input = parts_.texts.WebhookBody(notification, 0, true);
    command.user = user_;
    const base::MonotonicTime end = std::min(deadline, parts_.clock.Monotonic() + values_.Duration("timeout"));
    auto result = RunHook(command, end, parts_.clock);
    if (!result.ok()) return Failure(Outcome::kPermanent, "other", result.status().message());
    return JudgeHook(*result);
  }

 private:
  bool SaidAlready(const message::Notification& notification) const {
    if (values_.String("once_per") != "incident" || !notification.escalation) return false;
    return notification.escalation->reason == "repeat" || notification.escalation->state == "acked";
  }

  bool MayStart() {
    const auto most = static_cast<size_t>(values_.Integer("max_per_hour"));
    if (most == 0) return true;
    base::MutexLock lock(mutex_);
    const base::MonotonicTime now = parts_.clock.Monotonic();
    while (!starts_.empty() && now - starts_.front() >= base::hours(1)) starts_.pop_front();
    if (starts_.size() >= most) return false;
    starts_.push_back(now);
    return true;
  }

  const Parts& parts_;
  const config::Values values_;
  const bool send_resolved_;
  const std::optional<HookUser> user_;
  base::Mutex mutex_;
  std::deque<base::MonotonicTime> starts_ GUARDED_BY(mutex_);
};

}  // namespace

Delivery JudgeHook(const HookResult& result) {
  Delivery delivery;
  const std::string output = Clean(result.output, true);
  delivery.detail = output.empty() ? "" : ": " + output;
  if (result.timed_out) {
    delivery.outcome = Outcome::kRetryable;
    delivery.reason = "contextDeadlineExceeded";
    delivery.detail = "it took too long and was ended" + delivery.detail;
    return delivery;
  }
  if (result.signal != 0) {
    delivery.outcome = Outcome::kPermanent;
    delivery.reason = "other";
    delivery.detail = "killed by signal " + std::to_string(result.signal) + delivery.detail;
    return delivery;
  }
  delivery.status = result.exit_code;
  delivery.detail = "exit " + std::to_string(result.exit_code) + delivery.detail;
  if (result.exit_code == 0) return delivery;
  delivery.reason = "other";
  delivery.outcome = Outcome::kPermanent;
  if (result.exit_code == kTemporaryFailure) delivery.outcome = Outcome::kRetryable;
  if (result.exit_code == kNoPermission) {
    delivery.outcome = Outcome::kAuthError;
    delivery.reason = "authError";
  }
  return delivery;
}

std::vector<std::string> HookEnvironment(const message::Notification& notification) {
  std::vector<std::string> environment = {"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                          "LANG=C.UTF-8"};
  const auto add = [&](const char* name, std::string_view value) {
    environment.push_back(std::string(name) + "=" + Clean(value.substr(0, kMaxVariableBytes), false));
  };
  add("STATUS", notification.firing() ? "firing" : "resolved");
  add("GROUP_KEY", notification.group_key);
  add("RECEIVER", notification.receiver);
  add("DELIVERY_ID", notification.delivery_id);
  if (notification.escalation) {
    add("INCIDENT_ID", notification.escalation->id);
    add("POLICY", notification.escalation->policy);
    add("LEVEL", notification.escalation->level);
  }
  return environment;
}

base::Result<std::unique_ptr<Integration>> MakeHook(const routing::IntegrationConfig& config, const Parts& parts) {
  std::optional<HookUser> user;
  if (parts.hooks_enabled) {
    const Settings settings(config.values);
    ASSIGN_OR_RETURN(user, HookUserOf(settings.Text("user")));
    const auto command = settings.Texts("command");
    if (command.empty()) return base::Invalid("command: it is empty");
    auto path = TrustedCommand(command.front());
    if (!path.ok()) return std::move(path).status().WithContext("command");
  }
  return std::unique_ptr<Integration>(std::make_unique<Hook>(config, user, parts));
}

}  // namespace bekci::notify::receivers
