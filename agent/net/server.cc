// What is checked and set up before the gate starts. See server.h.
#include "agent/net/server.h"

#include <sys/resource.h>

#include <algorithm>
#include <csignal>

#include "agent/net/gate.h"

namespace bekci::net {
namespace {

// Descriptors for everything else in the process: files, targets, the store.
constexpr rlim_t kReservedDescriptors = 256;

// Every connection is a descriptor, and the usual soft limit of 1024 is there for programs that use select(), which we
// do not. It is raised as far as needed and allowed; what is missing then is taken off the connection limit, so that
// clients can never use up the descriptors that a relay or a log file needs.
void FitConnectionLimit(ServerOptions* options, base::Logger& log) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = options->max_connections + kReservedDescriptors;
  if (limit.rlim_cur < wanted) {
    limit.rlim_cur = std::min(limit.rlim_max, wanted);
    (void)setrlimit(RLIMIT_NOFILE, &limit);
    (void)getrlimit(RLIMIT_NOFILE, &limit);
  }
  if (limit.rlim_cur >= wanted) return;
  const rlim_t left = limit.rlim_cur > 2 * kReservedDescriptors ? limit.rlim_cur - kReservedDescriptors
                                                                : std::max<rlim_t>(limit.rlim_cur / 2, 1);
  log.Warn("fewer connections are accepted than configured: the open files limit is low",
           {{"open_files_limit", limit.rlim_cur}, {"configured", options->max_connections}, {"accepted", left}});
  options->max_connections = static_cast<size_t>(left);
}

base::Status Check(const ServerOptions& options) {
  if (!options.tls.cert_file.empty() && options.tls.key_file.empty()) return base::Invalid("TLS: key_file is missing");
  if (options.tls.cert_file.empty() && !options.tls.key_file.empty()) return base::Invalid("TLS: cert_file is missing");
  if (options.listen_addresses.empty()) return base::Invalid("no address to listen on");
  if (options.handler_threads < 1 || options.handler_threads > 256) {
    return base::Invalid("handler_threads must be between 1 and 256");
  }
  return base::OkStatus();
}

}  // namespace

base::Result<std::unique_ptr<Server>> StartServer(const ServerOptions& wanted, Handler handler, base::Logger& log) {
  RETURN_IF_ERROR(Check(wanted));
  ServerOptions options = wanted;
  FitConnectionLimit(&options, log);
  // A client that goes away while OpenSSL writes to it must not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  return StartGate(options, std::move(handler), log);
}

}  // namespace bekci::net
