// BudgetRunner: the budgets of all objectives of an agent: reads them from disk, evaluates them, saves them, tells how
// they stand.
//
// One file each in a directory of its own, so that damage and removal of an objective concern it alone; an objective
// that is gone from the configuration keeps its file and goes on from it when it comes back.
//
// Thread rule: Evaluate by one thread; Reports from any. No lock is held across queries or files.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/promql/engine.h"
#include "agent/ruler/slo/budget.h"
#include "agent/ruler/slo/slo.h"
#include "agent/storage/storage.h"

namespace bekci::ruler::slo {

struct BudgetRunnerOptions {
  std::string directory;                     // made when it is missing, its parent must be there
  base::Duration every = base::seconds(60);  // between evaluations; 30 s to 60 s
  std::string zone_directory = "/usr/share/zoneinfo";
};

class BudgetRunner {
 public:
  // `fs`, `engine` and `store` must outlive it. What is odd but survivable (damage, a zone that is not there) is told
  // in `problems`, a line each. Errors: the directory cannot be made.
  static base::Result<std::unique_ptr<BudgetRunner>> Open(base::FileSystem& fs, promql::Engine& engine,
                                                          storage::Queryable& store, std::span<const Slo> slos,
                                                          BudgetRunnerOptions options,
                                                          std::vector<std::string>* problems);
  ~BudgetRunner();

  // Evaluates every objective at `t`, a tick. Returns what went wrong, a line each with the objective's id: a failing
  // one counts nothing and hurts no other.
  std::vector<std::string> Evaluate(base::Timestamp t);

  // In the order of the objectives.
  std::vector<BudgetReport> Reports(base::Timestamp t) const;
  // Null: no objective of this id. E.g. for windows that are in no report.
  std::optional<BudgetReport> Report(std::string_view id, base::Timestamp t) const;

  const BudgetRunnerOptions& options() const { return options_; }

 private:
  struct Entry;
  BudgetRunner(base::FileSystem& fs, promql::Engine& engine, storage::Queryable& store, BudgetRunnerOptions options);
  base::Status OpenEntry(const Slo& slo, std::vector<std::string>* problems);
  base::Status EvaluateEntry(Entry& entry, base::Timestamp t);

  base::FileSystem& fs_;
  promql::Engine& engine_;
  storage::Queryable& store_;
  const BudgetRunnerOptions options_;
  std::vector<std::unique_ptr<Entry>> entries_;
};

// The file of an objective: its id where that can be a file's name, shortened and marked where it is too long.
std::string BudgetFileName(std::string_view id);

}  // namespace bekci::ruler::slo
