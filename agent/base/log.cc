#include "agent/base/log.h"

#include <time.h>

#include <array>
#include <cstdio>

#include "agent/base/text.h"

namespace bekci::base {
namespace {

constexpr std::array<std::string_view, kLogLevels> kNames = {"debug", "info", "warn", "error"};

// "2026-11-21T12:00:00.000Z"
void AppendTime(std::string* out, int64_t unix_ms) {
  int64_t unix_s = unix_ms / 1000;
  int64_t ms = unix_ms % 1000;
  if (ms < 0) {
    ms += 1000;
    --unix_s;
  }
  const time_t t = unix_s;
  tm parts{};
  gmtime_r(&t, &parts);
  std::array<char, 96> text{};
  const int length =
      std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", parts.tm_year + 1900,
                    parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>(ms));
  out->append(text.data(), static_cast<size_t>(length));
}

// `value` as the inside of a JSON string. What is no UTF-8 is shown byte by byte as U+FFFD: a log line must stay one
// line that every reader can parse, whatever a peer sent.
void AppendEscaped(std::string* out, std::string_view value) {
  const bool valid = IsValidUtf8(value);
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      *out += {'\\', c};
    } else if (c == '\n') {
      *out += "\\n";
    } else if (c == '\t') {
      *out += "\\t";
    } else if (c == '\r') {
      *out += "\\r";
    } else if (byte < 0x20 || byte == 0x7F) {
      std::array<char, 8> escape{};
      std::snprintf(escape.data(), escape.size(), "\\u%04x", static_cast<unsigned>(byte));
      *out += escape.data();
    } else if (byte >= 0x80 && !valid) {
      *out += "\\ufffd";
    } else {
      *out += c;
    }
  }
}

void AppendQuoted(std::string* out, std::string_view value) {
  *out += '"';
  AppendEscaped(out, value);
  *out += '"';
}

bool NeedsQuotes(std::string_view value) {
  if (value.empty()) return true;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= ' ' || c == '=' || c == '"' || c == '\\' || byte == 0x7F) return true;
  }
  return !IsValidUtf8(value);
}

void AppendLogfmtPair(std::string* out, std::string_view key, std::string_view value) {
  if (!out->empty()) *out += ' ';
  *out += key;
  *out += '=';
  if (NeedsQuotes(value)) {
    AppendQuoted(out, value);
  } else {
    *out += value;
  }
}

void AppendLogfmt(std::string* out, LogLevel level, std::string_view message, std::span<const LogField> fields) {
  AppendLogfmtPair(out, "level", LogLevelName(level));
  AppendLogfmtPair(out, "msg", message);
  for (const LogField& field : fields) AppendLogfmtPair(out, field.key, field.value);
}

void AppendJson(std::string* out, LogLevel level, std::string_view message, std::span<const LogField> fields) {
  const auto key = [&](std::string_view name) {
    *out += ',';
    AppendQuoted(out, name);
    *out += ':';
  };
  key("level");
  AppendQuoted(out, LogLevelName(level));
  key("msg");
  AppendQuoted(out, message);
  for (const LogField& field : fields) {
    key(field.key);
    if (field.bare) {
      *out += field.value;
    } else {
      AppendQuoted(out, field.value);
    }
  }
}

}  // namespace

std::string_view LogLevelName(LogLevel level) {
  return kNames[static_cast<size_t>(level)];
}

Result<LogLevel> ParseLogLevel(std::string_view text) {
  for (size_t i = 0; i < kLogLevels; ++i) {
    if (EqualsIgnoreCase(text, kNames[i])) return static_cast<LogLevel>(i);
  }
  return Invalid(Quoted(text) + " is not a log level: use debug, info, warn or error");
}

std::string LogField::Number(double v) {
  return DoubleText(v);
}

void Logger::Log(LogLevel at, std::string_view message, std::span<const LogField> fields) {
  if (at < level()) return;
  lines_[static_cast<size_t>(at)].fetch_add(1, std::memory_order_relaxed);
  Write(at, message, fields);
}

void Logger::Bug(std::string_view message, Fields fields) {
  bugs_.fetch_add(1, std::memory_order_relaxed);
  Log(LogLevel::kError, "BUG: " + std::string(message), fields);
}

std::string FormatLogLine(LogFormat format, int64_t unix_ms, LogLevel level, std::string_view message,
                          std::span<const LogField> fields) {
  std::string line;
  line.reserve(160);
  if (format == LogFormat::kLogfmt) {
    line += "time=";
    AppendTime(&line, unix_ms);
    AppendLogfmt(&line, level, message, fields);
  } else {
    line += "{\"time\":\"";
    AppendTime(&line, unix_ms);
    line += '"';
    AppendJson(&line, level, message, fields);
    line += '}';
  }
  return line;
}

void CaptureLogger::Write(LogLevel at, std::string_view message, std::span<const LogField> fields) {
  std::string line;
  AppendLogfmt(&line, at, message, fields);
  MutexLock lock(mutex_);
  lines_.push_back(std::move(line));
}

std::vector<std::string> CaptureLogger::Take() {
  MutexLock lock(mutex_);
  return std::exchange(lines_, {});
}

size_t CaptureLogger::CountContaining(std::string_view text) const {
  MutexLock lock(mutex_);
  size_t count = 0;
  for (const std::string& line : lines_)
    if (line.find(text) != std::string::npos) ++count;
  return count;
}

}  // namespace bekci::base
