#include "exporters/listenqueue/discover.h"

#include <map>
#include <string>

#include "agent/net/listen_queue.h"
#include "exporters/listenqueue/services.h"

namespace bekci::exporters::listenqueue {

std::vector<collect::Found> Discover(const collect::Environment& environment, base::MonotonicTime deadline) {
  net::ListenQueues queues(*environment.clock);
  if (!queues.Read(net::ListenQueues::Families::kBoth, deadline).ok()) return {};
  const auto services = DefaultServices();
  SocketOwners owners({services.begin(), services.end()}, *environment.fs, "/proc", *environment.clock);
  owners.Refresh(queues.all());
  std::map<std::string_view, size_t> sockets;
  for (const net::ListenQueue& queue : queues.all()) {
    const std::string_view service = owners.Find(queue);
    if (!service.empty()) ++sockets[service];
  }
  if (sockets.empty()) return {};
  collect::Found found;
  found.instance = "local";
  found.what = "listening sockets of";
  for (const auto& [service, count] : sockets) {
    found.what += (service == sockets.begin()->first ? " " : ", ") + std::string(service);
    if (count > 1) found.what += " (" + std::to_string(count) + ")";
  }
  return {found};
}

}  // namespace bekci::exporters::listenqueue
