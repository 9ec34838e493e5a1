// The logger behind the daemon: lines are formatted by the thread that logs and written by one thread of spdlog's, so
// that a blocked terminal or journal pipe never blocks the work. spdlog stays inside this file, and so do its
// exceptions.
#include <spdlog/async_logger.h>
#include <spdlog/details/thread_pool.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <unistd.h>

#include <chrono>
#include <exception>

#include "agent/base/log.h"

namespace bekci::base {
namespace {

// 256 lines are about 100 KiB of slots and more than a burst of every collector failing at once.
constexpr size_t kQueueLines = 256;

int64_t UnixMillis() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

class StderrLogger : public Logger {
 public:
  StderrLogger(LogFormat format, LogLevel level) : format_(format) {
    set_level(level);
    try {
      pool_ = std::make_shared<spdlog::details::thread_pool>(kQueueLines, 1);
      spdlog_ = std::make_shared<spdlog::async_logger>("stderr", std::make_shared<spdlog::sinks::stderr_sink_mt>(),
                                                       pool_, spdlog::async_overflow_policy::overrun_oldest);
      spdlog_->set_level(spdlog::level::trace);  // the level is checked in Logger::Log
      spdlog_->set_pattern("%v", spdlog::pattern_time_type::utc);
    } catch (const std::exception&) {
      // No thread to be had: lines are then written where they arise, which is slower and says as much.
      spdlog_.reset();
      pool_.reset();
    }
  }

  uint64_t dropped() const override { return pool_ ? pool_->overrun_counter() : 0; }

 protected:
  void Write(LogLevel at, std::string_view message, std::span<const LogField> fields) override {
    std::string line = FormatLogLine(format_, UnixMillis(), at, message, fields);
    if (spdlog_ != nullptr) {
      spdlog_->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
      return;
    }
    line += '\n';
    if (write(STDERR_FILENO, line.data(), line.size()) < 0) return;  // nowhere left to say it
  }

 private:
  const LogFormat format_;
  std::shared_ptr<spdlog::async_logger> spdlog_;
  // Ends first: its destructor writes what is queued and joins, so that nobody uses the logger while that ends.
  std::shared_ptr<spdlog::details::thread_pool> pool_;
};

}  // namespace

std::unique_ptr<Logger> MakeStderrLogger(LogFormat format, LogLevel level) {
  return std::make_unique<StderrLogger>(format, level);
}

}  // namespace bekci::base
