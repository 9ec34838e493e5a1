// nfsd: what this host's NFS server did: reply cache, bytes, threads, RPCs and requests per method, from
// /proc/net/rpc/nfsd.
//
//   rc hits misses nocache      fh stale ...      io read written      th threads ...      ra size (10 depths)
//   not-found net packets udp tcp connections               rpc calls bad format authentication client proc3 22 null
//   getattr ...   requests per method, after their number (proc4ops for version 4)
#include <array>
#include <memory>

#include "exporters/host/counter_lines.h"
#include "exporters/host/part.h"
#include "exporters/host/rpc_methods.h"

namespace bekci::exporters::host {
namespace {

// Methods without a name here are not shown by node_exporter.
constexpr std::string_view kVersion2[] = {"",     "GetAttr", "SetAttr", "Root",   "Lookup",  "ReadLink",
                                          "Read", "WrCache", "Write",   "Create", "Remove",  "Rename",
                                          "Link", "SymLink", "MkDir",   "RmDir",  "ReadDir", "FsStat"};
constexpr std::string_view kVersion3[] = {"",       "GetAttr", "SetAttr",  "Lookup", "Access",  "ReadLink",
                                          "Read",   "Write",   "Create",   "MkDir",  "SymLink", "MkNod",
                                          "Remove", "RmDir",   "Rename",   "Link",   "ReadDir", "ReadDirPlus",
                                          "FsStat", "FsInfo",  "PathConf", "Commit"};
constexpr std::string_view kVersion4[] = {"",
                                          "",
                                          "",
                                          "Access",
                                          "Close",
                                          "Commit",
                                          "Create",
                                          "DelegPurge",
                                          "DelegReturn",
                                          "GetAttr",
                                          "GetFH",
                                          "Link",
                                          "Lock",
                                          "Lockt",
                                          "Locku",
                                          "Lookup",
                                          "LookupRoot",
                                          "Nverify",
                                          "Open",
                                          "OpenAttr",
                                          "OpenConfirm",
                                          "OpenDgrd",
                                          "PutFH",
                                          "",
                                          "",
                                          "Read",
                                          "ReadDir",
                                          "ReadLink",
                                          "Remove",
                                          "Rename",
                                          "Renew",
                                          "RestoreFH",
                                          "SaveFH",
                                          "SecInfo",
                                          "SetAttr",
                                          "Verify",
                                          "Write",
                                          "RelLockOwner"};

enum Line : size_t { kRc, kFh, kIo, kTh, kRa, kNet, kRpc, kProc2, kProc3, kProc4 };
constexpr CounterLine kLines[] = {
    {"rc", 3, 3},
    {"fh", 1, 1},
    {"io", 2, 2},
    {"th", 1, 1},
    {"ra", 12, 12},
    {"net", 4, 4},
    {"rpc", 5, 5},
    {"proc2", std::size(kVersion2), std::size(kVersion2), true},
    {"proc3", std::size(kVersion3), std::size(kVersion3), true},
    {"proc4ops", std::size(kVersion4), std::size(kVersion4), true},
};
constexpr RpcMethods kVersions[] = {{kProc2, "2", kVersion2}, {kProc3, "3", kVersion3}, {kProc4, "4", kVersion4}};

constexpr MetricSpec kCacheHits = {"node_nfsd_reply_cache_hits_total", MetricType::kCounter,
                                   "Total number of NFSd Reply Cache hits (client lost server response)."};
constexpr MetricSpec kCacheMisses = {
    "node_nfsd_reply_cache_misses_total", MetricType::kCounter,
    "Total number of NFSd Reply Cache an operation that requires caching (idempotent)."};
constexpr MetricSpec kNoCache = {"node_nfsd_reply_cache_nocache_total", MetricType::kCounter,
                                 "Total number of NFSd Reply Cache non-idempotent operations (rename/delete/…)."};
constexpr MetricSpec kStale = {"node_nfsd_file_handles_stale_total", MetricType::kCounter,
                               "Total number of NFSd stale file handles"};
constexpr MetricSpec kRead = {"node_nfsd_disk_bytes_read_total", MetricType::kCounter, "Total NFSd bytes read."};
constexpr MetricSpec kWritten = {"node_nfsd_disk_bytes_written_total", MetricType::kCounter,
                                 "Total NFSd bytes written."};
constexpr MetricSpec kThreads = {"node_nfsd_server_threads", MetricType::kGauge,
                                 "Total number of NFSd kernel threads that are running."};
constexpr MetricSpec kReadAhead = {"node_nfsd_read_ahead_cache_size_blocks", MetricType::kGauge,
                                   "How large the read ahead cache is in blocks."};
constexpr MetricSpec kReadAheadMissed = {"node_nfsd_read_ahead_cache_not_found_total", MetricType::kCounter,
                                         "Total number of NFSd read ahead cache not found."};
constexpr MetricSpec kPackets = {"node_nfsd_packets_total", MetricType::kCounter,
                                 "Total NFSd network packets (sent+received) by protocol type.", "proto"};
constexpr MetricSpec kConnections = {"node_nfsd_connections_total", MetricType::kCounter,
                                     "Total number of NFSd TCP connections."};
constexpr MetricSpec kErrors = {"node_nfsd_rpc_errors_total", MetricType::kCounter,
                                "Total number of NFSd RPC errors by error type.", "error"};
constexpr MetricSpec kRpcs = {"node_nfsd_server_rpcs_total", MetricType::kCounter, "Total number of NFSd RPCs."};
constexpr MetricSpec kRequests = {"node_nfsd_requests_total", MetricType::kCounter,
                                  "Total number NFSd Requests by method and protocol.", "method,proto"};

constexpr const MetricSpec* kMetrics[] = {&kCacheHits,   &kCacheMisses, &kNoCache,   &kStale,           &kRead,
                                          &kWritten,     &kThreads,     &kReadAhead, &kReadAheadMissed, &kPackets,
                                          &kConnections, &kErrors,      &kRpcs,      &kRequests};

constexpr RpcNumber kNumbers[] = {
    {&kCacheHits, kRc, 0},
    {&kCacheMisses, kRc, 1},
    {&kNoCache, kRc, 2},
    {&kStale, kFh, 0},
    {&kRead, kIo, 0},
    {&kWritten, kIo, 1},
    {&kThreads, kTh, 0},
    {&kReadAhead, kRa, 0},
    {&kReadAheadMissed, kRa, 11},
    {&kPackets, kNet, 1, "udp"},
    {&kPackets, kNet, 2, "tcp"},
    {&kConnections, kNet, 3},
    {&kErrors, kRpc, 2, "fmt"},
    {&kErrors, kRpc, 3, "auth"},
    {&kErrors, kRpc, 4, "cInt"},
    {&kRpcs, kRpc, 0},
};

constexpr RpcTable kTable = {
    .file = "net/rpc/nfsd",
    .absent = "no NFS server",
    .lines = kLines,
    .numbers = kNumbers,
    .requests = &kRequests,
    .versions = kVersions,
};

base::Result<std::unique_ptr<Part>> Make(const HostEnvironment& environment, const config::Values&) {
  return std::unique_ptr<Part>(std::make_unique<RpcPart>(environment, kTable));
}

}  // namespace

extern const PartSpec kNfsd;
constinit const PartSpec kNfsd = {
    .name = "nfsd",
    .help = "NFS server: reply cache, bytes, threads, RPCs, requests per method.",
    .metrics = kMetrics,
    .make = Make,
};

}  // namespace bekci::exporters::host
