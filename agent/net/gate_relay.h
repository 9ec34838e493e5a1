// GateRelay: one request on its way to civetweb and its answer on the way back.
//
// It reads as fast as civetweb writes, so a handler thread is free as soon as its answer is made, unless the client's
// buffer is full. When the client goes away the relay stays and throws the answer away: the handler still runs, and
// only so the count of busy handler threads stays true.
//
// Thread rule: the gate's thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "agent/net/event_loop.h"
#include "agent/net/gate_core.h"

namespace bekci::net {

class GateConnection;

class GateRelay final : public EventTarget {
 public:
  // Null when the kernel gives no socket. Counts in core.relays until it has finished.
  static GateRelay* Start(GateCore& core, GateConnection* client, std::string head, std::string body);
  ~GateRelay() override;

  void OnEvents(uint32_t events) override;
  void Detach();  // the client is gone
  void Resume();  // the client has room again

 private:
  GateRelay(GateCore& core, GateConnection* client, int fd, std::string head, std::string body);
  bool Send();
  void Receive();
  void OnBytes(std::string_view data);
  void OnHead(std::string_view text);
  void Finish(bool whole);
  void Watch(uint32_t events);

  GateCore& core_;
  GateConnection* client_;
  const int fd_;
  const bool head_only_;
  std::string head_;
  std::string body_;
  size_t sent_ = 0;  // of head_ and body_ together
  BufferCharge charge_;

  std::string answer_head_;  // as long as it is not whole
  bool head_done_ = false;
  bool until_close_ = false;
  uint64_t answer_left_ = 0;
  bool paused_ = false;
  bool finished_ = false;
  uint32_t watched_events_ = 0;
};

}  // namespace bekci::net
