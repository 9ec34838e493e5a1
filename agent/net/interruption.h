// Interruption: ends what waits for a peer, at once and for good: for long polls of a part that stops.
//
// Whoever makes connections is handed one; from the moment of Interrupt on, every wait of these connections ends with
// an error. It cannot be taken back.
//
// Thread rule: any thread. It outlives the connections that were handed it.
#pragma once

#include <atomic>

#include "agent/base/descriptor.h"

namespace bekci::net {

class Interruption {
 public:
  Interruption();

  void Interrupt();
  bool interrupted() const { return interrupted_.load(std::memory_order_acquire); }
  // Becomes readable, and stays so; negative: the process had no descriptor left, and waits end at their deadlines.
  int fd() const { return wake_fd_.get(); }

 private:
  std::atomic<bool> interrupted_{false};
  const base::Descriptor wake_fd_;
};

}  // namespace bekci::net
