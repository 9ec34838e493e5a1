// Promises of the logger: one line each, parseable whatever is in it, counted, and never in the way.
#include "agent/base/log.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <thread>

#include "agent/base/file_system.h"
#include "agent/base/text.h"

namespace bekci::base::log_test {
namespace {

std::string Line(LogFormat format, std::string_view message, Logger::Fields fields) {
  return FormatLogLine(format, 1'795'262'400'007, LogLevel::kInfo, message, std::span(fields.begin(), fields.size()));
}

// Standard error of this process goes to a file while it lives.
class CapturedStderr {
 public:
  CapturedStderr() : path_("/tmp/bekci_log_test." + std::to_string(getpid())), saved_(dup(STDERR_FILENO)) {
    const int fd = open(path_.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    REQUIRE(fd >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
  }
  ~CapturedStderr() {
    Restore();
    unlink(path_.c_str());
  }
  std::string Text() {
    Restore();
    RealFileSystem fs;
    return *fs.ReadFile(path_);
  }

 private:
  void Restore() {
    if (saved_ < 0) return;
    dup2(saved_, STDERR_FILENO);
    close(saved_);
    saved_ = -1;
  }
  std::string path_;
  int saved_;
};

TEST_CASE("logfmt quotes only what needs it") {
  CHECK(
      Line(LogFormat::kLogfmt, "collector failed", {{"collector", "mysql"}, {"error", "dial tcp: refused"}}) ==
      "time=2026-11-21T12:00:00.007Z level=info msg=\"collector failed\" collector=mysql error=\"dial tcp: refused\"");
  CHECK(Line(LogFormat::kLogfmt, "started", {{"a", ""}, {"b", "x=y"}, {"c", "say \"hi\""}, {"d", "ç"}}) ==
        R"(time=2026-11-21T12:00:00.007Z level=info msg=started a="" b="x=y" c="say \"hi\"" d=ç)");
}

TEST_CASE("what a peer sent cannot start a second line or break the format") {
  const std::string line = Line(LogFormat::kLogfmt, "x", {{"peer", "a\nlevel=error\x1b[2J\xFF"}});
  CHECK(line == R"(time=2026-11-21T12:00:00.007Z level=info msg=x peer="a\nlevel=error\u001b[2J\ufffd")");
}

TEST_CASE("JSON lines hold numbers as numbers and everything else escaped") {
  CHECK(
      Line(
          LogFormat::kJson, "done \"x\"",
          {{"n", 42}, {"ratio", 0.5}, {"ok", true}, {"big", std::numeric_limits<double>::infinity()}, {"p", "a\tb"}}) ==
      R"({"time":"2026-11-21T12:00:00.007Z","level":"info","msg":"done \"x\"","n":42,"ratio":0.5,"ok":true,"big":"+Inf","p":"a\tb"})");
}

TEST_CASE("times before 1970 keep their milliseconds") {
  CHECK(FormatLogLine(LogFormat::kLogfmt, -1, LogLevel::kWarn, "x", {}) ==
        "time=1969-12-31T23:59:59.999Z level=warn msg=x");
}

TEST_CASE("level names are read in any case and anything else is explained") {
  for (const LogLevel level : {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarn, LogLevel::kError}) {
    CHECK(ParseLogLevel(LogLevelName(level)).value() == level);
  }
  CHECK(ParseLogLevel("WARN").value() == LogLevel::kWarn);
  CHECK(ParseLogLevel("loud").status().message() == "\"loud\" is not a log level: use debug, info, warn or error");
}

TEST_CASE("lines under the level are neither written nor counted; bugs are counted apart") {
  CaptureLogger log;
  log.set_level(LogLevel::kWarn);
  log.Info("not this");
  log.Warn("this", {{"k", 1}});
  log.Bug("impossible state");
  CHECK(log.lines(LogLevel::kInfo) == 0);
  CHECK(log.lines(LogLevel::kWarn) == 1);
  CHECK(log.lines(LogLevel::kError) == 1);
  CHECK(log.bugs() == 1);
  CHECK(log.CountContaining("BUG: impossible") == 1);
  CHECK(log.Take() == std::vector<std::string>{"level=warn msg=this k=1", "level=error msg=\"BUG: impossible state\""});
  CHECK(log.Take().empty());
}

TEST_CASE("destroying the stderr logger writes what is queued, one line per call, oldest first") {
  CapturedStderr captured;
  {
    const auto log = MakeStderrLogger(LogFormat::kLogfmt, LogLevel::kInfo);
    for (int i = 0; i < 100; ++i) log->Info("line {} %s", {{"i", i}});
    log->Debug("below the level");
    CHECK(log->dropped() == 0);
  }
  const std::string text = captured.Text();
  LineReader lines(text);
  std::string_view line;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(lines.Next(&line));
    CHECK(line.starts_with("time=20"));
    CHECK(line.ends_with(" level=info msg=\"line {} %s\" i=" + std::to_string(i)));
  }
  CHECK_FALSE(lines.Next(&line));
}

TEST_CASE("a reader of stderr that stands still stops nobody; the oldest lines go and are counted") {
  int ends[2];
  REQUIRE(pipe2(ends, O_CLOEXEC) == 0);
  const int saved = dup(STDERR_FILENO);
  dup2(ends[1], STDERR_FILENO);
  auto log = MakeStderrLogger(LogFormat::kLogfmt, LogLevel::kInfo);
  const std::string filler(1000, 'x');
  for (int i = 0; i < 2'000; ++i) log->Info("full", {{"filler", filler}});  // 2 MB into a pipe of 64 KiB
  const uint64_t dropped = log->dropped();

  size_t received = 0;
  std::thread reader([&] {
    char chunk[4096];
    for (ssize_t got = 0; (got = read(ends[0], chunk, sizeof chunk)) > 0;) {
      received += static_cast<size_t>(std::count(chunk, chunk + got, '\n'));
    }
  });
  log.reset();
  dup2(saved, STDERR_FILENO);
  close(saved);
  close(ends[1]);
  reader.join();
  close(ends[0]);
  CHECK(dropped > 1'000);
  CHECK(received + dropped == 2'000);
}

}  // namespace
}  // namespace bekci::base::log_test
