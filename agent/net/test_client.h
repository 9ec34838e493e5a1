// A blocking client for tests of the server: plain or TLS, with time-outs, so that a broken server fails a test instead
// of hanging it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace bekci::net {

struct TestAnswer {
  int status = 0;  // 0: the connection ended before an answer was whole
  std::string head;
  std::string body;
  std::string Header(std::string_view name) const;
};

class TestClient {
 public:
  explicit TestClient(const std::string& address);  // as Server::addresses() prints it
  ~TestClient();
  TestClient(TestClient&&) noexcept;
  TestClient(const TestClient&) = delete;
  TestClient& operator=(const TestClient&) = delete;

  // The handshake; `resume` offers the session of an earlier client. False when it fails.
  bool StartTls(ssl_ctx_st* context, TestClient* resume = nullptr);
  bool resumed() const;
  std::string peer_common_name() const;  // of the server's certificate
  std::string alpn() const;

  bool Send(std::string_view data);
  void FinishSending();
  TestAnswer ReadAnswer();
  std::string ReadUntil(std::string_view end);
  std::string Read(size_t bytes);
  bool AtEnd();  // the server closes, without a byte more, within 10 s

 private:
  struct State;
  bool Fill();
  std::unique_ptr<State> state_;
};

// Asks every millisecond, for at most 10 s, whether something has come true.
template <typename Condition>
bool AwaitTrue(Condition condition);
void SleepMillisecond();
template <typename Condition>
bool AwaitTrue(Condition condition) {
  for (int i = 0; i < 10'000; ++i) {
    if (condition()) return true;
    SleepMillisecond();
  }
  return false;
}

}  // namespace bekci::net
