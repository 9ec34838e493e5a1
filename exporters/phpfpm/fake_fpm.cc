#include "exporters/phpfpm/fake_fpm.h"

#include <doctest/doctest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <utility>

namespace bekci::exporters::phpfpm {
namespace {

std::string NextPath() {
  static std::atomic<int> count{0};
  return "/tmp/bekci-fake-fpm-" + std::to_string(getpid()) + "-" + std::to_string(++count) + ".sock";
}

}  // namespace

std::string Record(unsigned char type, const std::string& content) {
  const size_t padding = (8 - content.size() % 8) % 8;
  std::string record = {1,
                        static_cast<char>(type),
                        0,
                        1,
                        static_cast<char>(content.size() >> 8),
                        static_cast<char>(content.size() & 0xff),
                        static_cast<char>(padding),
                        0};
  return record + content + std::string(padding, '\0');
}

std::string Answer(const std::string& output) {
  return Record(6, output) + Record(6, "") + Record(3, std::string(8, '\0'));
}

FakeFpm::FakeFpm(std::function<std::string(const std::string&)> reply) : path_(NextPath()), reply_(std::move(reply)) {
  unlink(path_.c_str());
  listening_ = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path_.copy(address.sun_path, sizeof(address.sun_path) - 1);
  REQUIRE(bind(listening_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0);
  REQUIRE(listen(listening_, 8) == 0);
  thread_ = std::thread([this] { Serve(); });
}

FakeFpm::~FakeFpm() {
  stop_ = true;
  thread_.join();
  close(listening_);
  unlink(path_.c_str());
}

void FakeFpm::Serve() {
  int held = -1;
  while (!stop_) {
    pollfd waiting{listening_, POLLIN, 0};
    if (poll(&waiting, 1, 10) <= 0) continue;
    const int fd = accept(listening_, nullptr, nullptr);
    if (fd < 0) continue;
    ++connections_;
    if (held >= 0) close(held);
    held = -1;
    char buffer[8192];
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    const std::string reply = reply_(std::string(buffer, got > 0 ? static_cast<size_t>(got) : 0));
    if (reply.empty()) {
      held = fd;
      continue;
    }
    (void)!send(fd, reply.data(), reply.size(), MSG_NOSIGNAL);
    close(fd);
  }
  if (held >= 0) close(held);
}

}  // namespace bekci::exporters::phpfpm
