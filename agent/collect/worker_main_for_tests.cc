// A program that is nothing but a collection worker with the collectors that misbehave: what process tests start.
#include <string>
#include <vector>

#include "agent/base/log.h"
#include "agent/collect/collection.h"

namespace base = bekci::base;
namespace collect = bekci::collect;

int main(int argc, char** argv) {
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kDebug);
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (words.empty() || words[0] != "worker") return 2;
  const auto arguments = collect::ParseWorkerArguments({words.begin() + 1, words.end()});
  if (!arguments.ok()) {
    log->Error("worker", {{"error", arguments.status().message()}});
    return 2;
  }
  return collect::RunWorker(*arguments, *log);
}
