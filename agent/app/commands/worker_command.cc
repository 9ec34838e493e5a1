// `bekci worker`: the other process. It is this binary started again by `bekci run`, with one end of a socket pair.
#include <malloc.h>

#include <csignal>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/base/log.h"
#include "agent/collect/collection.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    {.name = "log.level", .default_text = "info", .help = "As the core's."},
    {.name = "log.format", .default_text = "logfmt", .help = "As the core's."},
};

}  // namespace

int RunWorkerCommand(const Arguments& arguments, Console console) {
  mallopt(M_ARENA_MAX, 2);
  std::signal(SIGPIPE, SIG_IGN);
  const auto parsed = collect::ParseWorkerArguments(arguments.positional());
  const auto flags = parsed.ok() ? ParseFlags(kFlags, parsed->rest) : parsed.status();
  const auto level = flags.ok() ? base::ParseLogLevel(flags->Value("log.level")) : flags.status();
  if (!level.ok()) {
    PrintError(console.err, level.status().message());
    return kExitUsage;
  }
  const auto format = flags->Value("log.format") == "json" ? base::LogFormat::kJson : base::LogFormat::kLogfmt;
  const std::unique_ptr<base::Logger> log = base::MakeStderrLogger(format, *level);
  return collect::RunWorker(*parsed, *log);
}

}  // namespace bekci::app::commands
