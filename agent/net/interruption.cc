#include "agent/net/interruption.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

namespace bekci::net {

Interruption::Interruption() : wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

void Interruption::Interrupt() {
  interrupted_.store(true, std::memory_order_release);
  const uint64_t one = 1;
  (void)!write(wake_fd_.get(), &one, sizeof(one));
}

}  // namespace bekci::net
