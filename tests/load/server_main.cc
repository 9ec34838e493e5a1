// bekci_net_demo: the HTTP server of agent/net and nothing else, for measuring it (tests/load/load.py).
//
//   bekci_net_demo LISTEN_ADDRESS [CERT_FILE KEY_FILE]
//
// Answers every path with /N as a body of N bytes (default 100 KB, the size of a scrape). Prints its address, then its
// counters at the end. Ends on SIGTERM or SIGINT.
#include <csignal>
#include <cstdio>
#include <string>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/net/server.h"

namespace {

bekci::net::HttpResponse Answer(const bekci::net::HttpRequest& request) {
  const auto size = bekci::base::ParseUint(std::string_view(request.path).substr(1));
  bekci::net::HttpResponse response;
  response.body.assign(size && *size < (64 << 20) ? *size : 100'000, 'x');
  return response;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2 && argc != 4) {
    std::fprintf(stderr, "usage: bekci_net_demo LISTEN_ADDRESS [CERT_FILE KEY_FILE]\n");
    return 2;
  }
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  sigprocmask(SIG_BLOCK, &ends, nullptr);
  const auto log = bekci::base::MakeStderrLogger(bekci::base::LogFormat::kLogfmt, bekci::base::LogLevel::kInfo);
  bekci::net::ServerOptions options;
  options.listen_addresses = {argv[1]};
  if (argc == 4) {
    options.tls.cert_file = argv[2];
    options.tls.key_file = argv[3];
  }
  auto server = bekci::net::StartServer(options, &Answer, *log);
  if (!server.ok()) {
    std::fprintf(stderr, "%s\n", server.status().message().c_str());
    return 2;
  }
  std::printf("%s\n", (*server)->addresses().front().c_str());
  std::fflush(stdout);
  int signal_number = 0;
  sigwait(&ends, &signal_number);
  const bekci::net::ServerStats stats = (*server)->stats();
  std::printf("accepted %lu limit %lu slow %lu bad %lu open %lu requests %lu busy %lu\n", stats.accepted,
              stats.dropped_limit, stats.dropped_slow, stats.dropped_bad, stats.open_connections, stats.requests,
              stats.refused_busy);
  return 0;
}
