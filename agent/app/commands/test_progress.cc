#include "agent/app/commands/test_progress.h"

#include <algorithm>

namespace bekci::app::commands {
namespace {

constexpr base::Duration kOnTerminal = base::milliseconds(200);
constexpr base::Duration kInLog = base::seconds(10);
constexpr size_t kStepsBetweenLooks = 64;

}  // namespace

void TestProgress::Test(const std::string& title, size_t number, size_t of) {
  test_ = "test " + std::to_string(number) + " of " + std::to_string(of) + ", " + title;
}

void TestProgress::Step(size_t done, size_t of) {
  if (++steps_ < kStepsBetweenLooks) return;
  steps_ = 0;
  const base::MonotonicTime now = clock_.Monotonic();
  if (now - last_ < (terminal_ ? kOnTerminal : kInLog)) return;
  last_ = now;
  std::string line = path_ + ": " + test_ + ": " + std::to_string(100 * done / std::max<size_t>(of, 1)) + " %";
  const size_t width = line.size();
  if (terminal_) {
    line.resize(std::max(width, width_), ' ');
    err_ << "\r" << line << std::flush;
    width_ = width;
  } else {
    err_ << line << "\n" << std::flush;
  }
}

void TestProgress::Clear() {
  if (width_ == 0) return;
  err_ << "\r" << std::string(width_, ' ') << "\r" << std::flush;
  width_ = 0;
}

}  // namespace bekci::app::commands
