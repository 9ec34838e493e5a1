// nfs: what this host asked of NFS servers: packets, RPCs and requests per method, from /proc/net/rpc/nfs.
//
//   net packets udp tcp connections
//   rpc calls retransmissions authentication-refreshes
//   proc3 22 null getattr setattr ...                     requests per method, after their number
// Newer kernels count more methods of version 4 at the end; those that node_exporter knows are shown.
#include <array>
#include <memory>

#include "exporters/host/counter_lines.h"
#include "exporters/host/part.h"
#include "exporters/host/rpc_methods.h"

namespace bekci::exporters::host {
namespace {

constexpr std::string_view kVersion2[] = {"Null", "GetAttr", "SetAttr", "Root",   "Lookup",  "ReadLink",
                                          "Read", "WrCache", "Write",   "Create", "Remove",  "Rename",
                                          "Link", "SymLink", "MkDir",   "RmDir",  "ReadDir", "FsStat"};
constexpr std::string_view kVersion3[] = {"Null",   "GetAttr", "SetAttr",  "Lookup", "Access",  "ReadLink",
                                          "Read",   "Write",   "Create",   "MkDir",  "SymLink", "MkNod",
                                          "Remove", "RmDir",   "Rename",   "Link",   "ReadDir", "ReadDirPlus",
                                          "FsStat", "FsInfo",  "PathConf", "Commit"};
constexpr std::string_view kVersion4[] = {"Null",
                                          "Read",
                                          "Write",
                                          "Commit",
                                          "Open",
                                          "OpenConfirm",
                                          "OpenNoattr",
                                          "OpenDowngrade",
                                          "Close",
                                          "Setattr",
                                          "FsInfo",
                                          "Renew",
                                          "SetClientID",
                                          "SetClientIDConfirm",
                                          "Lock",
                                          "Lockt",
                                          "Locku",
                                          "Access",
                                          "Getattr",
                                          "Lookup",
                                          "LookupRoot",
                                          "Remove",
                                          "Rename",
                                          "Link",
                                          "Symlink",
                                          "Create",
                                          "Pathconf",
                                          "StatFs",
                                          "ReadLink",
                                          "ReadDir",
                                          "ServerCaps",
                                          "DelegReturn",
                                          "GetACL",
                                          "SetACL",
                                          "FsLocations",
                                          "ReleaseLockowner",
                                          "Secinfo",
                                          "FsidPresent",
                                          "ExchangeID",
                                          "CreateSession",
                                          "DestroySession",
                                          "Sequence",
                                          "GetLeaseTime",
                                          "ReclaimComplete",
                                          "LayoutGet",
                                          "GetDeviceInfo",
                                          "LayoutCommit",
                                          "LayoutReturn",
                                          "SecinfoNoName",
                                          "TestStateID",
                                          "FreeStateID",
                                          "GetDeviceList",
                                          "BindConnToSession",
                                          "DestroyClientID",
                                          "Seek",
                                          "Allocate",
                                          "DeAllocate",
                                          "LayoutStats",
                                          "Clone"};

enum Line : size_t { kNet, kRpc, kProc2, kProc3, kProc4 };
constexpr CounterLine kLines[] = {
    {"net", 4, 4},
    {"rpc", 3, 3},
    {"proc2", std::size(kVersion2), std::size(kVersion2), true},
    {"proc3", std::size(kVersion3), std::size(kVersion3), true},
    {"proc4", 0, std::size(kVersion4), true},
};
constexpr RpcMethods kVersions[] = {{kProc2, "2", kVersion2}, {kProc3, "3", kVersion3}, {kProc4, "4", kVersion4}};

constexpr MetricSpec kPackets = {"node_nfs_packets_total", MetricType::kCounter,
                                 "Total NFSd network packets (sent+received) by protocol type.", "protocol"};
constexpr MetricSpec kConnections = {"node_nfs_connections_total", MetricType::kCounter,
                                     "Total number of NFSd TCP connections."};
constexpr MetricSpec kRpcs = {"node_nfs_rpcs_total", MetricType::kCounter, "Total number of RPCs performed."};
constexpr MetricSpec kRetransmissions = {"node_nfs_rpc_retransmissions_total", MetricType::kCounter,
                                         "Number of RPC transmissions performed."};
constexpr MetricSpec kRefreshes = {"node_nfs_rpc_authentication_refreshes_total", MetricType::kCounter,
                                   "Number of RPC authentication refreshes performed."};
constexpr MetricSpec kRequests = {"node_nfs_requests_total", MetricType::kCounter, "Number of NFS procedures invoked.",
                                  "method,proto"};

constexpr const MetricSpec* kMetrics[] = {&kPackets, &kConnections, &kRpcs, &kRetransmissions, &kRefreshes, &kRequests};

constexpr RpcNumber kNumbers[] = {
    {&kPackets, kNet, 1, "udp"}, {&kPackets, kNet, 2, "tcp"},  {&kConnections, kNet, 3},
    {&kRpcs, kRpc, 0},           {&kRetransmissions, kRpc, 1}, {&kRefreshes, kRpc, 2},
};

constexpr RpcTable kTable = {
    .file = "net/rpc/nfs",
    .absent = "no NFS client",
    .lines = kLines,
    .numbers = kNumbers,
    .requests = &kRequests,
    .versions = kVersions,
};

base::Result<std::unique_ptr<Part>> Make(const HostEnvironment& environment, const config::Values&) {
  return std::unique_ptr<Part>(std::make_unique<RpcPart>(environment, kTable));
}

}  // namespace

extern const PartSpec kNfs;
constinit const PartSpec kNfs = {
    .name = "nfs",
    .help = "NFS client: packets, RPCs, requests per method.",
    .metrics = kMetrics,
    .make = Make,
};

}  // namespace bekci::exporters::host
