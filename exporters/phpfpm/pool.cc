#include "exporters/phpfpm/pool.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <utility>

#include "agent/base/duration.h"
#include "exporters/phpfpm/pool_metrics.h"

namespace bekci::exporters::phpfpm {
namespace {

struct PeerNumber {
  const MetricSpec* spec;
  double PoolStatus::*member;
};
constexpr PeerNumber kPeerNumbers[] = {
    {&kStartSince, &PoolStatus::start_since},
    {&kAcceptedConnections, &PoolStatus::accepted_connections},
    {&kListenQueue, &PoolStatus::listen_queue},
    {&kMaxListenQueue, &PoolStatus::max_listen_queue},
    {&kListenQueueLength, &PoolStatus::listen_queue_length},
    {&kIdleProcesses, &PoolStatus::idle_processes},
    {&kActiveProcesses, &PoolStatus::active_processes},
    {&kTotalProcesses, &PoolStatus::total_processes},
    {&kMaxActiveProcesses, &PoolStatus::max_active_processes},
    {&kMaxChildrenReached, &PoolStatus::max_children_reached},
    {&kSlowRequests, &PoolStatus::slow_requests},
};

// php-fpm_exporter's fixed list, in its spelling; a state that is none of these gets a series while a worker has it.
constexpr std::string_view kPeerStates[] = {
    kIdle, kRunning, "Finishing", kReadingHeaders, "Getting request informations", "Ending"};

bool IsPeerState(std::string_view state) {
  return std::find(std::begin(kPeerStates), std::end(kPeerStates), state) != std::end(kPeerStates);
}

// A URL without its query, which may hold what is nobody's business.
std::string_view WithoutQuery(std::string_view uri) {
  return uri.substr(0, uri.find('?'));
}

}  // namespace

std::string Advice(Reason reason, const PoolTarget& target) {
  const std::string where = target.file.empty() ? "the pool's file" : target.file;
  switch (reason) {
    case Reason::kNoStatusPath:
      return "in " + where + " set pm.status_path = /status";
    case Reason::kNotFound:
      return "set pm.status_path in " + where + " and status_path here to the same path";
    case Reason::kAccessDenied:
      return "set pm.status_path in " + where + "; FPM took " + target.status_path + " for a script";
    case Reason::kPermission:
      return "let bekci connect: in " + where + " set listen.acl_users = www-data,bekci";
    case Reason::kTimeout:
    case Reason::kQueueFull:
      return target.has_status_listen ? ""
                                      : "in " + where +
                                            " set pm.status_listen, which answers also when all "
                                            "workers are busy (PHP 8.0 and later)";
    default:
      return "";
  }
}

Pool::Pool(PoolTarget target, const PoolOptions& options, const base::Clock& clock, base::Logger& log)
    : target_(std::move(target)),
      options_(options),
      log_(log),
      scrape_uri_(ScrapeUri(target_.status_address(), target_.status_path)),
      name_(target_.name) {
  const auto exchange = [&](const net::TargetAddress& address, const std::string& path, const std::string& query) {
    return std::make_unique<Exchange>(address, FastCgiRequest{path, path, query}, clock);
  };
  if (!target_.status_path.empty()) {
    const std::string query = options_.full ? "json&full" : "json";
    status_uri_ = target_.status_path + "?" + query;
    status_exchange_ = exchange(target_.status_address(), target_.status_path, query);
    short_uri_ = target_.status_path + "?json";
    if (options_.full) short_exchange_ = exchange(target_.status_address(), target_.status_path, "json");
  }
  if (!target_.ping_path.empty()) {
    ping_uri_ = target_.ping_path;
    ping_exchange_ = exchange(target_.listen, target_.ping_path, "");
  }
  if (!options_.cache_script.empty()) {
    cache_uri_ = "/bekci-opcache.php";
    cache_exchange_ =
        std::make_unique<Exchange>(target_.listen, FastCgiRequest{cache_uri_, options_.cache_script, ""}, clock);
  }
}

void Pool::Ask(base::MonotonicTime deadline) {
  failure_ = {};
  cache_asked_ = ping_asked_ = false;
  if (status_exchange_ == nullptr) {
    Fail({Reason::kNoStatusPath, base::Invalid(target_.listen.ToString() + ": the pool has no pm.status_path")});
  } else if (Failure failure = status_exchange_->Ask(deadline); failure.failed()) {
    Fail(std::move(failure));
  }
}

void Pool::Fail(Failure failure) {
  failure_ = std::move(failure);
  ++failures_;
  const std::string advice = Advice(failure_.reason, target_);
  if (!advice.empty())
    failure_.status = base::Status(failure_.status.code(), failure_.status.message() + "; " + advice);
}

void Pool::Await(base::MonotonicTime deadline) {
  CgiAnswer answer;
  if (!failure_.failed()) {
    Failure failure = status_exchange_->Await(deadline, &answer);
    if (!failure.failed()) failure = ReadStatus(answer, deadline);
    if (failure.failed()) Fail(std::move(failure));
  }
}

void Pool::AskMore(const base::Status& script, base::MonotonicTime deadline) {
  // Where the status failed at the same socket, a worker will not answer ping either.
  ping_asked_ = ping_exchange_ != nullptr && (!failure_.failed() || target_.has_status_listen);
  if (ping_asked_) ping_failure_ = ping_exchange_->Ask(deadline);
  AskCache(script, deadline);
}

void Pool::AwaitMore(base::MonotonicTime deadline) {
  CgiAnswer answer;
  if (ping_asked_ && !ping_failure_.failed()) ping_failure_ = ping_exchange_->Await(deadline, &answer);
  AwaitCache(deadline);
}

// A version of FPM that prints a worker's request unescaped must not hide the pool's own numbers.
Failure Pool::ReadStatus(const CgiAnswer& answer, base::MonotonicTime deadline) {
  base::Status parsed = ParseStatusPage(answer.body, &status_);
  has_workers_ = parsed.ok() && options_.full;
  if (!parsed.ok() && short_exchange_ != nullptr && answer.body.starts_with('{')) {
    CgiAnswer again;
    Failure failure = short_exchange_->Ask(deadline);
    if (!failure.failed()) failure = short_exchange_->Await(deadline, &again);
    if (failure.failed()) return failure;
    parsed = ParseStatusPage(again.body, &status_);
  }
  if (!parsed.ok()) {
    return {Reason::kBadAnswer, std::move(parsed).WithContext(target_.status_address().ToString())};
  }
  name_ = status_.pool;
  return {};
}

void Pool::AskCache(const base::Status& script, base::MonotonicTime deadline) {
  cache_ask_ = {};
  if (cache_exchange_ == nullptr || failure_.failed()) return;
  // With pm.status_listen the status is known though no worker is free: the caches can wait, shoppers should not.
  if (target_.has_status_listen && status_.total_processes > 0 && BusyByStatus() >= status_.total_processes) return;
  if (script.code() == base::Code::kNotFound) {
    cache_state_ = Cache::kAbsent;
    return;
  }
  cache_asked_ = true;
  cache_ask_ = script.ok() ? cache_exchange_->Ask(deadline) : Failure{Reason::kPermission, script};
}

void Pool::AwaitCache(base::MonotonicTime deadline) {
  if (!cache_asked_) return;
  CgiAnswer answer;
  if (!cache_ask_.failed()) cache_ask_ = cache_exchange_->Await(deadline, &answer);
  base::Status status = cache_ask_.status;
  if (!cache_ask_.failed()) status = cache_.Parse(answer.body);
  if (cache_ask_.failed()) cache_.Forget();
  NoteCache(status);
}

void Pool::NoteCache(const base::Status& status) {
  const Cache now = status.ok() ? Cache::kGood : Cache::kFailing;
  if (now == Cache::kFailing && cache_state_ != now) {
    log_.Warn("OPcache and APCu of a pool are not known", {{"pool", name_}, {"error", status.message()}});
  }
  if (now == Cache::kGood && cache_state_ == Cache::kFailing) {
    log_.Info("OPcache and APCu of a pool are known again", {{"pool", name_}});
  }
  cache_state_ = now;
}

bool Pool::IsOurs(const Worker& worker) const {
  return worker.state != kIdle && worker.uri == status_uri_;
}

double Pool::BusyByStatus() const {
  if (!has_workers_) {
    return std::max(0.0, status_.active_processes - (target_.has_status_listen ? 0 : 1));
  }
  return static_cast<double>(std::count_if(status_.workers.begin(), status_.workers.end(), [&](const Worker& worker) {
    return worker.state != kIdle && !IsOurs(worker);
  }));
}

void Pool::EmitPeer(collect::FamilySink& sink) const {
  PoolStatus shown;
  const PoolStatus* status = &status_;
  if (options_.fix_process_count && has_workers_) {
    for (const PeerNumber& number : kPeerNumbers) shown.*number.member = status_.*number.member;
    shown.idle_processes = shown.active_processes = 0;
    for (const Worker& worker : status_.workers) {
      if (worker.state == kIdle) ++shown.idle_processes;
      if (worker.state == kRunning || worker.state == kReadingHeaders) ++shown.active_processes;
    }
    shown.total_processes = shown.idle_processes + shown.active_processes;
    status = &shown;
  }
  for (const PeerNumber& number : kPeerNumbers) {
    sink.Add(*number.spec, {name_, scrape_uri_}, status->*number.member);
  }
}

void Pool::EmitPerProcess(collect::FamilySink& sink) const {
  for (size_t i = 0; i < status_.workers.size(); ++i) {
    const Worker& worker = status_.workers[i];
    const std::string child = std::to_string(i);
    sink.Add(kProcessRequests, {name_, child, scrape_uri_}, worker.requests);
    sink.Add(kProcessMemory, {name_, child, scrape_uri_}, worker.last_request_memory);
    sink.Add(kProcessCpu, {name_, child, scrape_uri_}, worker.last_request_cpu);
    sink.Add(kProcessDuration, {name_, child, scrape_uri_}, worker.request_duration_us);
    for (const std::string_view state : kPeerStates) {
      sink.Add(kProcessState, {name_, child, state, scrape_uri_}, state == worker.state ? 1 : 0);
    }
    if (!IsPeerState(worker.state)) sink.Add(kProcessState, {name_, child, worker.state, scrape_uri_}, 1);
  }
}

void Pool::EmitWorkers(collect::FamilySink& sink) {
  const std::string_view ours[] = {status_uri_, short_uri_, ping_uri_, cache_uri_};
  samples_.Observe(status_.workers, ours);
  std::array<double, std::size(kStates)> by_state{};
  Worker none;
  const Worker* longest = &none;
  double slow = 0;
  size_t stuck = 0;
  for (const Worker& worker : status_.workers) {
    if (IsOurs(worker)) continue;
    const auto* state = std::find(std::begin(kStates), std::end(kStates), worker.CanonicalState());
    if (state != std::end(kStates)) ++by_state[static_cast<size_t>(state - kStates)];
    if (worker.state == kIdle) continue;
    const double seconds = worker.request_duration_us * 1e-6;
    if (worker.request_duration_us > longest->request_duration_us) longest = &worker;
    if (seconds >= base::ToSeconds(options_.slow_after)) ++slow;
    if (seconds >= base::ToSeconds(options_.stuck_after)) ++stuck;
  }
  for (size_t i = 0; i < std::size(kStates); ++i) sink.Add(kProcesses, {name_, scrape_uri_, kStates[i]}, by_state[i]);
  sink.Add(kLongest, {name_, scrape_uri_}, longest->request_duration_us * 1e-6);
  sink.Add(kRunningSlow, {name_, scrape_uri_}, slow);
  sink.Add(kRunningStuck, {name_, scrape_uri_}, static_cast<double>(stuck));
  samples_.Emit(sink, name_, scrape_uri_);
  LogStuck(stuck, *longest);
}

void Pool::LogStuck(size_t stuck, const Worker& longest) {
  if (stuck > 0 && !stuck_) {
    log_.Warn("requests of a pool are stuck", {{"pool", name_},
                                               {"requests", stuck},
                                               {"longest_seconds", longest.request_duration_us * 1e-6},
                                               {"pid", longest.pid},
                                               {"method", longest.method},
                                               {"uri", WithoutQuery(longest.uri)},
                                               {"script", longest.script}});
  }
  if (stuck == 0 && stuck_) log_.Info("no request of a pool is stuck any more", {{"pool", name_}});
  stuck_ = stuck > 0;
}

const net::ListenQueue* Pool::FindQueue(KernelView view) const {
  uint64_t file_inode = 0;
  if (!target_.listen.unix_path.empty()) {
    const auto info = view.fs.Stat(target_.listen.unix_path);
    if (info.ok()) file_inode = info->inode;
  }
  return view.queues.Find(target_.listen, file_inode);
}

void Pool::EmitKernel(collect::FamilySink& sink, KernelView view, const net::ListenQueue* queue) const {
  if (target_.max_children > 0) {
    sink.Add(kMaxChildren, {name_, scrape_uri_}, static_cast<double>(target_.max_children));
  }
  if (queue != nullptr) {
    sink.Add(kSocketQueue, {name_, scrape_uri_}, static_cast<double>(queue->queued));
    sink.Add(kSocketLimit, {name_, scrape_uri_}, static_cast<double>(queue->limit));
    if (queue->drops) sink.Add(kSocketDrops, {name_, scrape_uri_}, static_cast<double>(*queue->drops));
  }
  if (view.titles.HasMaster() && !name_.empty()) {
    sink.Add(kWorkers, {name_, scrape_uri_}, static_cast<double>(view.titles.CountWorkers(name_, target_.file)));
  }
  if (!failure_.failed()) {
    sink.Add(kBusy, {name_, scrape_uri_}, BusyByStatus());
  } else if (queue != nullptr && !target_.listen.unix_path.empty()) {
    sink.Add(kBusy, {name_, scrape_uri_}, static_cast<double>(queue->connections));
  } else if (queue != nullptr) {
    const auto connections = view.queues.CountTcpConnections(target_.listen.port, view.deadline);
    if (connections.ok()) sink.Add(kBusy, {name_, scrape_uri_}, static_cast<double>(*connections));
  }
}

void Pool::Emit(collect::FamilySink& sink, KernelView view) {
  const bool up = !failure_.failed();
  const net::ListenQueue* queue = FindQueue(view);
  // The kernel takes one connection more than the limit says, then none.
  const bool no_place = failure_.reason == Reason::kConnect || failure_.reason == Reason::kTimeout;
  if (no_place && queue != nullptr && queue->queued > queue->limit) failure_.reason = Reason::kQueueFull;
  sink.Add(kUp, {name_, scrape_uri_}, up ? 1 : 0);
  sink.Add(kScrapeFailures, {name_, scrape_uri_}, static_cast<double>(failures_));
  for (size_t i = 1; i < std::size(kReasonNames); ++i) {
    sink.Add(kScrapeError, {name_, scrape_uri_, kReasonNames[i]}, static_cast<size_t>(failure_.reason) == i ? 1 : 0);
  }
  if (ping_exchange_ != nullptr) sink.Add(kPing, {name_, scrape_uri_}, ping_asked_ && !ping_failure_.failed() ? 1 : 0);
  EmitKernel(sink, view, queue);
  if (!up) return;
  EmitPeer(sink);
  if (has_workers_) EmitWorkers(sink);
  if (options_.per_process) EmitPerProcess(sink);
  if (!cache_asked_) return;
  sink.Add(kCacheScriptUp, {name_, scrape_uri_}, cache_state_ == Cache::kGood ? 1 : 0);
  if (cache_state_ == Cache::kGood) cache_.Emit(sink, name_, scrape_uri_);
}

}  // namespace bekci::exporters::phpfpm
