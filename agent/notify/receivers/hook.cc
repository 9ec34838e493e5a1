#include "agent/notify/receivers/hook.h"

#include <string.h>

#include <algorithm>
#include <atomic>
#include <utility>

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
      : parts_(parts), values_(config.values), send_resolved_(config.send_resolved), user_(std::move(user)) {}

  std::string_view kind() const override { return "hook"; }

  Delivery Deliver(const message::Notification& notification, base::MonotonicTime deadline) override {
    if (!parts_.hooks_enabled) return Failure(Outcome::kPermanent, "other", "hooks are off (hooks: {enabled: true})");
    if (!HasWords(notification, send_resolved_)) return Failure(Outcome::kNothing, "", "");
    HookCommand command;
    command.argv = values_.Strings("command");
    auto path = TrustedCommand(command.argv.front());
    if (!path.ok()) return Failure(Outcome::kAuthError, "authError", path.status().message());
    command.argv.front() = *path;
    command.environment = HookEnvironment(notification);
    command.input = parts_.texts.WebhookBody(notification, 0, true);
    command.user = user_;
    command.abandoned = &abandoned_;
    return JudgeHook(RunHook(command, std::min(deadline, parts_.clock.Monotonic() + longest()), parts_.clock));
  }

  base::Duration longest() const override { return values_.Duration("timeout"); }
  void Abandon() override { abandoned_ = true; }

 private:
  const Parts& parts_;
  const config::Values values_;
  const bool send_resolved_;
  const std::optional<HookUser> user_;
  std::atomic<bool> abandoned_{false};
};

}  // namespace

Delivery JudgeHook(const base::Result<HookResult>& run) {
  if (!run.ok()) {
    const base::Code code = run.status().code();
    if (code == base::Code::kTimeout) {
      return Failure(Outcome::kPermanent, "contextDeadlineExceeded", run.status().message());
    }
    const bool may_work = code == base::Code::kLimit || code == base::Code::kUnavailable;
    return Failure(may_work ? Outcome::kRetryable : Outcome::kPermanent, "other", run.status().message());
  }
  const HookResult& result = *run;
  Delivery delivery;
  const std::string output = Clean(result.output, true);
  delivery.detail = output.empty() ? "" : ": " + output;
  if (result.ended()) {
    delivery.outcome = Outcome::kPermanent;
    delivery.reason = result.timed_out ? "contextDeadlineExceeded" : "contextCanceled";
    delivery.detail = (result.timed_out ? "it took too long and was ended, it is not run again"
                                        : "bekci was stopped and ended it, it is not run again") +
                      delivery.detail;
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
  return std::unique_ptr<Integration>(std::make_unique<Hook>(config, std::move(user), parts));
}

}  // namespace bekci::notify::receivers
