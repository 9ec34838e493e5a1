#include "agent/notify/receivers/integration.h"

#include <array>

namespace bekci::notify::receivers {

std::string_view OutcomeName(Outcome outcome) {
  constexpr std::array<std::string_view, 8> kNames = {"delivered", "accepted",   "nothing",   "rate_limited",
                                                      "retryable", "auth_error", "permanent", "ambiguous"};
  return kNames[static_cast<size_t>(outcome)];
}

}  // namespace bekci::notify::receivers
