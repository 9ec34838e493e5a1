// EngineHistory: stored history for backtests, of a store in this process.
//
// Thread rule: one thread.
#pragma once

#include "agent/promql/engine.h"
#include "agent/ruler/backtest.h"
#include "agent/storage/storage.h"

namespace bekci::ruler {

class EngineHistory : public BacktestHistory {
 public:
  // Both outlive it.
  EngineHistory(promql::Engine& engine, storage::Queryable& store) : engine_(engine), store_(store) {}

  base::Result<promql::Matrix> Range(const std::string& query, base::Timestamp start, base::Timestamp end,
                                     base::Duration step) override;
  base::Status Load(const std::vector<model::Matcher>& matchers, base::Timestamp min, base::Timestamp max,
                    const Take& take) override;

 private:
  promql::Engine& engine_;
  storage::Queryable& store_;
};

}  // namespace bekci::ruler
