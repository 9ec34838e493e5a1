// Whose a socket is, on a process table in memory; the collector on real sockets of this process.
#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/base/memory_file_system.h"
#include "agent/collect/collector.h"
#include "exporters/listenqueue/discover.h"
#include "exporters/listenqueue/services.h"

namespace bekci::exporters::listenqueue {
extern const collect::CollectorSpec kSpec;
}

namespace bekci::exporters::listenqueue::listenqueue_test {
namespace {

// A process table whose processes have users.
class ProcessTable : public base::MemoryFileSystem {
 public:
  void Add(const std::string& pid, const std::string& name, uint32_t uid) {
    Put("/proc/" + pid + "/comm", name + "\n");
    uids_["/proc/" + pid] = uid;
  }
  base::Result<base::FileInfo> Stat(const std::string& path) override {
    auto info = base::MemoryFileSystem::Stat(path);
    const auto uid = uids_.find(path);
    if (info.ok() && uid != uids_.end()) info->uid = uid->second;
    return info;
  }

 private:
  std::map<std::string, uint32_t> uids_;
};

net::ListenQueue Tcp(const std::string& address, uint64_t inode, uint32_t uid) {
  net::ListenQueue queue;
  queue.address = address;
  queue.inode = inode;
  queue.uid = uid;
  queue.drops = 0;
  return queue;
}

net::ListenQueue Unix(const std::string& address, uint64_t inode) {
  net::ListenQueue queue;
  queue.address = address;
  queue.inode = inode;
  return queue;
}

std::vector<Service> Defaults() {
  return {DefaultServices().begin(), DefaultServices().end()};
}

}  // namespace

TEST_CASE("a socket belongs to the service whose process holds it, else whose user it is, else whose address") {
  ProcessTable fs;
  base::FakeClock clock;
  fs.Add("10", "nginx", 0);
  fs.PutLink("/proc/10/fd/6", "socket:[601]");
  fs.PutLink("/proc/10/fd/7", "/dev/null");
  fs.Add("20", "mariadbd", 105);
  fs.Add("30", "php-fpm8.2", 0);
  fs.Add("40", "bash", 0);
  const net::ListenQueue queues[] = {
      Tcp("0.0.0.0:8888", 601, 0),           // held by nginx
      Tcp("10.0.0.1:13306", 602, 105),       // the user of mariadbd alone
      Unix("unix:/run/php/shop.sock", 603),  // php-fpm's place, and it runs
      Tcp("127.0.0.1:6379", 604, 0),         // redis' port, but no redis runs
      Tcp("127.0.0.1:631", 605, 0),          // somebody else's
  };
  SocketOwners owners(Defaults(), fs, "/proc", clock);
  owners.Refresh(queues);
  CHECK(owners.Find(queues[0]) == "nginx");
  CHECK(owners.Find(queues[1]) == "mysqld");
  CHECK(owners.Find(queues[2]) == "php-fpm");
  CHECK(owners.Find(queues[3]) == "");
  CHECK(owners.Find(queues[4]) == "");
}

TEST_CASE("a user as whom other programs run too tells nothing") {
  ProcessTable fs;
  base::FakeClock clock;
  fs.Add("20", "redis-server", 1000);
  fs.Add("21", "vim", 1000);
  const net::ListenQueue queues[] = {Tcp("127.0.0.1:4000", 1, 1000), Tcp("[::1]:6379", 2, 1000)};
  SocketOwners owners(Defaults(), fs, "/proc", clock);
  owners.Refresh(queues);
  CHECK(owners.Find(queues[0]) == "");
  CHECK(owners.Find(queues[1]) == "redis");
}

TEST_CASE("the process table is walked for a new socket and now and then, not each round") {
  ProcessTable fs;
  base::FakeClock clock;
  const net::ListenQueue first[] = {Tcp("0.0.0.0:80", 1, 0)};
  SocketOwners owners(Defaults(), fs, "/proc", clock);
  owners.Refresh(first);
  CHECK(owners.Find(first[0]) == "");
  fs.Add("10", "nginx", 0);
  owners.Refresh(first);
  CHECK(owners.Find(first[0]) == "");
  const net::ListenQueue second[] = {Tcp("0.0.0.0:80", 1, 0), Tcp("0.0.0.0:443", 2, 0)};
  owners.Refresh(second);
  CHECK(owners.Find(second[0]) == "nginx");
  CHECK(owners.Find(second[1]) == "nginx");
  REQUIRE(fs.Remove("/proc/10/comm").ok());
  clock.Advance(SocketOwners::kScanInterval);
  owners.Refresh(second);
  CHECK(owners.Find(second[0]) == "");
}

TEST_CASE("the queue of a configured service is shown, and nothing to show is no failure") {
  ProcessTable fs;
  base::RealClock clock;
  base::CaptureLogger log;
  const collect::Environment environment{&fs, &clock, &log};
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof(address);
  REQUIRE(bind(fd, reinterpret_cast<sockaddr*>(&address), length) == 0);
  REQUIRE(listen(fd, 3) == 0);
  REQUIRE(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length) == 0);
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  REQUIRE(connect(client, reinterpret_cast<sockaddr*>(&address), length) == 0);

  const auto collect = [&](const std::string& yaml, model::Round* round) {
    config::Errors errors;
    const auto node = config::ParseYaml(yaml, "test.yml");
    REQUIRE(node.ok());
    const auto options = config::Check(*node, kSpec.options, &errors);
    REQUIRE(errors.empty());
    auto made = kSpec.make(options, environment);
    REQUIRE_MESSAGE(made.ok(), made.status().message());
    collect::FamilySink sink;
    sink.Begin();
    base::Status status = (*made)->Collect({clock.Monotonic() + base::seconds(5), {}, {}}, sink);
    *round = sink.FinishRound();
    return status;
  };
  model::Round round;
  CHECK(collect("{}", &round).code() == base::Code::kNoData);
  const std::string port = std::to_string(ntohs(address.sin_port));
  const base::Status status = collect("services: [{name: shop, addresses: ['127.0.0.1:" + port + "']}]", &round);
  CHECK_MESSAGE(status.ok(), status.message());
  CHECK(round.values == std::vector<double>{0, 1, 3});
  close(client);
  close(fd);
}

TEST_CASE("discovery names the services whose sockets it sees") {
  ProcessTable fs;
  base::RealClock clock;
  base::CaptureLogger log;
  CHECK(Discover({&fs, &clock, &log}, clock.Monotonic() + base::seconds(5)).empty());
}

}  // namespace bekci::exporters::listenqueue::listenqueue_test
