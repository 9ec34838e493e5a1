// The gate's thread: rounds of events and deadlines, until it is told to stop. See gate.h.
#include "agent/net/gate.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "agent/base/thread_signals.h"
#include "agent/net/gate_connection.h"
#include "agent/net/gate_listener.h"
#include "agent/net/listen_address.h"

namespace bekci::net {
namespace {

// What running handlers get at the end; with the rest of the way a stop stays within a second.
constexpr base::Duration kGrace = base::milliseconds(700);

class GateImpl final : public Server {
 public:
  GateImpl(const ServerOptions& options, Handler handler, base::Logger& log)
      : core_(options, std::move(handler), log) {}
  ~GateImpl() override { Stop(); }

  base::Status Start();
  std::vector<std::string> addresses() const override { return addresses_; }
  ServerStats stats() const override;
  base::Status ReloadTls(const TlsOptions& tls) override { return core_.tls.Reload(tls); }

 private:
  base::Status Listen();
  void Stop();
  void Run();
  void Round(base::MonotonicTime wake_at);
  void ExpireAll();
  base::MonotonicTime NextDue() const;
  void DropSlowReaders();
  void BeginStop();
  bool Finished() const { return core_.handlers.first() == nullptr && core_.answers.first() == nullptr; }

  GateCore core_;
  std::vector<std::string> addresses_;
  std::vector<EventTarget*> listeners_;
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

base::Status GateImpl::Listen() {
  for (const std::string& text : core_.options.listen_addresses) {
    ASSIGN_OR_RETURN(const ListenAddress address, ParseListenAddress(text));
    ASSIGN_OR_RETURN(ListenSocket socket, OpenListenSocket(address));
    addresses_.push_back(socket.text);
    const int fd = socket.fd;
    auto listener = std::make_unique<GateListener>(core_, std::move(socket));
    listeners_.push_back(listener.get());
    if (!core_.loop.Adopt(std::move(listener), fd, 1 /* EPOLLIN */)) return base::Unavailable("epoll refuses " + text);
  }
  return base::OkStatus();
}

base::Status GateImpl::Start() {
  RETURN_IF_ERROR(core_.tls.Reload(core_.options.tls));
  RETURN_IF_ERROR(core_.loop.Open());
  RETURN_IF_ERROR(core_.threads.Start(core_.options.handler_threads));
  RETURN_IF_ERROR(Listen());
  core_.now = core_.clock.Monotonic();
  {
    const base::SignalsBlocked blocked;
    thread_ = std::thread([this] { Run(); });
  }
  pthread_setname_np(thread_.native_handle(), "gate");
  return base::OkStatus();
}

void GateImpl::Stop() {
  if (!thread_.joinable()) return;
  stop_.store(true);
  core_.loop.Wake();
  thread_.join();
}

void GateImpl::Run() {
  while (!stop_.load(std::memory_order_relaxed)) Round(base::MonotonicTime::Max());
  const base::MonotonicTime last = core_.clock.Monotonic() + kGrace;
  BeginStop();
  while (!Finished() && core_.now < last) Round(last);
  core_.loop.Clear();
}

void GateImpl::Round(base::MonotonicTime wake_at) {
  wake_at = std::min(wake_at, NextDue());
  int timeout_ms = -1;
  if (wake_at != base::MonotonicTime::Max()) {
    const int64_t wait = base::ToMillis(wake_at - core_.clock.Monotonic()) + 1;  // rounded up: never a spin
    timeout_ms = static_cast<int>(std::clamp<int64_t>(wait, 0, 60'000));
  }
  core_.now = core_.clock.Monotonic();
  const bool woken = core_.loop.RunOnce(timeout_ms, [this] { core_.now = core_.clock.Monotonic(); });
  if (woken) core_.DeliverFinished();
  ExpireAll();
  if (core_.full()) DropSlowReaders();
  core_.StartWaiting();
  core_.loop.EndRound();
  core_.counters.open_connections.store(core_.open, std::memory_order_relaxed);
}

base::MonotonicTime GateImpl::NextDue() const {
  base::MonotonicTime due = base::MonotonicTime::Max();
  for (const DeadlineList* list : {&core_.heads, &core_.bodies, &core_.waiting, &core_.urgent, &core_.handlers,
                                   &core_.answers, &core_.idle, &core_.lingering}) {
    due = std::min(due, list->first_due());
  }
  if (core_.full() && core_.answers.first() != nullptr)
    due = std::min(due, core_.answers.first_since() + core_.options.crowded_deadline);
  return due;
}

void GateImpl::ExpireAll() {
  for (DeadlineList* list : {&core_.heads, &core_.bodies, &core_.waiting, &core_.urgent, &core_.handlers,
                             &core_.answers, &core_.idle, &core_.lingering}) {
    while (DeadlineEntry* due = list->TakeDue(core_.now)) static_cast<GateConnection*>(due)->OnDeadline();
  }
}

// Answers that nobody takes must not keep others from being made: those held longest go first.
void GateImpl::DropSlowReaders() {
  while (core_.full() && core_.answers.first() != nullptr &&
         core_.answers.first_since() + core_.options.crowded_deadline <= core_.now) {
    DeadlineEntry* slowest = core_.answers.first();
    slowest->LeaveList();
    static_cast<GateConnection*>(slowest)->OnDeadline();
  }
}

void GateImpl::BeginStop() {
  core_.stopping = true;
  for (EventTarget* listener : listeners_) core_.loop.Bury(listener);
  for (DeadlineList* list : {&core_.heads, &core_.bodies, &core_.idle, &core_.waiting, &core_.urgent}) {
    while (DeadlineEntry* entry = list->first()) static_cast<GateConnection*>(entry)->OnStopping();
  }
  core_.loop.EndRound();
}

ServerStats GateImpl::stats() const {
  const auto read = [](const std::atomic<uint64_t>& counter) { return counter.load(std::memory_order_relaxed); };
  const GateCounters& from = core_.counters;
  return {.accepted = read(from.accepted),
          .dropped_limit = read(from.dropped_limit),
          .dropped_slow = read(from.dropped_slow),
          .dropped_bad = read(from.dropped_bad),
          .open_connections = read(from.open_connections),
          .requests = read(from.requests),
          .refused_busy = read(from.refused_busy)};
}

}  // namespace

// One thread is kept for urgent requests, and the first of them goes before all others; the further ones take their
// turn, so that many of them keep nobody else waiting.
void GateCore::StartWaiting() {
  const int kept = options.urgent_paths.empty() || options.handler_threads == 1 ? 0 : 1;
  while (running < options.handler_threads && !full()) {
    const bool ordinary = waiting.first() != nullptr && running - running_urgent < options.handler_threads - kept;
    if (urgent.first() != nullptr &&
        (!ordinary || running_urgent == 0 || urgent.first_since() <= waiting.first_since())) {
      static_cast<GateConnection*>(urgent.first())->StartHandler();
    } else if (ordinary) {
      static_cast<GateConnection*>(waiting.first())->StartHandler();
    } else {
      return;
    }
  }
}

bool GateCore::IsUrgent(const std::string& path) const {
  return std::find(options.urgent_paths.begin(), options.urgent_paths.end(), path) != options.urgent_paths.end();
}

void GateCore::DeliverFinished() {
  for (const std::unique_ptr<HandlerJob>& job : threads.TakeFinished()) {
    --running;
    if (job->urgent) --running_urgent;
    buffered_bytes -= job->charged_bytes;
    if (job->client != nullptr) job->client->OnFinished(*job);
  }
}

void GateCore::Remember(uint64_t peer_key) {
  ++open;
  if (peer_key != 0) ++open_by_peer[peer_key];
}

void GateCore::Forget(uint64_t peer_key) {
  --open;
  if (peer_key == 0) return;
  const auto found = open_by_peer.find(peer_key);
  if (found != open_by_peer.end() && --found->second == 0) open_by_peer.erase(found);
}

base::Result<std::unique_ptr<Server>> StartGate(const ServerOptions& options, Handler handler, base::Logger& log) {
  auto gate = std::make_unique<GateImpl>(options, std::move(handler), log);
  RETURN_IF_ERROR(gate->Start());
  return std::unique_ptr<Server>(std::move(gate));
}

}  // namespace bekci::net
