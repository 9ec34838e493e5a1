// Transport: a connected client socket, plain or under TLS, with one non-blocking read and write for both.
//
// Thread rule: the gate's thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>

struct ssl_st;

namespace bekci::net {

class TlsContext;

enum class IoState : unsigned char { kDone, kAgain, kEnd, kFailed };

struct IoResult {
  IoState state;
  size_t bytes = 0;  // of kDone
};

class Transport {
 public:
  explicit Transport(int fd) : fd_(fd) {}  // takes the descriptor
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // From now on bytes go through TLS, which Handshake must bring up first. False when memory is short.
  bool StartTls(std::shared_ptr<const TlsContext> context);
  bool tls() const { return ssl_ != nullptr; }

  // kDone: up. kEnd: the client spoke plain HTTP to a TLS port. kFailed: hopeless, an alert was sent.
  IoState Handshake();
  IoResult Read(std::span<char> out);
  // A write that gave kAgain must be repeated with the same bytes, and may then have more behind them.
  IoResult Write(std::string_view data);
  // After kAgain under TLS: the operation needs the socket writable (else readable).
  bool wants_write() const { return wants_write_; }

  // Says that nothing more will be written, and lets the client read what was.
  void FinishWriting();
  // The client speaks without TLS from here: for the one answer that tells it so.
  void AbandonTls();
  int fd() const { return fd_; }

 private:
  IoState TlsState(int result);

  const int fd_;
  ssl_st* ssl_ = nullptr;
  std::shared_ptr<const TlsContext> context_;
  bool wants_write_ = false;
  bool tls_broken_ = false;
};

}  // namespace bekci::net
