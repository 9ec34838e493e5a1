// The client's state machine. See gate_connection.h for the picture.
#include "agent/net/gate_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "agent/base/text.h"
#include "agent/net/answer.h"
#include "agent/net/handler_threads.h"

namespace bekci::net {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// What a refused client may still send into the void before it is cut off.
constexpr int kLingeringReads = 64;
// Bytes written per turn: a large answer must not hold up the other clients.
constexpr size_t kWriteTurn = 1 << 20;

}  // namespace

GateConnection::GateConnection(GateCore& core, int fd, std::string peer_text, uint64_t peer_key)
    : core_(core),
      transport_(fd),
      peer_text_(std::move(peer_text)),
      peer_key_(peer_key),
      watched_events_(EPOLLIN),
      charge_(core.buffered_bytes) {
  core_.Remember(peer_key_);
}

GateConnection::~GateConnection() {
  ClientHungUp();  // at the end of the server a handler may still run
  if (!closed_) core_.Forget(peer_key_);
}

bool GateConnection::Start(std::unique_ptr<GateConnection> connection, std::shared_ptr<const TlsContext> tls) {
  GateConnection* self = connection.get();
  if (tls != nullptr) {
    self->state_ = State::kHandshake;
    if (!self->transport_.StartTls(std::move(tls))) return false;
  }
  self->core_.heads.Put(self, self->core_.now);
  GateCore& core = self->core_;
  return core.loop.Adopt(std::move(connection), self->transport_.fd(), EPOLLIN);
}

void GateConnection::OnEvents(uint32_t events) {
  const bool gone = (events & (EPOLLERR | EPOLLHUP)) != 0;
  const bool busy = state_ == State::kWaiting || state_ == State::kHandler;
  if (gone && (busy || state_ == State::kAnswer)) return Close();
  if (busy) {
    // It sends more, which is looked at when this request is answered, or will send no more. Who has asked and hung up
    // usually is gone (Go's server takes it so too), but one that has only half closed gets its answer all the same.
    if ((events & EPOLLRDHUP) == 0) return Watch(EPOLLRDHUP);
    ClientHungUp();
    return Watch(0);
  }
  Advance();
}

void GateConnection::Advance() {
  if (advancing_) return;  // a callback from within: the outer loop sees the new state
  advancing_ = true;
  while (!closed_ && Step()) {
  }
  advancing_ = false;
  if (closed_) return;
  UpdateCharge();
  Watch(WantedEvents());
}

void GateConnection::Watch(uint32_t events) {
  if (events == watched_events_) return;
  watched_events_ = events;
  core_.loop.Change(this, transport_.fd(), events);
}

// True when there may be more to do at once.
bool GateConnection::Step() {
  switch (state_) {
    case State::kHandshake:
      return StepHandshake();
    case State::kIdle:
    case State::kHead:
      return StepHead();
    case State::kBody:
      return StepBody();
    case State::kWaiting:
    case State::kHandler:
      return false;
    case State::kAnswer:
      return StepAnswer();
    case State::kLingering:
      return StepLingering();
  }
  return false;
}

uint32_t GateConnection::WantedEvents() const {
  constexpr uint32_t kIn = EPOLLIN;
  constexpr uint32_t kOut = EPOLLOUT;
  const bool pending = out_at_ < out_.size();
  switch (state_) {
    case State::kHandshake:
      return transport_.wants_write() ? kOut : kIn;
    case State::kIdle:
    case State::kHead:
    case State::kBody:
      return pending || (transport_.tls() && transport_.wants_write()) ? kIn | kOut : kIn;
    case State::kAnswer:
      return pending ? kOut : 0;
    case State::kLingering:
      return kIn;
    case State::kWaiting:
    case State::kHandler:
      break;
  }
  return watched_events_;  // most clients wait quietly for their answer: two system calls spared
}

bool GateConnection::StepHandshake() {
  switch (transport_.Handshake()) {
    case IoState::kAgain:
      return false;
    case IoState::kDone:
      state_ = State::kHead;  // the head's deadline has been running since accept
      return true;
    case IoState::kEnd:
      transport_.AbandonTls();
      GateCounters::Add(core_.counters.dropped_bad);
      Refuse(400, "this port speaks HTTPS, and the request was plain HTTP");
      return true;
    case IoState::kFailed:
      break;
  }
  GateCounters::Add(core_.counters.dropped_bad);
  Close();
  return false;
}

bool GateConnection::StepHead() {
  const HeadScanner::State scanned = scanner_.Scan(in_);
  const size_t size = scanned == HeadScanner::State::kDone ? scanner_.head_size() : in_.size();
  if (scanned == HeadScanner::State::kBad) {
    GateCounters::Add(core_.counters.dropped_bad);
    Refuse(400, "a byte that has no place in a request head");
  } else if (size > core_.options.max_head_bytes) {
    GateCounters::Add(core_.counters.dropped_bad);
    Refuse(431, "the request head is too large");
  } else if (scanned == HeadScanner::State::kDone) {
    OnHead();
  } else {
    return Fill();
  }
  return true;
}

