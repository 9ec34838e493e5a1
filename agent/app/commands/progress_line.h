// ProgressLine: how far long work has come, on standard error: one line that is written over on a terminal, else a line
// every ten seconds. Thread rule: one thread.
#pragma once

#include <cstdint>
#include <ostream>
#include <string>

#include "agent/base/clock.h"

namespace bekci::app::commands {

class ProgressLine {
 public:
  ProgressLine(std::ostream& err, const base::Clock& clock, std::string what, bool terminal)
      : err_(err),
        clock_(clock),
        what_(std::move(what)),
        terminal_(terminal),
        start_(clock.Monotonic()),
        last_(start_) {}
  ~ProgressLine();

  // `done` of `all` bytes.
  void Update(uint64_t done, uint64_t all);

 private:
  std::ostream& err_;
  const base::Clock& clock_;
  std::string what_;
  bool terminal_;
  bool shown_ = false;
  base::MonotonicTime start_;
  base::MonotonicTime last_;
};

// 1.5GiB, 20.0KiB, 512B.
std::string BytesText(uint64_t bytes);
// 2025-01-01T00:00:00.123Z; the fraction only where there is one.
std::string TimeText(int64_t ms);

}  // namespace bekci::app::commands
