// The gate's thread: rounds of events and deadlines, until it is told to stop. See gate.h.
#include "agent/net/gate.h"

#include <pthread.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <thread>

#include "agent/net/gate_connection.h"
#include "agent/net/gate_listener.h"
#include "agent/net/listen_address.h"

namespace bekci::net {
namespace {

class GateImpl final : public Gate {
 public:
  GateImpl(const ServerOptions& options, Upstream upstream, base::Logger& log)
      : core_(options, std::move(upstream), log) {}
  ~GateImpl() override { Stop(base::Duration(0)); }

  base::Status Start();
  void Stop(base::Duration grace) override;
  std::vector<std::string> addresses() const override { return addresses_; }
  ServerStats stats() const override;
  base::Status ReloadTls(const TlsOptions& tls) override { return core_.tls.Reload(tls); }

 private:
  base::Status Listen();
  void Run();
  void Round(base::MonotonicTime wake_at);
  void ExpireAll();
  void BeginStop();
  bool Finished() const { return core_.handlers.first() == nullptr && core_.answers.first() == nullptr; }

  GateCore core_;
  std::vector<std::string> addresses_;
  std::vector<EventTarget*> listeners_;
  std::atomic<bool> stop_{false};
  std::atomic<int64_t> grace_ns_{0};
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
  RETURN_IF_ERROR(Listen());
  core_.now = core_.clock.Monotonic();
  // Signals are main's business: the new thread inherits a mask that blocks them all.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, &before);
  thread_ = std::thread([this] { Run(); });
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  pthread_setname_np(thread_.native_handle(), "gate");
  return base::OkStatus();
}

void GateImpl::Stop(base::Duration grace) {
  if (!thread_.joinable()) return;
  grace_ns_.store(grace.count());
  stop_.store(true);
  core_.loop.Wake();
  thread_.join();
}

void GateImpl::Run() {
  while (!stop_.load(std::memory_order_relaxed)) Round(base::MonotonicTime::Max());
  const base::MonotonicTime last = core_.clock.Monotonic() + base::Duration(grace_ns_.load());
  BeginStop();
  while (!Finished() && core_.now < last) Round(last);
  core_.loop.Clear();
}

void GateImpl::Round(base::MonotonicTime wake_at) {
  for (const DeadlineList* list :
       {&core_.heads, &core_.bodies, &core_.waiting, &core_.handlers, &core_.answers, &core_.idle, &core_.lingering}) {
    wake_at = std::min(wake_at, list->first_due());
  }
  int timeout_ms = -1;
  if (wake_at != base::MonotonicTime::Max()) {
    const int64_t wait = base::ToMillis(wake_at - core_.clock.Monotonic()) + 1;  // rounded up: never a spin
    timeout_ms = static_cast<int>(std::clamp<int64_t>(wait, 0, 60'000));
  }
  core_.now = core_.clock.Monotonic();
  core_.loop.RunOnce(timeout_ms, [this] { core_.now = core_.clock.Monotonic(); });
  ExpireAll();
  core_.loop.EndRound();
  core_.counters.open_connections.store(core_.open, std::memory_order_relaxed);
}

void GateImpl::ExpireAll() {
  for (DeadlineList* list :
       {&core_.heads, &core_.bodies, &core_.waiting, &core_.handlers, &core_.answers, &core_.idle, &core_.lingering}) {
    while (DeadlineEntry* due = list->TakeDue(core_.now)) static_cast<GateConnection*>(due)->OnDeadline();
  }
}

void GateImpl::BeginStop() {
  core_.stopping = true;
  for (EventTarget* listener : listeners_) core_.loop.Bury(listener);
  for (DeadlineList* list : {&core_.heads, &core_.bodies, &core_.idle, &core_.waiting}) {
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

void GateCore::StartWaiting() {
  while (relays < options.handler_threads && waiting.first() != nullptr) {
    static_cast<GateConnection*>(waiting.first())->StartRelay();
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

base::Result<std::unique_ptr<Gate>> StartGate(const ServerOptions& options, Upstream upstream, base::Logger& log) {
  auto gate = std::make_unique<GateImpl>(options, std::move(upstream), log);
  RETURN_IF_ERROR(gate->Start());
  return std::unique_ptr<Gate>(std::move(gate));
}

}  // namespace bekci::net
