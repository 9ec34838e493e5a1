#include "agent/app/store.h"

#include <pthread.h>

#include <utility>

namespace bekci::app {
namespace {

// A process that is being replaced lets go within a second; what else is wrong takes somebody to put it right.
constexpr base::Duration kPatience = base::minutes(1);
constexpr base::Duration kRetry = base::seconds(1);

tsdb::SeriesLimitOptions LimitsOf(const StorageSettings& settings) {
  return {settings.series_limit, settings.series_limit_per_source};
}

}  // namespace

Store::Store(base::FileSystem& fs, base::Clock& clock, base::Logger& log)
    : fs_(fs), clock_(clock), log_(log), rounds_(clock) {}

Store::~Store() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (open_thread_.joinable()) open_thread_.join();
  StopOwnMetrics();
  rounds_.SetStore(nullptr);
}

void Store::Start(const StorageSettings& settings, const std::string& path) {
  {
    base::MutexLock lock(mutex_);
    settings_ = settings;
  }
  tsdb::DatabaseOptions options;
  options.path = path;
  options.retention_ms = base::ToMillis(settings.retention_time);
  options.retention_bytes = settings.retention_bytes;
  options.sync_interval = settings.sync_interval;
  options.head.limits = LimitsOf(settings);
  open_thread_ = std::thread([this, options = std::move(options)] { RunOpen(options); });
}

bool Store::WaitUnlessStopped(base::MonotonicTime deadline) {
  base::MutexLock lock(mutex_);
  while (!stopping_ && clock_.Monotonic() < deadline) clock_.WaitUntil(changed_, mutex_, deadline);
  return !stopping_;
}

bool Store::WaitForOwn(base::MonotonicTime deadline) {
  base::MutexLock lock(mutex_);
  while (!own_stopping_ && clock_.Monotonic() < deadline) clock_.WaitUntil(changed_, mutex_, deadline);
  return !own_stopping_;
}

void Store::RunOpen(const tsdb::DatabaseOptions& first_options) {
  pthread_setname_np(pthread_self(), "store-open");
  const auto progress = [this](uint64_t done, uint64_t total) {
    replayed_bytes_.store(done, std::memory_order_relaxed);
    replay_bytes_.store(total, std::memory_order_relaxed);
  };
  tsdb::DatabaseOptions options = first_options;
  const base::MonotonicTime start = clock_.Monotonic();
  for (;;) {
    // What the disk cannot read of the log for so long, it will not: the rest is worth more than waiting for it.
    options.accept_unreadable_log = clock_.Monotonic() - start >= kPatience;
    auto opened = tsdb::Database::Open({fs_, clock_, random_, log_}, options, progress);
    if (opened.ok()) {
      database_ = *std::move(opened);
      break;
    }
    {
      base::MutexLock lock(mutex_);
      if (error_ != opened.status().message()) {
        error_ = opened.status().message();
        log_.Error("the store cannot be opened; nothing is kept until it can, which is tried every second",
                   {{"error", error_}});
      }
    }
    if (!WaitUnlessStopped(clock_.Monotonic() + kRetry)) return;
  }
  rounds_.SetStore(database_.get());
  {
    base::MutexLock lock(mutex_);
    error_.clear();
    // A reload may have come while it was being opened.
    database_->set_retention(base::ToMillis(settings_.retention_time), settings_.retention_bytes);
    database_->set_limits(LimitsOf(settings_));
    opened_.store(database_.get(), std::memory_order_release);
  }
  base::MutexLock lock(hook_mutex_);
  TellOpen();
}

// Whoever asks while the database opens is told by one of the two sides, once.
void Store::TellOpen() {
  if (on_open_ == nullptr || told_) return;
  told_ = true;
  on_open_();
}

void Store::set_on_open(std::function<void()> on_open) {
  base::MutexLock lock(hook_mutex_);
  on_open_ = std::move(on_open);
  told_ = false;
  if (opened_.load(std::memory_order_acquire) != nullptr) TellOpen();
}

void Store::Apply(const StorageSettings& settings) {
  base::MutexLock lock(mutex_);
  settings_ = settings;
  tsdb::Database* database = opened_.load();
  if (database == nullptr) return;
  database->set_retention(base::ToMillis(settings.retention_time), settings.retention_bytes);
  database->set_limits(LimitsOf(settings));
}

std::string Store::NotReady() const {
  if (opened_.load() != nullptr) return "";
  base::MutexLock lock(mutex_);
  return error_.empty() ? "the store is being opened" : error_;
}

ReplayProgress Store::progress() const {
  return {replayed_bytes_.load(std::memory_order_relaxed), replay_bytes_.load(std::memory_order_relaxed)};
}

void Store::StartOwnMetrics(std::string instance, base::Duration interval, Collect collect) {
  own_thread_ = std::thread([this, instance = std::move(instance), interval, collect = std::move(collect)] {
    RunOwnMetrics(instance, interval, collect);
  });
}

void Store::StopOwnMetrics() {
  {
    base::MutexLock lock(mutex_);
    own_stopping_ = true;
  }
  changed_.NotifyAll();
  if (own_thread_.joinable()) own_thread_.join();
}

void Store::RunOwnMetrics(const std::string& instance, base::Duration interval, const Collect& collect) {
  pthread_setname_np(pthread_self(), "self");
  collect::FamilySink sink;
  collect::InstanceState state;
  state.config.instance = instance;
  state.config.interval = interval;
  for (base::MonotonicTime next = clock_.Monotonic() + base::seconds(1); WaitForOwn(next); next = next + interval) {
    const base::MonotonicTime start = clock_.Monotonic();
    state.at = clock_.Now();
    sink.Begin();
    collect(sink);
    std::vector<std::string> problems;
    state.round = std::make_shared<model::Round>(sink.FinishRound(&problems));
    state.status = base::OkStatus();
    state.duration = clock_.Monotonic() - start;
    ++state.rounds;
    rounds_.OnOwnRound(state, "bekci");
  }
}

}  // namespace bekci::app
