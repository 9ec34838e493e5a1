// FakeFpm: a server for tests that answers each connection with the bytes it was told to, over a unix socket.
//
// Its replies are recordings of FPM or damage; the real FPM is in tests/e2e. One thread; a reply may be split, held
// back or cut.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <thread>

namespace bekci::exporters::phpfpm {

// A record of FastCGI as FPM sends it, with its padding to eight bytes.
std::string Record(unsigned char type, const std::string& content);
// A whole answer: standard output in one record, the end.
std::string Answer(const std::string& output);

class FakeFpm {
 public:
  // `reply` gets the request's bytes and returns what to send; the connection is then closed. An empty reply holds the
  // connection open until the next one is accepted.
  explicit FakeFpm(std::function<std::string(const std::string& request)> reply);
  ~FakeFpm();
  FakeFpm(const FakeFpm&) = delete;
  FakeFpm& operator=(const FakeFpm&) = delete;

  const std::string& path() const { return path_; }
  int connections() const { return connections_; }

 private:
  void Serve();

  const std::string path_;
  const std::function<std::string(const std::string&)> reply_;
  int listening_ = -1;
  std::atomic<bool> stop_{false};
  std::atomic<int> connections_{0};
  std::thread thread_;
};

}  // namespace bekci::exporters::phpfpm
