// The client's state machine. See gate_connection.h for the picture.
#include "agent/net/gate_connection.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "agent/net/answer.h"
#include "agent/net/gate_relay.h"
#include "agent/net/upstream_head.h"

namespace bekci::net {
namespace {

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
// What a refused client may still send into the void before it is cut off.
constexpr int kLingeringReads = 64;
// Below this an answer is taken from civetweb even when the gate's buffers are full.
constexpr size_t kAlwaysBuffered = 64 << 10;

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
  const bool reading = state_ != State::kWaiting && state_ != State::kHandler && state_ != State::kAnswer;
  if (gone && !reading) return Close();
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
  const uint32_t wanted = WantedEvents();
  if (wanted == watched_events_) return;
  watched_events_ = wanted;
  core_.loop.Change(this, transport_.fd(), wanted);
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
  return 0;
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
  std::string path;
  std::string_view query;
  if (problem.status == 0 && !ParseTarget(head.target, &path, &query)) problem = {400, "the path cannot be meant"};
  if (problem.status == 0 && head.has_length && head.content_length > core_.options.max_body_bytes) {
    problem = {413, "the request body is too large"};
  }
  head_only_ = head.method == "HEAD";
  if (problem.status != 0) {
    GateCounters::Add(core_.counters.dropped_bad);
    return Refuse(problem.status, problem.reason);
  }
  keep_alive_ = head.keep_alive && !core_.crowded();
  upstream_head_ = UpstreamHead(head, core_.upstream.token, peer_text_, transport_.tls());
  BeginBody(head);
}

void GateConnection::BeginBody(const RequestHead& head) {
  const bool announced = head.has_length;
  const bool has_body = head.chunked || head.content_length > 0;
  body_left_ = head.content_length;
  chunked_.reset();
  if (head.chunked) chunked_.emplace(core_.options.max_body_bytes);
  const bool ask = head.expect_continue && has_body;
  in_.erase(0, scanner_.head_size());
  scanner_.Reset();
  if (ask && in_.empty()) out_.append(kContinue);
  if (!has_body) {
    if (announced) upstream_head_.append("Content-Length: 0\r\n");
    return RequestIsWhole();
  }
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
    upstream_body_.append(in_, 0, count);
    in_.erase(0, count);
    body_left_ -= count;
    if (body_left_ == 0) RequestIsWhole();
    return body_left_ == 0;
  }
  size_t used = 0;
  const ChunkedBody::State state = chunked_->Feed(in_, &used, &upstream_body_);
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
  if (chunked_ || !upstream_body_.empty()) {
    upstream_head_.append("Content-Length: ").append(std::to_string(upstream_body_.size())).append("\r\n");
  }
  upstream_head_.append("\r\n");
  chunked_.reset();
  answer_whole_ = false;
  state_ = State::kWaiting;
  core_.waiting.Put(this, core_.now);
  core_.StartWaiting();
}

void GateConnection::StartRelay() {
  state_ = State::kHandler;
  core_.handlers.Put(this, core_.now);
  GateCounters::Add(core_.counters.requests);
  relay_ = GateRelay::Start(core_, this, std::exchange(upstream_head_, {}), std::exchange(upstream_body_, {}));
  UpdateCharge();
  if (relay_ != nullptr) return;
  GateCounters::Add(core_.counters.refused_busy);
  Refuse(503, "no descriptor is free to work on this request, try again");
  Advance();
}

bool GateConnection::CanTakeMore() const {
  const size_t held = out_.size() - out_at_;
  if (held >= core_.options.max_answer_buffer_bytes) return false;
  return held < kAlwaysBuffered || core_.buffered_bytes < core_.options.max_buffered_bytes;
}

void GateConnection::OnAnswerHead(std::string_view head, bool keep_alive, uint64_t body_bytes) {
  keep_alive_ = keep_alive;
  state_ = State::kAnswer;
  core_.answers.Put(this, core_.now);
  out_.append(head);
  // Room for small answers at once, so that head and body leave together; large ones are mostly never kept here.
  if (body_bytes <= core_.scratch.size()) out_.reserve(out_.size() + static_cast<size_t>(body_bytes));
}

void GateConnection::OnAnswerData(std::string_view data) {
  if (out_at_ < out_.size()) {
    out_.append(data);
    return;
  }
  out_.clear();
  out_at_ = 0;
  while (!data.empty()) {  // straight from the reader's scratch: a client that keeps up costs no copy
    const IoResult written = transport_.Write(data);
    if (written.state != IoState::kDone) {
      if (written.state != IoState::kAgain) return Close();
      out_.append(data);
      return;
    }
    data.remove_prefix(written.bytes);
  }
}

void GateConnection::OnAnswerPause() {
  Advance();
}

void GateConnection::OnAnswerEnd(bool whole) {
  relay_ = nullptr;
  if (whole) {
    answer_whole_ = true;
  } else if (state_ == State::kHandler) {
    core_.log.Error("civetweb gave no answer", {{"client", peer_text_}});
    Refuse(502, "the request got no answer, see the log of bekci");
  } else {
    return ResetOnClose(), Close();  // half an answer: the client must not take it for a whole one
  }
  Advance();
}

bool GateConnection::StepAnswer() {
  if (!Flush()) {
    if (!closed_ && relay_ != nullptr && CanTakeMore()) relay_->Resume();
    return false;
  }
  if (relay_ != nullptr) relay_->Resume();
  if (!answer_whole_) return false;
  AnswerIsSent();
  return true;
}

void GateConnection::AnswerIsSent() {
  answer_whole_ = false;
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
  DetachRelay();
  refused_ = true;
  keep_alive_ = false;
  answer_whole_ = true;
  in_ = std::string();
  upstream_head_ = std::string();
  upstream_body_ = std::string();
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
  while (out_at_ < out_.size()) {
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
  charge_.Set(in_.capacity() + out_.capacity() + upstream_head_.capacity() + upstream_body_.capacity());
}

void GateConnection::DetachRelay() {
  if (relay_ != nullptr) std::exchange(relay_, nullptr)->Detach();
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
  DetachRelay();
  charge_.Set(0);
  core_.Forget(peer_key_);
  core_.loop.Bury(this);
}

}  // namespace bekci::net
