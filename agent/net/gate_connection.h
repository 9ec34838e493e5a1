// GateConnection: one client, from accept to close, as a state machine that never blocks.
//
//   handshake -> head -> body -> waiting -> handler -> answer -> lingering -> closed
//                 ^                                       |
//                 +---------------- idle <----------------+   (kept alive)
//
// No handler runs before the request is whole, and none waits because a client is slow. While a request is under way
// the client is not read, so pipelined requests are answered in order.
//
// Invariants: in exactly one deadline list until closed; buffers are empty and released while idle.
// Thread rule: the gate's thread.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "agent/net/chunked_body.h"
#include "agent/net/deadline_list.h"
#include "agent/net/event_loop.h"
#include "agent/net/gate_core.h"
#include "agent/net/request_head.h"
#include "agent/net/transport.h"

namespace bekci::net {

struct HandlerJob;

class GateConnection final : public EventTarget, public DeadlineEntry {
 public:
  // Takes the socket. Counts as open until destroyed or closed.
  GateConnection(GateCore& core, int fd, std::string peer_text, uint64_t peer_key);
  ~GateConnection() override;

  // Takes the socket into the loop; `tls` null: plain. False: destroyed.
  static bool Start(std::unique_ptr<GateConnection> connection, std::shared_ptr<const TlsContext> tls);

  void OnEvents(uint32_t events) override;
  void OnDeadline();                 // it has already left its list
  void OnStopping();                 // ends what has not begun; what a handler works on is finished
  void StartHandler();               // a handler thread is free
  void OnFinished(HandlerJob& job);  // with the answer; may close the connection
  void Close();

 private:
  enum class State : unsigned char { kHandshake, kIdle, kHead, kBody, kWaiting, kHandler, kAnswer, kLingering };

  void Advance();
  bool Step();
  bool StepHandshake();
  bool StepHead();
  bool StepBody();
  bool StepAnswer();
  bool StepLingering();

  void OnHead();
  bool TakeHead(const RequestHead& head);
  void BeginBody(const RequestHead& head);
  bool TakeBody();
  void RequestIsWhole();
  void AnswerIsSent();
  void Refuse(int status, std::string_view reason);
  bool Fill();
  bool Flush();
  uint32_t WantedEvents() const;
  void UpdateCharge();
  void DetachHandler();
  void ClientHungUp();
  void Watch(uint32_t events);
  void ResetOnClose();

  GateCore& core_;
  Transport transport_;
  const std::string peer_text_;
  const uint64_t peer_key_;
  State state_ = State::kHead;
  bool closed_ = false;
  bool advancing_ = false;
  uint32_t watched_events_;

  std::string in_;  // read and not yet used
  HeadScanner scanner_;
  bool head_only_ = false;
  bool keep_alive_ = false;
  bool refused_ = false;
  uint64_t body_left_ = 0;
  std::optional<ChunkedBody> chunked_;
  HttpRequest request_;                      // as far as it has come
  HandlerJob* job_ = nullptr;                // what a handler works on
  bool hung_up_ = false;                     // nothing more will come
  std::shared_ptr<std::atomic<bool>> gone_;  // the same, for the handler to look at
  std::string out_;                          // to be written, from out_at_ on
  size_t out_at_ = 0;
  BufferCharge charge_;
};

}  // namespace bekci::net
