#include "agent/notify/forwarding/sender.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "agent/net/http.h"

namespace bekci::notify::forwarding {
namespace {

constexpr base::Duration kLastWords = base::milliseconds(300);
constexpr base::Duration kFirstWait = base::seconds(1);
constexpr base::Duration kLongestWait = base::seconds(30);
constexpr size_t kMaxAnswer = 64 * 1024;
constexpr size_t kShown = 200;

// Whether the same request may be taken later.
bool MayPass(int status) {
  return status == 0 || status == 429 || status == 408 || status >= 500;
}

}  // namespace

Sender::Sender(net::Url url, client::HttpOptions http, base::Duration timeout, std::string user_agent,
               base::FileSystem& fs, base::Clock& clock, base::Logger& log)
    : url_(std::move(url)),
      http_(std::move(http)),
      timeout_(timeout),
      user_agent_(std::move(user_agent)),
      clock_(clock),
      log_(log),
      fetcher_(http_.fetcher, clock),
      secrets_(http_, fs, clock) {
  stats_.url = url_.ToString();
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "forward");
}

Sender::~Sender() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void Sender::Add(std::vector<ForwardedAlertPtr> alerts) {
  base::MutexLock lock(mutex_);
  for (ForwardedAlertPtr& alert : alerts) {
    const std::string& key = alert->labels.data();
    const auto [found, added] = waiting_.try_emplace(key, alert);
    if (added) {
      order_.push_back(key);
    } else {
      found->second = std::move(alert);
    }
  }
  Trim();
  changed_.NotifyAll();
}

SenderStats Sender::stats() const {
  base::MutexLock lock(mutex_);
  SenderStats stats = stats_;
  stats.waiting = waiting_.size();
  return stats;
}

void Sender::Trim() {
  while (order_.size() > kCapacity) {
    waiting_.erase(order_.front());
    order_.pop_front();
    ++stats_.dropped;
  }
}

Sender::Batch Sender::Take() {
  Batch batch;
  while (!order_.empty() && batch.size() < kBatch) {
    const auto found = waiting_.find(order_.front());
    batch.push_back(std::move(found->second));
    waiting_.erase(found);
    order_.pop_front();
  }
  return batch;
}

void Sender::PutBack(const Batch& batch) {
  for (size_t i = batch.size(); i-- > 0;) {
    const std::string& key = batch[i]->labels.data();
    if (waiting_.try_emplace(key, batch[i]).second) order_.push_front(key);  // else something newer is there
  }
  Trim();
}

base::Status Sender::Post(const Batch& batch, base::MonotonicTime deadline, int* status) {
  *status = 0;
  net::HttpFetcher::Request request;
  request.fields = {{"User-Agent", user_agent_}, {"Content-Type", "application/json"}};
  request.fields.insert(request.fields.end(), http_.headers.begin(), http_.headers.end());
  ASSIGN_OR_RETURN(request.secrets, secrets_.Fields(deadline));
  request.max_body_bytes = kMaxAnswer;
  request.post_body = AlertsBody(batch);
  ASSIGN_OR_RETURN(const net::HttpAnswer answer, fetcher_.Ask(url_, std::move(request), deadline));
  *status = answer.status;
  if (answer.status / 100 == 2) return base::OkStatus();
  return base::Unavailable("it answers " + std::to_string(answer.status) + " " +
                           std::string(net::ReasonPhrase(answer.status)) + ": " + answer.body.substr(0, kShown));
}

// Once when it begins to fail, once when it works again.
void Sender::Report(const base::Status& status) {
  if (status.ok() == !failing_) return;
  failing_ = !status.ok();
  if (failing_) {
    log_.Warn("alerts are not taken by an Alertmanager", {{"url", url_.ToString()}, {"error", status.message()}});
  } else {
    log_.Info("alerts are taken by an Alertmanager again", {{"url", url_.ToString()}});
  }
}

void Sender::Run() {
  base::Duration wait = kFirstWait;
  base::MonotonicTime not_before{};
  for (;;) {
    Batch batch;
    bool last = false;
    {
      base::MutexLock lock(mutex_);
      while (!stopping_ && (order_.empty() || clock_.Monotonic() < not_before)) {
        clock_.WaitUntil(changed_, mutex_, order_.empty() ? base::MonotonicTime::Max() : not_before);
      }
      if (stopping_ && order_.empty()) return;
      last = stopping_;
      batch = Take();
    }
    const base::MonotonicTime begin = clock_.Monotonic();
    int status = 0;
    const base::Status posted = Post(batch, begin + (last ? std::min(kLastWords, timeout_) : timeout_), &status);
    Report(posted);
    base::MutexLock lock(mutex_);
    ++stats_.requests;
    stats_.seconds += base::ToSeconds(clock_.Monotonic() - begin);
    if (posted.ok()) {
      stats_.sent += batch.size();
      wait = kFirstWait;
      not_before = {};
      continue;
    }
    stats_.errors += batch.size();
    if (!MayPass(status)) {
      stats_.dropped += batch.size();
      continue;
    }
    if (last) {
      stats_.dropped += batch.size() + order_.size();
      return;
    }
    PutBack(batch);
    not_before = clock_.Monotonic() + wait;
    wait = std::min(2 * wait, kLongestWait);
  }
}

}  // namespace bekci::notify::forwarding
