#include "agent/collect/collect_once.h"

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
  result.round = sink.FinishRound(&result.problems);
  return result;
}

}  // namespace bekci::collect
