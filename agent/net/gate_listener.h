// GateListener: one listening socket of the gate; decides who gets in.
//
// Thread rule: the gate's thread.
#pragma once

#include <memory>
#include <string>

#include "agent/net/event_loop.h"
#include "agent/net/gate_core.h"
#include "agent/net/listen_address.h"

struct sockaddr_storage;

namespace bekci::net {

class GateListener final : public EventTarget {
 public:
  GateListener(GateCore& core, ListenSocket socket) : core_(core), socket_(std::move(socket)) {}
  ~GateListener() override;
  void OnEvents(uint32_t events) override;

 private:
  void Admit(int fd, const sockaddr_storage& peer);
  void OnAcceptFailed(int error);

  GateCore& core_;
  const ListenSocket socket_;
  base::MonotonicTime next_complaint_;
};

}  // namespace bekci::net