void GateConnection::OnHead() {
  const std::string_view text =
      std::string_view(in_).substr(scanner_.head_begin(), scanner_.head_size() - scanner_.head_begin());
  RequestHead& head = core_.parsed;
  HeadProblem problem = ParseRequestHead(text, &head);
  if (problem.status == 0 && !TakeHead(head)) problem = {400, "the path or the query cannot be meant"};
  if (problem.status == 0 && head.has_length && head.content_length > core_.options.max_body_bytes) {
    problem = {413, "the request body is too large"};
  }
  head_only_ = head.method == "HEAD";
  if (problem.status != 0) {
    GateCounters::Add(core_.counters.dropped_bad);
    return Refuse(problem.status, problem.reason);
  }
  keep_alive_ = head.keep_alive && !core_.crowded();
  BeginBody(head);
}

// What the handler will see of the head. False when target or query cannot be decoded.
bool GateConnection::TakeHead(const RequestHead& head) {
  std::string_view query;
  if (!ParseTarget(head.target, &request_.path, &query) || !ParseForm(query, &request_.query)) return false;
  request_.method = head.method == "HEAD" ? "GET" : head.method;
  request_.headers.reserve(head.fields.size());
  for (const HeadField& field : head.fields) {
    // RFC 9112 3.2.2: the target's authority counts, whatever Host says.
    const bool replaced = !head.authority.empty() && base::EqualsIgnoreCase(field.name, "host");
    request_.headers.emplace_back(field.name, replaced ? head.authority : field.value);
  }
  request_.client_address = peer_text_;
  request_.tls = transport_.tls();
  return true;
}

void GateConnection::BeginBody(const RequestHead& head) {
  const bool has_body = head.chunked || head.content_length > 0;
  body_left_ = head.content_length;
  chunked_.reset();
  if (head.chunked) chunked_.emplace(core_.options.max_body_bytes);
  const bool ask = head.expect_continue && has_body;
  in_.erase(0, scanner_.head_size());
  scanner_.Reset();
  if (ask && in_.empty()) out_.append(kContinue);
  if (!has_body) return RequestIsWhole();
  state_ = State::kBody;
  core_.bodies.Put(this, core_.now);
}

bool GateConnection::StepBody() {
  if (!Flush()) {
    if (closed_) return false;  // else: the 100 waits, the body may come all the same
  }
  if (TakeBody() || state_ != State::kBody) return true;
  UpdateCharge();
  if (core_.buffered_bytes > core_.options.max_buffered_bytes) {
    GateCounters::Add(core_.counters.refused_busy);
    Refuse(503, "too many request bodies at once, try again");
    return true;
  }
  return Fill();
}

// Moves what was read into the body. True when the body is whole.
bool GateConnection::TakeBody() {
  if (!chunked_) {
    const size_t count = static_cast<size_t>(std::min<uint64_t>(body_left_, in_.size()));
    request_.body.append(in_, 0, count);
    in_.erase(0, count);
    body_left_ -= count;
    if (body_left_ == 0) RequestIsWhole();
    return body_left_ == 0;
  }
  size_t used = 0;
  const ChunkedBody::State state = chunked_->Feed(in_, &used, &request_.body);
  in_.erase(0, used);
  if (state == ChunkedBody::State::kDone) {
    RequestIsWhole();
    return true;
  }
  if (state != ChunkedBody::State::kMore) {
    GateCounters::Add(core_.counters.dropped_bad);
    const bool large = state == ChunkedBody::State::kTooLarge;
    Refuse(large ? 413 : 400, large ? "the request body is too large" : "the chunked body is broken");
  }
  return false;
}

void GateConnection::RequestIsWhole() {
  chunked_.reset();
  state_ = State::kWaiting;
  (core_.IsUrgent(request_.path) ? core_.urgent : core_.waiting).Put(this, core_.now);
  core_.StartWaiting();
}

void GateConnection::StartHandler() {
  state_ = State::kHandler;
  const bool urgent = list() == &core_.urgent;
  core_.handlers.Put(this, core_.now);
  GateCounters::Add(core_.counters.requests);
  auto job = std::make_unique<HandlerJob>();
  job->request = std::exchange(request_, {});
  job->head_only = head_only_;
  job->urgent = urgent;
  job->keep_alive = keep_alive_ && !core_.stopping;
  job->client = this;
  job->charged_bytes = job->request.body.capacity();
  core_.buffered_bytes += job->charged_bytes;
  ++core_.running;
  if (urgent) ++core_.running_urgent;
  gone_ = std::make_shared<std::atomic<bool>>(hung_up_);
  job->request.gone = gone_;
  job_ = job.get();
  core_.threads.Submit(std::move(job));
  UpdateCharge();
}

void GateConnection::OnFinished(HandlerJob& job) {
  job_ = nullptr;
  gone_.reset();
  keep_alive_ = job.keep_alive;
  if (out_at_ == out_.size()) {
    out_ = std::move(job.answer);
    out_at_ = 0;
  } else {
    out_.append(job.answer);
  }
  state_ = State::kAnswer;
  core_.answers.Put(this, core_.now);
  Advance();
}

