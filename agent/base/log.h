// Logging: levels, a message that never varies, and fields that do.
//
//     log.Warn("collector failed", {{"collector", "mysql"}, {"error", status.message()}});
//
// Messages are constant so that they can be searched and counted; everything variable is a field. What is behind it
// (spdlog, asynchronous, logfmt or JSON) is not visible here, which keeps this header slim. The logger is handed in.
//
// Thread rule: any Logger may be used from any thread.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/base/status.h"

namespace bekci::base {

enum class LogLevel : unsigned char { kDebug, kInfo, kWarn, kError };
inline constexpr size_t kLogLevels = 4;

// "debug", "info", "warn", "error": the spelling of --log.level and of the metric label.
std::string_view LogLevelName(LogLevel level);
Result<LogLevel> ParseLogLevel(std::string_view text);

struct LogField {
  std::string_view key;
  std::string value;
  bool bare = false;  // a number or bool: no quotes in JSON

  LogField(std::string_view k, std::string_view v) : key(k), value(v) {}
  LogField(std::string_view k, const std::string& v) : key(k), value(v) {}
  LogField(std::string_view k, const char* v) : key(k), value(v) {}
  LogField(std::string_view k, bool v) : key(k), value(v ? "true" : "false"), bare(true) {}
  template <typename T>
  requires std::is_integral_v<T> LogField(std::string_view k, T v) : key(k), value(std::to_string(v)), bare(true) {}
  // Infinities and NaN have no spelling in JSON, so these stay in quotes.
  LogField(std::string_view k, double v) : key(k), value(Number(v)), bare(v - v == 0) {}

 private:
  static std::string Number(double v);
};

class Logger {
 public:
  using Fields = std::initializer_list<LogField>;
  virtual ~Logger() = default;

  void Debug(std::string_view message, Fields fields = {}) { Log(LogLevel::kDebug, message, fields); }
  void Info(std::string_view message, Fields fields = {}) { Log(LogLevel::kInfo, message, fields); }
  void Warn(std::string_view message, Fields fields = {}) { Log(LogLevel::kWarn, message, fields); }
  void Error(std::string_view message, Fields fields = {}) { Log(LogLevel::kError, message, fields); }

  // A state that our code says cannot be, but that we survive. Logged with "BUG: " before it and counted.
  void Bug(std::string_view message, Fields fields = {});

  void Log(LogLevel level, std::string_view message, Fields fields) {
    Log(level, message, std::span<const LogField>(fields.begin(), fields.size()));
  }
  void Log(LogLevel level, std::string_view message, std::span<const LogField> fields);

  // Lines written so far per level, and bugs: read by the agent's own metrics.
  uint64_t lines(LogLevel level) const { return lines_[static_cast<size_t>(level)].load(std::memory_order_relaxed); }
  uint64_t bugs() const { return bugs_.load(std::memory_order_relaxed); }
  // Lines that were counted but had to go because nobody took them fast enough.
  virtual uint64_t dropped() const { return 0; }
  void set_level(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  LogLevel level() const { return level_.load(std::memory_order_relaxed); }

 protected:
  virtual void Write(LogLevel level, std::string_view message, std::span<const LogField> fields) = 0;

 private:
  std::array<std::atomic<uint64_t>, kLogLevels> lines_{};
  std::atomic<uint64_t> bugs_{0};
  std::atomic<LogLevel> level_{LogLevel::kInfo};
};

enum class LogFormat : unsigned char { kLogfmt, kJson };

// A logger to standard error through spdlog: asynchronous, a queue of 256 lines, a full queue drops the oldest line
// rather than stop the process. Destroying it writes what is queued.
std::unique_ptr<Logger> MakeStderrLogger(LogFormat format, LogLevel level);

// One line as the stderr logger writes it, without the line end: time=... level=info msg="..." key=value.
std::string FormatLogLine(LogFormat format, int64_t unix_ms, LogLevel level, std::string_view message,
                          std::span<const LogField> fields);

// Keeps lines for a test to look at, formatted as logfmt without the time.
class CaptureLogger : public Logger {
 public:
  CaptureLogger() { set_level(LogLevel::kDebug); }
  std::vector<std::string> Take();
  // How many kept lines contain `text`.
  size_t CountContaining(std::string_view text) const;

 protected:
  void Write(LogLevel level, std::string_view message, std::span<const LogField> fields) override;

 private:
  mutable Mutex mutex_;
  std::vector<std::string> lines_ GUARDED_BY(mutex_);
};

}  // namespace bekci::base
