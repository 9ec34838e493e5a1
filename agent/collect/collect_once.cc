#include "agent/collect/collect_once.h"

#include "agent/base/text.h"
#include "agent/collect/worker_instance.h"

namespace bekci::collect {

base::Result<OnceResult> CollectOnce(const InstanceConfig& config, const Environment& environment,
                                     std::vector<std::string> only, std::vector<std::string> exclude) {
  ASSIGN_OR_RETURN(const std::unique_ptr<Collector> collector, MakeCollector(config, environment));
  const base::MonotonicTime start = environment.clock->Monotonic();
  const CollectContext context{start + config.deadline, std::move(only), std::move(exclude)};
  FamilySink sink;
  sink.set_max_series(config.max_series);
  sink.Begin();
  OnceResult result;
  result.status = CallCollector(*collector, context, sink);
  result.duration = environment.clock->Monotonic() - start;
  result.counts = sink.counts();
  result.round = sink.FinishRound(&result.problems);
  return result;
}

base::Status TryBuilding(std::span<const InstanceConfig> configs, const Environment& environment) {
  std::vector<std::string> problems;
  for (const InstanceConfig& config : configs) {
    const auto made = MakeCollector(config, environment);
    if (!made.ok()) problems.push_back(made.status().message());
  }
  return problems.empty() ? base::OkStatus() : base::Invalid(base::Join(problems, "\n"));
}

}  // namespace bekci::collect
