// TlsContext: one immutable OpenSSL server context made from TlsOptions; TlsSource: the one that is in force now.
//
// TlsSource looks at the certificate files at most once a second, when a connection comes, and loads them anew when
// they changed on disk; a new file that does not load leaves the old certificate in force and says so once per change.
// Old connections keep the context they began with. A new context has new ticket keys, so no session made under older
// certificate rules is resumed under newer ones.
//
// Thread rule: TlsContext is immutable. TlsSource: Current from the gate's thread, Reload from any.
#pragma once

#include <array>
#include <memory>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/net/server.h"

struct ssl_ctx_st;

namespace bekci::net {

class TlsContext {
 public:
  // Errors: invalid, naming the file and what is wrong with it.
  static base::Result<std::shared_ptr<const TlsContext>> Make(const TlsOptions& options);
  ~TlsContext();
  TlsContext(const TlsContext&) = delete;
  TlsContext& operator=(const TlsContext&) = delete;

  ssl_ctx_st* get() const { return context_; }
  // Client names are asked for: a handshake without a client certificate must then not count as good.
  bool demands_name() const { return !allowed_sans_.empty(); }
  // Whether the certificate's names (x509_st*) hold one that is allowed; true when all are.
  bool AllowsName(void* certificate) const;
  bool verifies() const { return verifies_; }

 private:
  TlsContext() = default;
  base::Status Configure(const TlsOptions& options);
  base::Status ConfigureProtocol(const TlsOptions& options);
  base::Status LoadFiles(const TlsOptions& options);
  base::Status ConfigureClientAuth(const TlsOptions& options);

  ssl_ctx_st* context_ = nullptr;
  std::vector<std::string> allowed_sans_;
  bool verifies_ = false;
};

class TlsSource {
 public:
  explicit TlsSource(base::Logger& log) : log_(log) {}

  base::Status Reload(const TlsOptions& options);
  // Null: plain HTTP.
  std::shared_ptr<const TlsContext> Current(base::MonotonicTime now);

 private:
  struct Stamp {
    int64_t mtime_ns = 0;
    int64_t size = -1;
    uint64_t inode = 0;
    bool operator==(const Stamp&) const = default;
  };
  using Stamps = std::array<Stamp, 3>;
  static Stamps StampsOf(const TlsOptions& options);

  base::Logger& log_;
  base::Mutex mutex_;
  TlsOptions options_ GUARDED_BY(mutex_);
  std::shared_ptr<const TlsContext> context_ GUARDED_BY(mutex_);
  Stamps stamps_ GUARDED_BY(mutex_) = {};
  base::MonotonicTime next_look_ GUARDED_BY(mutex_) = {};
};

}  // namespace bekci::net
