// WebGuard: who may come in. It applies the web configuration file to every request: request rate, passwords, and the
// headers that go on every answer; and it notices when the file has changed, as the exporter toolkit does, so that a
// password is changed without a restart.
//
// A changed file is looked for at most once a second. A file that has become wrong (or that would open a wide listener
// to everybody) changes nothing: the old settings stay, and the log says why, once.
//
// Thread rule: any thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/net/http.h"
#include "agent/web/auth.h"
#include "agent/web/web_config.h"

namespace bekci::web {

// What one version of the file says, with the state that belongs to it.
struct WebPolicy {
  explicit WebPolicy(WebConfig from) : config(std::move(from)), auth(config.users) {}
  const WebConfig config;
  BasicAuth auth;
};

class WebGuard {
 public:
  struct Hooks {
    std::function<base::Status(const WebConfig&)> accept;           // may refuse a changed file
    std::function<base::Status(const net::TlsOptions&)> apply_tls;  // tells the server
  };

  // `path` empty: nothing is asked of anybody. `config`: the file as it was loaded at start. `environment`: for
  // ${env:NAME} in the file when it is read again.
  WebGuard(std::string path, WebConfig config, base::FileSystem& fs, base::Clock& clock, base::Logger& log,
           config::EnvironmentLookup environment = {});

  void set_hooks(Hooks hooks);

  // Why the request is not let in (429, 401, 503), or nothing.
  std::optional<net::HttpResponse> Refuse(const net::HttpRequest& request);
  // Puts the configured headers on an answer; they replace what is there under the same name.
  void Decorate(net::HttpResponse* response);
  // Whether who comes here has proved who he is.
  bool authenticates();

  // Uses `config`, which was loaded from `path` by the caller, from now on: a reload of the whole configuration.
  // Errors: of the hooks; nothing has changed then.
  base::Status Apply(const std::string& path, WebConfig config);
  // What is in force: where it came from, and what it says.
  std::pair<std::string, WebConfig> current();

 private:
  struct Seen {
    uint64_t inode = 0, size_bytes = 0;
    int64_t mtime_ns = 0;
    friend bool operator==(const Seen&, const Seen&) = default;
  };

  std::shared_ptr<WebPolicy> Current();
  void RereadIfChanged();
  std::optional<Seen> Look(const std::string& path);
  base::Status Use(WebConfig config);
  bool TakeToken(const RateLimit& limit);

  base::FileSystem& fs_;
  base::Clock& clock_;
  base::Logger& log_;
  const config::EnvironmentLookup environment_;
  base::Mutex change_mutex_;  // one change at a time; taken before mutex_
  base::Mutex mutex_;
  Hooks hooks_ GUARDED_BY(mutex_);
  std::string path_ GUARDED_BY(mutex_);
  std::shared_ptr<WebPolicy> policy_ GUARDED_BY(mutex_);
  std::optional<Seen> seen_ GUARDED_BY(mutex_);
  base::MonotonicTime next_look_ GUARDED_BY(mutex_);
  // Token bucket of the rate limit.
  double tokens_ GUARDED_BY(mutex_) = 0;
  base::MonotonicTime tokens_at_ GUARDED_BY(mutex_);
};

}  // namespace bekci::web
