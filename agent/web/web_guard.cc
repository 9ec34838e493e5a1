#include "agent/web/web_guard.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/web/route.h"

namespace bekci::web {
namespace {

constexpr base::Duration kLookEvery = base::seconds(1);

}  // namespace

WebGuard::WebGuard(std::string path, WebConfig config, base::FileSystem& fs, base::Clock& clock, base::Logger& log,
                   config::EnvironmentLookup environment)
    : fs_(fs), clock_(clock), log_(log), environment_(std::move(environment)) {
  const std::optional<Seen> seen = Look(path);
  base::MutexLock lock(mutex_);
  path_ = std::move(path);
  policy_ = std::make_shared<WebPolicy>(std::move(config));
  seen_ = seen;
  next_look_ = clock_.Monotonic() + kLookEvery;
  tokens_ = static_cast<double>(policy_->config.rate_limit.burst);
  tokens_at_ = clock_.Monotonic();
}

void WebGuard::set_hooks(Hooks hooks) {
  base::MutexLock lock(mutex_);
  hooks_ = std::move(hooks);
}

std::optional<net::HttpResponse> WebGuard::Refuse(const net::HttpRequest& request) {
  RereadIfChanged();
  const std::shared_ptr<WebPolicy> policy = Current();
  if (!TakeToken(policy->config.rate_limit)) {
    net::HttpResponse response = TextAnswer(429, "429 too many requests: the rate limit of the web configuration file");
    response.headers.emplace_back("Retry-After", "1");
    return response;
  }
  switch (policy->auth.Check(request.Header("Authorization"))) {
    case AuthResult::kAllowed:
      return std::nullopt;
    case AuthResult::kBusy: {
      net::HttpResponse response = TextAnswer(503, "503 too many passwords are being checked");
      response.headers.emplace_back("Retry-After", "1");
      return response;
    }
    case AuthResult::kDenied:
      break;
  }
  net::HttpResponse response = TextAnswer(401, "401 unauthorized");
  response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"bekci\", charset=\"UTF-8\"");
  return response;
}

void WebGuard::Decorate(net::HttpResponse* response) {
  const std::shared_ptr<WebPolicy> policy = Current();
  for (const auto& configured : policy->config.headers) {
    std::erase_if(response->headers,
                  [&](const auto& header) { return base::EqualsIgnoreCase(header.first, configured.first); });
    response->headers.push_back(configured);
  }
}

bool WebGuard::authenticates() {
  return Current()->config.Authenticates();
}

base::Status WebGuard::Apply(const std::string& path, WebConfig config) {
  const std::optional<Seen> seen = Look(path);
  RETURN_IF_ERROR(Use(std::move(config)));
  base::MutexLock lock(mutex_);
  path_ = path;
  seen_ = seen;
  return base::OkStatus();
}

std::pair<std::string, WebConfig> WebGuard::current() {
  base::MutexLock lock(mutex_);
  return {path_, policy_->config};
}

std::shared_ptr<WebPolicy> WebGuard::Current() {
  base::MutexLock lock(mutex_);
  return policy_;
}

void WebGuard::RereadIfChanged() {
  std::string path;
  std::optional<Seen> before;
  {
    base::MutexLock lock(mutex_);
    if (path_.empty() || clock_.Monotonic() < next_look_) return;
    next_look_ = clock_.Monotonic() + kLookEvery;
    path = path_;
    before = seen_;
  }
  const std::optional<Seen> now = Look(path);
  if (now == before) return;
  base::Result<WebConfig> config = now ? LoadWebConfig(fs_, path, environment_) : base::NotFound(path + " is gone");
  const base::Status status = config.ok() ? Use(std::move(config).value()) : config.status();
  if (status.ok()) {
    log_.Info("web configuration file read again", {{"file", path}});
  } else {
    log_.Error("web configuration file has changed but cannot be used; the old one stays",
               {{"file", path}, {"error", status.message()}});
  }
  base::MutexLock lock(mutex_);
  if (path_ == path) seen_ = now;  // also when it is bad: said once, tried again when it changes again
}

std::optional<WebGuard::Seen> WebGuard::Look(const std::string& path) {
  if (path.empty()) return std::nullopt;
  const base::Result<base::FileInfo> info = fs_.Stat(path);
  if (!info.ok()) return std::nullopt;
  return Seen{info->inode, info->size_bytes, info->mtime_ns};
}

base::Status WebGuard::Use(WebConfig config) {
  base::MutexLock one_change(change_mutex_);
  Hooks hooks;
  {
    base::MutexLock lock(mutex_);
    hooks = hooks_;
  }
  if (hooks.accept) RETURN_IF_ERROR(hooks.accept(config));
  if (hooks.apply_tls) RETURN_IF_ERROR(hooks.apply_tls(config.tls));
  auto policy = std::make_shared<WebPolicy>(std::move(config));
  base::MutexLock lock(mutex_);
  const RateLimit& old = policy_->config.rate_limit;
  const RateLimit& fresh = policy->config.rate_limit;
  if (old.interval != fresh.interval || old.burst != fresh.burst) tokens_ = static_cast<double>(fresh.burst);
  policy_ = std::move(policy);
  return base::OkStatus();
}

bool WebGuard::TakeToken(const RateLimit& limit) {
  if (limit.interval <= base::Duration(0)) return true;
  const base::MonotonicTime now = clock_.Monotonic();
  base::MutexLock lock(mutex_);
  const double earned = base::ToSeconds(now - tokens_at_) / base::ToSeconds(limit.interval);
  tokens_ = std::min(static_cast<double>(limit.burst), tokens_ + earned);
  tokens_at_ = now;
  if (tokens_ < 1) return false;
  tokens_ -= 1;
  return true;
}

}  // namespace bekci::web
