// ApiHistory: stored history for backtests, of a server that speaks the Prometheus API; and the rules it runs.
//
// Samples over the API carry no stale markers: a rule that goes step by step sees a series that ended for as long as
// the look-back. Native histograms are seen as present, and not their buckets. Thread rule: one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/ruler/backtest.h"
#include "agent/ruler/rule_text.h"

namespace bekci::app::commands {

class ApiHistory : public ruler::BacktestHistory {
 public:
  // `timeout` is that of each request.
  ApiHistory(std::string server, base::Duration timeout) : server_(std::move(server)), timeout_(timeout) {}

  base::Result<promql::Matrix> Range(const std::string& query, base::Timestamp start, base::Timestamp end,
                                     base::Duration step) override;
  base::Status Load(const std::vector<model::Matcher>& matchers, base::Timestamp min, base::Timestamp max,
                    const Take& take) override;

 private:
  const std::string server_;
  const base::Duration timeout_;
};

// The answer to /api/v1/rules as groups. It is read with suspicion: what is not there is empty. Errors: corrupt, when
// it is no such answer; what the server says is wrong, as invalid.
base::Result<std::vector<ruler::GroupText>> GroupsOfAnswer(std::string_view json);

// What the answer to /api/v1/status/config says under global: of the evaluation of rules that do not say themselves.
// What it does not say stays as it is.
void TakeGlobal(std::string_view json, base::Duration* evaluation_interval, base::Duration* query_offset);

}  // namespace bekci::app::commands
