#include "agent/app/discoverer.h"

#include <pthread.h>

#include <utility>

namespace bekci::app {
namespace {

constexpr base::Duration kOften = base::minutes(1);
constexpr int kOftenLooks = 5;
constexpr base::Duration kRarely = base::minutes(10);

}  // namespace

Discoverer::Discoverer(Hooks hooks, base::Clock& clock, base::Logger& log)
    : hooks_(std::move(hooks)), clock_(clock), log_(log) {}

void Discoverer::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Discoverer::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

void Discoverer::LookNow() {
  {
    base::MutexLock lock(mutex_);
    now_ = true;
  }
  changed_.NotifyAll();
}

void Discoverer::Run() {
  pthread_setname_np(pthread_self(), "discover");
  int looks = 0;
  for (;;) {
    {
      base::MutexLock lock(mutex_);
      now_ = false;  // before the look: who asks while it is under way wants another
    }
    if (hooks_.wanted()) Look();
    ++looks;
    const base::MonotonicTime next = clock_.Monotonic() + (looks < kOftenLooks ? kOften : kRarely);
    base::MutexLock lock(mutex_);
    while (!stopping_ && !now_ && clock_.Monotonic() < next) clock_.WaitUntil(changed_, mutex_, next);
    if (stopping_) return;
  }
}

void Discoverer::Look() {
  auto found = hooks_.look();
  const std::string error = found.ok() ? "" : found.status().message();
  if (error != last_error_ && !error.empty()) log_.Warn("discovery failed, it is tried again", {{"error", error}});
  last_error_ = error;
  if (!found.ok()) return;
  {
    base::MutexLock lock(mutex_);
    if (stopping_) return;
  }
  std::string text = DiscoveriesText(*found);
  if (text == last_) return;
  Tell(*found);
  if (hooks_.take_in(std::move(*found)).ok()) last_ = std::move(text);
}

void Discoverer::Tell(const std::vector<Discovery>& found) {
  std::set<std::string> lines;
  for (const Discovery& one : found) {
    const auto& [instance, what, options, problem, fix] = one.found;
    std::string key = one.collector + "/" + instance + ": " + what + ": " + problem;
    const bool known = told_.contains(key);
    lines.insert(std::move(key));
    if (known) continue;
    if (problem.empty()) {
      log_.Info("found on this host, collecting it",
                {{"collector", one.collector}, {"instance", instance}, {"what", what}});
    } else {
      log_.Warn(
          "found on this host, but it cannot be collected yet; see bekci config discover",
          {{"collector", one.collector}, {"instance", instance}, {"what", what}, {"problem", problem}, {"fix", fix}});
    }
  }
  told_ = std::move(lines);
}

}  // namespace bekci::app
