// For tests: a server on loopback that says what it is told to.
//
// Thread rule: one thread at a time; `serve` runs on the listener's own.
#pragma once

#include <arpa/inet.h>
#include <doctest/doctest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <string_view>
#include <thread>

namespace bekci::exporters::redis {

// A listener on loopback whose connections are served, one after another, by `serve(fd)`.
class Listener {
 public:
  Listener(int connections, const std::function<void(int)>& serve)
      : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0);
    REQUIRE(listen(fd_, 5) == 0);
    socklen_t size = sizeof(address);
    getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this, connections, serve] {
      for (int i = 0; i < connections; ++i) {
        const int connection = accept(fd_, nullptr, nullptr);
        if (connection < 0) return;
        serve(connection);
        close(connection);
      }
    });
  }
  ~Listener() {
    shutdown(fd_, SHUT_RDWR);
    thread_.join();
    close(fd_);
  }
  uint16_t port() const { return port_; }

 private:
  const int fd_;
  uint16_t port_ = 0;
  std::thread thread_;
};

// What the peer sent; empty: nothing more comes.
inline std::string Take(int fd) {
  char buffer[4096];
  const ssize_t size = recv(fd, buffer, sizeof(buffer), 0);
  return size > 0 ? std::string(buffer, static_cast<size_t>(size)) : std::string();
}

inline void Give(int fd, std::string_view text) {
  (void)send(fd, text.data(), text.size(), MSG_NOSIGNAL);
}

}  // namespace bekci::exporters::redis
