// udp_queues: bytes waiting in the queues of all UDP sockets, from /proc/net/udp and udp6.
//
// For each of the two files the kernel walks its whole table of UDP sockets, 65536 entries on a big host: 27 µs however
// few sockets there are. Where sockstat, which costs 2 µs, counts none, the walk is spared: their queues are empty.
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"
#include "exporters/host/socket_table.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kQueues = {"node_udp_queues", MetricType::kGauge,
                                "Number of allocated memory in the kernel for UDP datagrams in bytes.", "queue,ip"};
constexpr const MetricSpec* kMetrics[] = {&kQueues};

class UdpQueues : public Part {
 public:
  explicit UdpQueues(const HostEnvironment& environment)
      : v4_{"v4", "UDP:", SocketTable(environment.fs, environment.Proc("net/udp")),
            environment.SharedProc("net/sockstat")},
        v6_{"v6", "UDP6:", SocketTable(environment.fs, environment.Proc("net/udp6")),
            environment.SharedProc("net/sockstat6")} {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    base::Status v4 = AddQueues(v4_, sink);
    base::Status v6 = AddQueues(v6_, sink);
    // A host may lack either family; without both there is nothing.
    if (v4.code() == base::Code::kNotFound && v6.code() == base::Code::kNotFound) return base::NoData(v4.message());
    if (!v4.ok() && v4.code() != base::Code::kNotFound) return v4;
    return v6.code() == base::Code::kNotFound ? base::OkStatus() : v6;
  }

 private:
  struct Family {
    std::string_view ip;
    std::string_view sockstat_key;
    SocketTable table;
    RoundFile& sockstat;
  };

  // False unless sockstat says so: in doubt the table is read.
  static bool HasNoSocket(Family& family) {
    const base::Result<std::string_view> text = family.sockstat.Read();
    if (!text.ok()) return false;
    base::LineReader lines(*text);
    std::string_view line;
    while (lines.Next(&line)) {
      base::FieldReader fields(line);
      if (fields.Next() == family.sockstat_key) return fields.Next() == "inuse" && fields.Next() == "0";
    }
    return false;
  }

  static base::Status AddQueues(Family& family, FamilySink& sink) {
    uint64_t sent = 0;
    uint64_t received = 0;
    if (!HasNoSocket(family)) {
      RETURN_IF_ERROR(family.table.ForEach([&](uint64_t, uint64_t send_queue, uint64_t receive_queue) {
        sent += send_queue;
        received += receive_queue;
      }));
    }
    sink.Add(kQueues, {"tx", family.ip}, static_cast<double>(sent));
    sink.Add(kQueues, {"rx", family.ip}, static_cast<double>(received));
    return base::OkStatus();
  }

  Family v4_;
  Family v6_;
};

}  // namespace

extern const PartSpec kUdpQueues;
constinit const PartSpec kUdpQueues = {
    .name = "udp_queues",
    .help = "Bytes waiting in the queues of UDP sockets.",
    .metrics = kMetrics,
    .make = MakePart<UdpQueues>,
};

}  // namespace bekci::exporters::host
