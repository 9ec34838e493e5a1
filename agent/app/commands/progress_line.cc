#include "agent/app/commands/progress_line.h"

#include <array>
#include <cstdio>
#include <ctime>

namespace bekci::app::commands {
namespace {

constexpr base::Duration kOnTerminal = base::milliseconds(200);
constexpr base::Duration kInLog = base::seconds(10);

}  // namespace

ProgressLine::~ProgressLine() {
  if (shown_ && terminal_) err_ << "\n" << std::flush;
}

void ProgressLine::Update(uint64_t done, uint64_t all) {
  const base::MonotonicTime now = clock_.Monotonic();
  if (now - last_ < (terminal_ ? kOnTerminal : kInLog) && done < all) return;
  if (!terminal_ && !shown_ && done >= all) return;  // short work needs no words
  last_ = now;
  shown_ = true;
  const double seconds = base::ToSeconds(now - start_);
  const double percent = all == 0 ? 100 : 100.0 * static_cast<double>(done) / static_cast<double>(all);
  const auto rate = seconds > 0 ? static_cast<uint64_t>(static_cast<double>(done) / seconds) : 0;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%5.1f %%", percent);
  err_ << (terminal_ ? "\r" : "") << what_ << ": " << text.data() << " of " << BytesText(all) << ", " << BytesText(rate)
       << "/s   " << (terminal_ ? "" : "\n") << std::flush;
}

std::string BytesText(uint64_t bytes) {
  static constexpr std::array<const char*, 5> kUnits = {"B", "KiB", "MiB", "GiB", "TiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit) value /= 1024;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f%s" : "%.1f%s", value, kUnits[unit]);
  return text.data();
}

std::string TimeText(int64_t ms) {
  const int64_t rest = ((ms % 1000) + 1000) % 1000;
  const auto seconds = static_cast<time_t>((ms - rest) / 1000);
  std::tm tm{};
  if (gmtime_r(&seconds, &tm) == nullptr) return std::to_string(ms);
  std::array<char, 64> text{};
  const size_t size = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &tm);
  std::string out(text.data(), size);
  if (rest != 0) out += "." + std::to_string(1000 + rest).substr(1);
  return out + "Z";
}

}  // namespace bekci::app::commands
