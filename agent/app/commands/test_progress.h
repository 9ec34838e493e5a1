// TestProgress: which test of a file runs and how far it has come, on standard error: one line that is written over on
// a terminal, else a line every ten seconds, so that short runs say nothing.
//
// Thread rule: one thread.
#pragma once

#include <cstddef>
#include <ostream>
#include <string>

#include "agent/base/clock.h"

namespace bekci::app::commands {

class TestProgress {
 public:
  TestProgress(std::ostream& err, std::string path, bool terminal)
      : err_(err), path_(std::move(path)), terminal_(terminal), last_(clock_.Monotonic()) {}

  void Test(const std::string& title, size_t number, size_t of);
  void Step(size_t done, size_t of);
  // Takes the line off the terminal, so that the result stands in its place.
  void Clear();

 private:
  std::ostream& err_;
  const std::string path_;
  const bool terminal_;
  base::RealClock clock_;
  base::MonotonicTime last_;
  std::string test_;
  size_t width_ = 0;  // of the line on the terminal
  size_t steps_ = 0;  // since the clock was looked at
};

}  // namespace bekci::app::commands
