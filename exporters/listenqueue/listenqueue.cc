// listenqueue: the accept queues of the services of a shop, asked of the kernel and of nobody else.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "agent/collect/collector.h"
#include "agent/net/listen_queue.h"
#include "exporters/listenqueue/discover.h"
#include "exporters/listenqueue/services.h"

namespace bekci::exporters::listenqueue {

extern const collect::CollectorSpec kSpec;

namespace {

using collect::MetricSpec;
using model::MetricType;

constexpr size_t kMaxSockets = 1000;

constexpr MetricSpec kLength = {"bekci_listen_queue_length", MetricType::kGauge,
                                "Connections that wait to be accepted at a listening socket.", "service,address"};
constexpr MetricSpec kLimit = {"bekci_listen_queue_limit", MetricType::kGauge,
                               "How many connections may wait there; further ones are refused or dropped.",
                               "service,address"};
constexpr MetricSpec kDrops = {"bekci_listen_queue_drops_total", MetricType::kCounter,
                               "Connections that the kernel dropped at a TCP socket, mostly for a full queue.",
                               "service,address"};
constexpr const MetricSpec* kMetrics[] = {&kLength, &kLimit, &kDrops};

constexpr config::Option kServiceOptions[] = {
    {.key = "name", .help = "The label service.", .required = true},
    {.key = "processes",
     .type = config::Type::kStrings,
     .help = "Names of its programs, as in /proc/PID/comm; shell patterns."},
    {.key = "addresses",
     .type = config::Type::kStrings,
     .help = "Addresses it listens on, as the label shows them; shell patterns: \"*:8983\", \"unix:/run/x/*\"."},
};

constexpr config::Option kOptions[] = {
    {.key = "services",
     .type = config::Type::kSections,
     .help = "Further services, besides mysqld, nginx, php-fpm and redis; one of these names replaces ours.",
     .section = kServiceOptions},
    {.key = "procfs", .default_text = "/proc", .help = "Where procfs is mounted."},
};

class ListenQueueCollector : public collect::Collector {
 public:
  ListenQueueCollector(std::vector<Service> services, const std::string& procfs,
                       const collect::Environment& environment)
      : queues_(*environment.clock), owners_(std::move(services), *environment.fs, procfs, *environment.clock) {}

  base::Status Collect(const collect::CollectContext& context, collect::FamilySink& sink) override {
    RETURN_IF_ERROR(queues_.Read(net::ListenQueues::Families::kBoth, context.deadline));
    owners_.Refresh(queues_.all());
    size_t shown = 0;
    const std::string* last = nullptr;
    for (const net::ListenQueue& queue : queues_.all()) {
      const std::string_view service = owners_.Find(queue);
      // Of two unix sockets with one path the older one's file is gone: one series is enough, the first it is.
      if (service.empty() || (last != nullptr && *last == queue.address) || shown == kMaxSockets) continue;
      last = &queue.address;
      ++shown;
      sink.Add(kLength, {service, queue.address}, static_cast<double>(queue.queued));
      sink.Add(kLimit, {service, queue.address}, static_cast<double>(queue.limit));
      if (queue.drops) sink.Add(kDrops, {service, queue.address}, static_cast<double>(*queue.drops));
    }
    if (shown == 0) return base::NoData("no service that is known listens here");
    return base::OkStatus();
  }

 private:
  net::ListenQueues queues_;
  SocketOwners owners_;
};

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  std::vector<Service> services;
  for (const config::Values& values : options.Sections("services")) {
    Service service{values.String("name"), values.Strings("processes"), values.Strings("addresses")};
    if (service.processes.empty() && service.addresses.empty()) {
      return base::Invalid("services: " + base::Quoted(service.name) + " needs processes or addresses");
    }
    services.push_back(std::move(service));
  }
  for (const Service& service : DefaultServices()) {
    const bool replaced =
        std::any_of(services.begin(), services.end(), [&](const Service& own) { return own.name == service.name; });
    if (!replaced) services.push_back(service);
  }
  return std::unique_ptr<collect::Collector>(
      std::make_unique<ListenQueueCollector>(std::move(services), options.String("procfs"), environment));
}

}  // namespace

constinit const collect::CollectorSpec kSpec = {
    .name = "listenqueue",
    .help = "Connections that wait for MySQL, nginx, PHP-FPM and Redis, as the kernel counts them.",
    .job = "listenqueue",
    .many_instances = false,
    .options = kOptions,
    .metrics = kMetrics,
    .make = Make,
    .discover = Discover,
};

}  // namespace bekci::exporters::listenqueue
