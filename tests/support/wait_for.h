// WaitFor: how a test waits for what other threads or processes do, without guessing how long that takes.
//
// Thread rule: any thread; `condition` is called on the caller's.
#pragma once

#include <chrono>
#include <functional>

namespace bekci {

// Asks every 5 ms; false when `limit` has passed.
bool WaitFor(const std::function<bool()>& condition, std::chrono::nanoseconds limit = std::chrono::seconds(60));

}  // namespace bekci
