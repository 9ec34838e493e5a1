#include "exporters/phpfpm/exchange.h"

#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::phpfpm {
namespace {

Failure Fail(Reason reason, base::Status status) {
  return {reason, std::move(status)};
}

Reason ConnectReason(base::Code code) {
  if (code == base::Code::kDenied) return Reason::kPermission;
  return code == base::Code::kTimeout ? Reason::kTimeout : Reason::kConnect;
}

}  // namespace

Exchange::Exchange(net::TargetAddress address, const FastCgiRequest& request, const base::Clock& clock)
    : dialer_(std::move(address), nullptr, clock), bytes_(EncodeRequest(request)), clock_(clock) {}

Failure Exchange::Ask(base::MonotonicTime deadline) {
  const base::MonotonicTime now = clock_.Monotonic();
  const bool waiting = stream_ != nullptr && !answering_ && now - asked_ < kMaxAge && stream_->IsFresh();
  if (waiting) return {};
  stream_.reset();
  reader_ = FastCgiReader(kMaxOutputBytes);
  answering_ = false;
  asked_ = now;
  auto stream = dialer_.Dial(deadline);
  if (!stream.ok()) return Fail(ConnectReason(stream.status().code()), stream.status());
  base::Status sent = (*stream)->WriteAll(bytes_, deadline);
  if (!sent.ok()) {
    return Fail(sent.code() == base::Code::kTimeout ? Reason::kTimeout : Reason::kClosed, std::move(sent));
  }
  stream_ = std::move(stream).value();
  return {};
}

Failure Exchange::Read(base::MonotonicTime deadline) {
  char buffer[16 << 10];
  for (;;) {
    const auto got = stream_->Read(buffer, deadline);
    if (!got.ok()) {
      const bool late = got.status().code() == base::Code::kTimeout;
      return Fail(late ? Reason::kTimeout : Reason::kClosed, got.status());
    }
    if (*got == 0) {
      return Fail(Reason::kClosed, base::Unavailable(address().ToString() +
                                                     ": the connection was closed before the answer was whole; FPM "
                                                     "does so when listen.allowed_clients does not name us, or when "
                                                     "its worker is ended"));
    }
    answering_ = true;
    auto state = reader_.Feed(std::string_view(buffer, *got));
    if (!state.ok()) return Fail(Reason::kNotFastCgi, std::move(state).status().WithContext(address().ToString()));
    if (*state == FastCgiReader::State::kDone) return {};
  }
}

Failure Exchange::Judge(CgiAnswer* answer) const {
  auto parsed = ParseCgiAnswer(reader_.output());
  if (!parsed.ok()) return Fail(Reason::kBadAnswer, std::move(parsed).status().WithContext(address().ToString()));
  *answer = *parsed;
  if (answer->status == 200) return {};
  const std::string text = address().ToString() + ": FPM says " +
                           base::Quoted(base::Trim(answer->body.substr(0, 100))) + " (status " +
                           std::to_string(answer->status) + ")";
  if (answer->status == 404) return Fail(Reason::kNotFound, base::NotFound(text));
  if (answer->status == 403) return Fail(Reason::kAccessDenied, base::Denied(text));
  return Fail(Reason::kBadAnswer, base::Unavailable(text));
}

Failure Exchange::Await(base::MonotonicTime deadline, CgiAnswer* answer) {
  Failure failure = Read(deadline);
  if (!failure.failed()) failure = Judge(answer);
  // What nobody began to answer stays in the queue; everything else is over.
  if (failure.reason != Reason::kTimeout || answering_) stream_.reset();
  return failure;
}

}  // namespace bekci::exporters::phpfpm
