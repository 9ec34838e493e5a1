// The worker process: arguments, confinement, and the server that does the work.
#include <sys/prctl.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/collect/collection.h"
#include "agent/collect/sandbox.h"
#include "agent/collect/worker_server.h"

namespace bekci::collect {

base::Result<WorkerArguments> ParseWorkerArguments(const std::vector<std::string>& arguments) {
  WorkerArguments parsed;
  for (size_t i = 0; i < arguments.size(); ++i) {
    const std::string& name = arguments[i];
    const bool ours = name == "--fd" || name == "--memory-limit" || name == "--threads" || name == "--hide" ||
                      name == "--scrape-memory";
    if (!ours) {
      parsed.rest.push_back(name);
      continue;
    }
    if (++i == arguments.size()) return base::Invalid(name + " needs a value");
    if (name == "--hide") {
      parsed.hidden_directory = arguments[i];
      continue;
    }
    const auto number = base::ParseUint(arguments[i]);
    if (!number) return base::Invalid(name + " is " + base::Quoted(arguments[i]) + ", must be a number");
    if (name == "--fd") parsed.fd = *number <= 1'000'000 ? static_cast<int>(*number) : -1;
    if (name == "--memory-limit") parsed.memory_limit_bytes = *number;
    if (name == "--scrape-memory") parsed.scrape_memory_bytes = *number;
    if (name == "--threads") parsed.threads = static_cast<size_t>(*number);
  }
  if (parsed.fd < 3) return base::Invalid("worker is started by bekci run, not by hand (--fd is missing)");
  return parsed;
}

int RunWorker(const WorkerArguments& arguments, base::Logger& log) {
  prctl(PR_SET_NAME, "bekci-worker");
  // Before the server exists there is nobody to tell but `log`; its descriptor (standard error) stays open.
  ConfineProcess(arguments.fd, arguments.memory_limit_bytes, arguments.hidden_directory, log);
  WorkerServer server(arguments.fd, arguments.threads, arguments.scrape_memory_bytes, log.level());
  const base::Status status = server.Run();
  if (!status.ok()) log.Error("collection worker ends", {{"error", status.message()}});
  // A collection may still hang in its thread, so nothing is waited for or destroyed.
  _exit(status.ok() ? 0 : 1);
}

}  // namespace bekci::collect