bool GateConnection::StepAnswer() {
  if (!Flush()) return false;
  AnswerIsSent();
  return true;
}

void GateConnection::AnswerIsSent() {
  head_only_ = false;
  out_ = std::string();
  if (!keep_alive_ || core_.stopping) {
    transport_.FinishWriting();
    in_ = std::string();
    state_ = State::kLingering;
    body_left_ = kLingeringReads;
    core_.lingering.Put(this, core_.now);
    return;
  }
  state_ = in_.empty() ? State::kIdle : State::kHead;
  if (in_.empty()) in_ = std::string();
  (in_.empty() ? core_.idle : core_.heads).Put(this, core_.now);
}

// Closing with unread bytes would reset the connection and may take the answer from the client. So what still comes is
// read and dropped, for a short while.
bool GateConnection::StepLingering() {
  const ssize_t got = recv(transport_.fd(), core_.scratch.data(), core_.scratch.size(), 0);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (got <= 0 || body_left_-- == 0) {
    Close();
    return false;
  }
  return true;
}

void GateConnection::Refuse(int status, std::string_view reason) {
  DetachHandler();
  refused_ = true;
  keep_alive_ = false;
  in_ = std::string();
  request_ = HttpRequest();
  chunked_.reset();
  scanner_.Reset();
  out_.append(TextAnswer(status, reason, !head_only_, core_.clock.Now().ms / 1000));
  state_ = State::kAnswer;
  core_.lingering.Put(this, core_.now);
}

// Reads once. False when there is nothing now, or no more ever (then it is closed).
bool GateConnection::Fill() {
  const IoResult got = transport_.Read(core_.scratch);
  if (got.state == IoState::kAgain) return false;
  if (got.state != IoState::kDone) {
    if (state_ == State::kBody || !in_.empty()) GateCounters::Add(core_.counters.dropped_bad);
    Close();
    return false;
  }
  if (state_ == State::kIdle) {
    state_ = State::kHead;
    core_.heads.Put(this, core_.now);
  }
  in_.append(core_.scratch.data(), got.bytes);
  return true;
}

// True when nothing is left to write.
bool GateConnection::Flush() {
  const size_t turn_ends = out_at_ + kWriteTurn;
  while (out_at_ < out_.size()) {
    if (out_at_ >= turn_ends) return false;
    const IoResult written = transport_.Write(std::string_view(out_).substr(out_at_));
    if (written.state == IoState::kAgain) {
      if (out_at_ > (1 << 20) && out_at_ > out_.size() / 2) {
        out_.erase(0, out_at_);
        out_at_ = 0;
      }
      return false;
    }
    if (written.state != IoState::kDone) {
      Close();
      return false;
    }
    out_at_ += written.bytes;
  }
  out_.clear();
  out_at_ = 0;
  return true;
}

void GateConnection::OnDeadline() {
  switch (state_) {
    case State::kHandshake:
      GateCounters::Add(core_.counters.dropped_slow);
      return Close();
    case State::kHead:
    case State::kBody:
      GateCounters::Add(core_.counters.dropped_slow);
      if (in_.empty() && state_ == State::kHead) return Close();  // it never spoke, there is nobody to answer
      Refuse(408, state_ == State::kHead ? "the request head came too slowly" : "the request body came too slowly");
      return Advance();
    case State::kWaiting:
      GateCounters::Add(core_.counters.refused_busy);
      Refuse(503, "every handler is busy, try again");
      return Advance();
    case State::kHandler:
      GateCounters::Add(core_.counters.refused_busy);
      Refuse(504, "the handler needs too long for this request");
      return Advance();
    case State::kAnswer:
      if (!refused_) GateCounters::Add(core_.counters.dropped_slow);
      ResetOnClose();
      return Close();
    case State::kIdle:
    case State::kLingering:
      return Close();
  }
}

void GateConnection::OnStopping() {
  if (state_ == State::kWaiting) {
    Refuse(503, "bekci is stopping");
    return Advance();
  }
  if (state_ != State::kHandler && state_ != State::kAnswer) Close();
}

void GateConnection::UpdateCharge() {
  charge_.Set(in_.capacity() + out_.capacity() + request_.body.capacity());
}

// The handler runs on; its thread is counted as busy until it is done, and its answer is thrown away.
void GateConnection::DetachHandler() {
  if (gone_ != nullptr) gone_->store(true, std::memory_order_relaxed);
  if (job_ != nullptr) std::exchange(job_, nullptr)->client = nullptr;
}

void GateConnection::ClientHungUp() {
  hung_up_ = true;
  if (gone_ != nullptr) gone_->store(true, std::memory_order_relaxed);
}

// What the kernel still holds of a dropped answer is not worth its memory.
void GateConnection::ResetOnClose() {
  const linger hard{1, 0};
  setsockopt(transport_.fd(), SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
}

void GateConnection::Close() {
  if (closed_) return;
  closed_ = true;
  LeaveList();
  DetachHandler();
  charge_.Set(0);
  core_.Forget(peer_key_);
  core_.loop.Bury(this);
}

}  // namespace bekci::net
