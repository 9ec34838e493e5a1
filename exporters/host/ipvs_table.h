// The tables of the kernel's load balancer, IP Virtual Server: /proc/net/ip_vs (services and their real servers) and
// /proc/net/ip_vs_stats (totals).
//
//   TCP  C0A80016:0CEA wlc                                     a service: address and port in hexadecimal
//     -> C0A85216:0CEA      Tunnel  100    248        2        a server: weight, active, inactive connections
//   FWM  10001000 wlc                                          a service by firewall mark
//   TCP  [2620:0000:0000:0000:0000:0000:0000:0001]:0050 sh
//
// Source: net/netfilter/ipvs/ip_vs_ctl.c of the kernel. Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::exporters::host {

struct IpvsTotals {
  double connections = 0, incoming_packets = 0, outgoing_packets = 0, incoming_bytes = 0, outgoing_bytes = 0;
};

struct IpvsBackend {
  std::string proto;  // TCP, UDP, SCTP or FWM
  std::string local_address, local_port, local_mark;
  std::string remote_address, remote_port;
  double weight = 0, active = 0, inactive = 0;
};

// Errors: corrupt, with `path` in front.
base::Result<IpvsTotals> ParseIpvsTotals(const std::string& path, std::string_view text);

// Calls each(backend) per server, in the table's order. Errors as above; servers before the damaged line were reported.
base::Status ParseIpvsBackends(const std::string& path, std::string_view text,
                               const std::function<void(const IpvsBackend&)>& each);

}  // namespace bekci::exporters::host
