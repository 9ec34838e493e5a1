#include "agent/app/slo_service.h"

#include <pthread.h>

#include <utility>

namespace bekci::app {
namespace {

constexpr base::Duration kEvery = base::seconds(60);
// Evaluations look at a moment that has passed: a sample has the time at which its collection began, and is stored when
// that has ended. One that comes after its moment was looked at would never be counted.
constexpr base::Duration kSettling = base::seconds(10);

}  // namespace

SloService::SloService(promql::Engine& engine, storage::Queryable& store, base::FileSystem& fs, base::Clock& clock,
                       base::Logger& log, std::string directory)
    : engine_(engine), store_(store), fs_(fs), clock_(clock), log_(log), directory_(std::move(directory)) {}

SloService::~SloService() {
  Stop();
}

void SloService::Adopt(std::vector<ruler::slo::Slo> slos) {
  {
    base::MutexLock lock(mutex_);
    slos_ = std::move(slos);
    fresh_ = true;
    EnsureThread();
  }
  changed_.NotifyAll();
}

void SloService::Start() {
  base::MutexLock lock(mutex_);
  started_ = true;
  EnsureThread();
}

void SloService::EnsureThread() {
  if (!started_ || stopping_ || slos_.empty() || thread_.joinable()) return;
  thread_ = std::thread([this] { Run(); });
}

void SloService::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void SloService::Run() {
  pthread_setname_np(pthread_self(), "slo");
  Runner runner;
  do {
    runner = TakeNew(std::move(runner));
    if (runner != nullptr) Evaluate(runner);
    ticks_.fetch_add(1, std::memory_order_release);
  } while (WaitForTick());
}

// The runner that counts from now on: the one before, or that of new objectives. When the directory of these cannot be
// made the ones before go on, and the next tick tries again.
SloService::Runner SloService::TakeNew(Runner running) {
  std::vector<ruler::slo::Slo> slos;
  {
    base::MutexLock lock(mutex_);
    if (!fresh_ && !retry_) return running;
    fresh_ = false;
    slos = slos_;
  }
  std::vector<std::string> problems;
  auto opened =
      ruler::slo::BudgetRunner::Open(fs_, engine_, store_, slos, {.directory = directory_, .every = kEvery}, &problems);
  for (const std::string& problem : problems) log_.Warn("an error budget is not as it was", {{"problem", problem}});
  if (!opened.ok()) {
    const std::string& error = opened.status().message();
    if (std::exchange(failing_[""], error) != error) {
      log_.Error("error budgets cannot be kept, it is tried again every minute", {{"error", error}});
    }
    retry_ = true;
    return running;
  }
  retry_ = false;
  failing_.clear();
  base::MutexLock lock(mutex_);
  if (!fresh_) slos_ = {};
  return runner_ = *std::move(opened);
}

void SloService::Evaluate(const Runner& runner) {
  std::map<std::string, std::string> failing;
  for (const std::string& failure : runner->Evaluate(clock_.Now() - kSettling)) {
    const size_t colon = failure.find(": ");
    failing[failure.substr(0, colon)] = failure.substr(colon == std::string::npos ? failure.size() : colon + 2);
  }
  for (const auto& [id, error] : failing) {
    const auto known = failing_.find(id);
    if (known != failing_.end() && known->second == error) continue;
    log_.Warn("the events of an objective cannot be counted", {{"slo", id}, {"error", error}});
  }
  for (const auto& [id, error] : failing_) {
    if (!failing.contains(id)) log_.Info("the events of an objective are counted again", {{"slo", id}});
  }
  failing_ = std::move(failing);
}

// Sleeps to the next whole minute, or until there are new objectives. False: the agent ends.
bool SloService::WaitForTick() {
  const int64_t every_ms = base::ToMillis(kEvery);
  const base::MonotonicTime next = clock_.Monotonic() + base::milliseconds(every_ms - clock_.Now().ms % every_ms);
  base::MutexLock lock(mutex_);
  while (!stopping_ && !fresh_ && clock_.Monotonic() < next) clock_.WaitUntil(changed_, mutex_, next);
  return !stopping_;
}

SloService::Runner SloService::Running() const {
  base::MutexLock lock(mutex_);
  return runner_;
}

std::vector<ruler::slo::BudgetReport> SloService::Reports() const {
  const Runner runner = Running();
  return runner == nullptr ? std::vector<ruler::slo::BudgetReport>() : runner->Reports(clock_.Now());
}

}  // namespace bekci::app
