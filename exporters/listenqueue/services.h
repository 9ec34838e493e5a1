// Which listening sockets belong to which service.
//
// The kernel knows every listening socket but not what it is for. Three things tell, the surest first: a process of the
// service holds it (/proc/<pid>/fd, which the kernel shows to root and the process' own user alone); its owner is a
// user as whom only that service runs (TCP; mysql, redis); its address is one that the service is known or configured
// to listen on, while a process of the service runs. All of it is remembered per socket, so the steady cost is a look
// into a table; /proc is walked when a socket is new, and every kScanInterval.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/net/listen_queue.h"

namespace bekci::exporters::listenqueue {

struct Service {
  std::string name;                    // the label
  std::vector<std::string> processes;  // shell patterns of program names, as in /proc/<pid>/comm
  std::vector<std::string> addresses;  // shell patterns of addresses: "*:3306", "unix:/run/mysqld/*.sock"
};

// php-fpm, mysqld, redis, nginx.
std::span<const Service> DefaultServices();

class SocketOwners {
 public:
  static constexpr base::Duration kScanInterval = base::seconds(60);
  static constexpr size_t kMaxProcesses = 4096;
  static constexpr size_t kMaxDescriptors = 65'536;

  SocketOwners(std::vector<Service> services, base::FileSystem& fs, std::string procfs, const base::Clock& clock)
      : services_(std::move(services)), fs_(fs), procfs_(std::move(procfs)), clock_(clock) {}

  // Call with all sockets of a round before Find.
  void Refresh(std::span<const net::ListenQueue> queues);
  // The service's name, or empty. Good until the next Refresh.
  std::string_view Find(const net::ListenQueue& queue) const;

 private:
  void Scan();
  void ScanDescriptors(const std::string& pid, size_t service);
  // A service without names of processes is told by its addresses alone.
  bool IsRunning(size_t service) const { return running_.contains(service) || services_[service].processes.empty(); }
  int Resolve(const net::ListenQueue& queue) const;

  const std::vector<Service> services_;
  base::FileSystem& fs_;
  const std::string procfs_;
  const base::Clock& clock_;
  base::MonotonicTime next_scan_;
  std::string text_;
  std::set<size_t> running_;             // services with a process, as of the last scan
  std::map<uint64_t, size_t> by_inode_;  // sockets that processes hold
  std::map<uint32_t, int> by_uid_;       // users of services; -1: of several
  std::map<uint64_t, int> known_;        // socket -> service, -1: none
};

}  // namespace bekci::exporters::listenqueue
