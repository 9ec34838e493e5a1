// Runs scripts: loads into a store in memory, evaluates through the engine, compares.
//
// An instant evaluation is tried in several ways that must agree: at its own time; with that time pinned by `@` at five
// other times; and, each time, as a range query around it. A range evaluation runs once.
//
// Source: Prometheus' promql/promqltest. Thread rule: one thread.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/promql/engine.h"
#include "agent/promql/testing/script.h"
#include "agent/storage/memory_storage.h"

namespace bekci::promql::testing {

struct ScriptFailure {
  size_t line = 0;
  std::string query;  // empty: a load failed
  std::string how;    // in which way it was evaluated
  std::string expected;
  std::string got;
};

struct ScriptReport {
  size_t passed = 0;
  std::vector<ScriptFailure> failures;
};

// The engine as scripts assume it: look-back 5 m, 10 000 samples, subqueries step by one minute, every feature on but
// type and unit labels.
EngineOptions ScriptEngineOptions();

class ScriptRunner {
 public:
  ScriptRunner() : ScriptRunner(ScriptEngineOptions()) {}
  explicit ScriptRunner(EngineOptions options) : engine_(std::move(options), clock_) {}
  // Evaluations count one by one; a load that fails is a failure, too.
  ScriptReport Run(std::span<const Command> commands);

 private:
  base::RealClock clock_;
  storage::MemoryStorage store_;
  Engine engine_;
};

}  // namespace bekci::promql::testing
