// `bekci discover`, which nobody types: the child that app/discovery_process.cc starts looks at the host and says what
// runs.
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/discovery.h"
#include "agent/base/text.h"
#include "agent/collect/sandbox.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kFlags[] = {
    {.name = "memory-limit", .value = "BYTES", .default_text = "268435456", .help = "As the worker's."},
    {.name = "hide", .value = "DIRECTORY", .help = "As the worker's."},
    {.name = "patience-ms", .value = "N", .default_text = "5000", .help = "How long to look, in all."},
};

}  // namespace

std::span<const Flag> DiscoverFlags() {
  return kFlags;
}

int RunDiscoverProcess(const Arguments& arguments, Console console) {
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kError);
  const auto limit = base::ParseUint(arguments.Value("memory-limit"));
  const auto patience = base::ParseUint(arguments.Value("patience-ms"));
  if (!limit || !patience || *patience > 600'000) {
    PrintError(console.err, "--memory-limit and --patience-ms are numbers");
    return kExitUsage;
  }
  collect::ConfineProcess(2, *limit, arguments.Value("hide"), *log);
  base::RealFileSystem fs;
  base::RealClock clock;
  const collect::Environment environment{&fs, &clock, log.get()};
  const auto found =
      DiscoverHere(collect::AllCollectors(), environment, base::milliseconds(static_cast<int64_t>(*patience)));
  console.out << DiscoveriesText(found) << std::flush;
  return kExitGood;
}

}  // namespace bekci::app::commands
