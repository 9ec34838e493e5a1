// tcpstat: TCP sockets per state and the bytes in their queues.
//
// Asked from the kernel by sock_diag, which is several times cheaper than /proc/net/tcp on a busy host; that file is
// the fallback, and the source under another procfs root. Every state is reported, also those without a socket, so that
// series do not come and go.
#include <array>

#include "exporters/host/part.h"
#include "exporters/host/socket_table.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kStates = {"node_tcp_connection_states", MetricType::kGauge, "Number of connection states.",
                                "state"};
constexpr const MetricSpec* kMetrics[] = {&kStates};

// By the kernel's number, from 1 (include/net/tcp_states.h). A request socket (12) is a half-open one: syn_recv.
constexpr std::array<std::string_view, 12> kNames = {"",           "established", "syn_sent",  "syn_recv",
                                                     "fin_wait1",  "fin_wait2",   "time_wait", "close",
                                                     "close_wait", "last_ack",    "listen",    "closing"};
constexpr size_t kSynRecv = 3;
constexpr size_t kNewSynRecv = 12;

class Tcpstat : public Part {
 public:
  explicit Tcpstat(const HostEnvironment& environment)
      : calls_(environment.calls),
        running_kernel_(environment.procfs == "/proc"),
        v4_(environment.fs, environment.Proc("net/tcp")),
        v6_(environment.fs, environment.Proc("net/tcp6")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    TcpCounts counts;
    if (!running_kernel_ || !calls_.CountTcpSockets(&counts).ok()) {
      counts = {};
      RETURN_IF_ERROR(ReadTables(&counts));
    }
    counts.sockets_in_state[kSynRecv] += counts.sockets_in_state[kNewSynRecv];
    for (size_t state = 1; state < kNames.size(); ++state) {
      sink.Add(kStates, {kNames[state]}, static_cast<double>(counts.sockets_in_state[state]));
    }
    sink.Add(kStates, {"rx_queued_bytes"}, static_cast<double>(counts.receive_queue_bytes));
    sink.Add(kStates, {"tx_queued_bytes"}, static_cast<double>(counts.send_queue_bytes));
    return base::OkStatus();
  }

 private:
  base::Status ReadTables(TcpCounts* counts) {
    const auto count = [counts](uint64_t state, uint64_t send_queue, uint64_t receive_queue) {
      if (state < counts->sockets_in_state.size()) ++counts->sockets_in_state[state];
      counts->send_queue_bytes += send_queue;
      counts->receive_queue_bytes += receive_queue;
    };
    RETURN_IF_ERROR(v4_.ForEach(count));
    base::Status v6 = v6_.ForEach(count);
    return v6.code() == base::Code::kNotFound ? base::OkStatus() : v6;
  }

  SystemCalls& calls_;
  const bool running_kernel_;
  SocketTable v4_;
  SocketTable v6_;
};

}  // namespace

extern const PartSpec kTcpstat;
constinit const PartSpec kTcpstat = {
    .name = "tcpstat",
    .on_by_default = false,
    .help = "TCP sockets per state.",
    .metrics = kMetrics,
    .make = MakePart<Tcpstat>,
};

}  // namespace bekci::exporters::host
