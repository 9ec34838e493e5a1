#include "agent/net/http_client.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/net/request_head.h"

namespace bekci::net {
namespace {

base::Status NotHttp(std::string_view why) {
  return base::Corrupt("the answer is not HTTP: " + std::string(why));
}

base::Status NoRoom() {
  return base::LimitReached("answers under way hold all the memory they may together");
}

bool IsBodiless(int status) {
  return status == 204 || status == 304;
}

}  // namespace

std::string_view HttpAnswer::Field(std::string_view name) const {
  for (const auto& [field, value] : fields) {
    if (base::EqualsIgnoreCase(field, name)) return value;
  }
  return {};
}

base::Status HttpAnswerReader::TooLarge() const {
  return base::LimitReached("the answer has more than " + std::to_string(max_body_bytes_) + " bytes");
}

// No more of the body is wanted.
HttpAnswerReader::State HttpAnswerReader::Cut() {
  answer_.keep_alive = false;
  return State::kDone;
}

base::Status HttpAnswerReader::AddField(std::string_view line) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon))) return NotHttp("a broken header line");
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = base::Trim(line.substr(colon + 1));
  if (!IsFieldValue(value)) return NotHttp("control bytes in a header");
  if (answer_.fields.size() == kMaxHeadFields) return base::LimitReached("the answer has too many headers");
  answer_.fields.emplace_back(name, value);
  if (base::EqualsIgnoreCase(name, "content-length")) {
    const auto length = base::ParseUint(value);
    if (!length || (has_length_ && *length != length_)) return NotHttp("its length is not clear");
    has_length_ = true;
    length_ = *length;
  }
  if (base::EqualsIgnoreCase(name, "transfer-encoding")) {
    if (body_ == Body::kChunked || !base::EqualsIgnoreCase(value, "chunked")) {
      return NotHttp("an unknown transfer coding");
    }
    body_ = Body::kChunked;
  }
  if (base::EqualsIgnoreCase(name, "connection")) {
    if (ListHasToken(value, "close")) answer_.keep_alive = false;
    if (ListHasToken(value, "keep-alive")) answer_.keep_alive = true;
  }
  return base::OkStatus();
}

// `head` ends with the empty line.
base::Status HttpAnswerReader::ParseHead(std::string_view head) {
  const size_t end = head.find("\r\n");
  const std::string_view line = head.substr(0, end);
  head.remove_prefix(end + 2);
  const bool versioned = line.size() >= 12 && line.starts_with("HTTP/1.") && line[8] == ' ' && line[7] >= '0' &&
                         line[7] <= '9' && (line.size() == 12 || line[12] == ' ');
  const auto status = versioned ? base::ParseUint(line.substr(9, 3)) : std::nullopt;
  if (!status || *status < 100 || *status > 599) return NotHttp("it begins with " + base::Quoted(line.substr(0, 40)));
  answer_.status = static_cast<int>(*status);
  if (line.size() > 13) answer_.reason = line.substr(13, 100);
  answer_.keep_alive = line[7] != '0';
  while (head != "\r\n") {
    const size_t next = head.find("\r\n");
    RETURN_IF_ERROR(AddField(head.substr(0, next)));
    head.remove_prefix(next + 2);
  }
  if (body_ == Body::kChunked && has_length_) return NotHttp("it is chunked and has a length");
  if (IsBodiless(answer_.status)) {
    body_ = Body::kLength;
    length_ = 0;
  } else if (body_ != Body::kChunked) {
    body_ = has_length_ ? Body::kLength : Body::kUntilClose;
  }
  if (body_ == Body::kUntilClose) answer_.keep_alive = false;
  if (body_ == Body::kLength && length_ > max_body_bytes_ && !cut_body_) return TooLarge();
  answer_.body = std::move(buffer_);
  return base::OkStatus();
}

base::Result<HttpAnswerReader::State> HttpAnswerReader::Feed(std::string_view bytes) {
  while (body_ == Body::kUnknown) {
    // The end may lie across two pieces.
    const size_t from = head_.size() < 3 ? 0 : head_.size() - 3;
    const size_t had = head_.size();
    head_.append(bytes.substr(0, kMaxHeadBytes + 1 - std::min(had, kMaxHeadBytes)));
    const size_t end = head_.find("\r\n\r\n", from);
    if (end == std::string::npos) {
      if (head_.size() > kMaxHeadBytes) return base::LimitReached("the head of the answer is too long");
      return State::kMore;
    }
    bytes.remove_prefix(end + 4 - had);
    head_.resize(end + 4);
    RETURN_IF_ERROR(ParseHead(head_));
    head_.clear();
    if (answer_.status >= 200) break;
    if (answer_.status == 101) return NotHttp("it switches protocols");
    // An interim answer: the real one follows. Many of them are nobody's good intention, and each costs its head.
    buffer_ = std::move(answer_.body);
    answer_ = HttpAnswer();
    body_ = Body::kUnknown;
    has_length_ = false;
    length_ = 0;
    if (++interim_ > 8) return NotHttp("it has no end of interim answers");
  }
  return FeedBody(bytes);
}

base::Result<HttpAnswerReader::State> HttpAnswerReader::FeedBody(std::string_view bytes) {
  if (body_ == Body::kChunked) {
    if (bytes.empty()) return State::kMore;
    size_t used = 0;
    switch (chunks_.Feed(bytes, &used, &answer_.body)) {
      case ChunkedBody::State::kMore:
        return State::kMore;
      case ChunkedBody::State::kDone:
        if (used < bytes.size()) answer_.keep_alive = false;
        return State::kDone;
      case ChunkedBody::State::kBad:
        return NotHttp("broken chunks");
      case ChunkedBody::State::kTooLarge:
        if (cut_body_) return Cut();
        return TooLarge();
    }
  }
  if (body_ == Body::kUntilClose) {
    const size_t room = max_body_bytes_ - answer_.body.size();
    if (bytes.size() > room && !cut_body_) return TooLarge();
    answer_.body.append(bytes.substr(0, room));
    if (bytes.size() > room) return Cut();
    return State::kMore;
  }
  const uint64_t end = std::min<uint64_t>(length_, max_body_bytes_);
  const std::string_view mine = bytes.substr(0, end - answer_.body.size());
  answer_.body.append(mine);
  if (answer_.body.size() == end && end < length_) return Cut();
  if (mine.size() < bytes.size()) answer_.keep_alive = false;  // it says more than it was asked
  return answer_.body.size() == length_ ? State::kDone : State::kMore;
}

base::Status HttpAnswerReader::Finish() {
  if (body_ == Body::kUntilClose) return base::OkStatus();
  return base::Unavailable("the connection was closed before the answer was whole");
}

HttpClient::HttpClient(TargetAddress address, std::unique_ptr<ClientTlsOptions> tls, std::string host,
                       const base::Clock& clock)
    : dialer_(std::move(address), std::move(tls), clock),
      host_(!host.empty() ? std::move(host)
                          : (dialer_.address().unix_path.empty() ? dialer_.address().ToString() : "localhost")) {}

base::Result<HttpAnswer> HttpClient::Once(const std::string& head, HttpClientRequest* request,
                                          base::MonotonicTime deadline, bool* any_byte) {
  if (stream_ == nullptr) {
    ASSIGN_OR_RETURN(stream_, dialer_.Dial(std::min(deadline, request->connect_deadline)));
  }
  RETURN_IF_ERROR(stream_->WriteAll(head, deadline));
  if (request->sent != nullptr) *request->sent = true;
  HttpAnswerReader reader(request->max_body_bytes, std::move(request->buffer), request->cut_body);
  char piece[16 << 10];
  for (;;) {
    ASSIGN_OR_RETURN(const size_t got, stream_->Read(piece, deadline));
    if (got == 0) {
      RETURN_IF_ERROR(reader.Finish().WithContext(dialer_.address().ToString()));
      break;
    }
    *any_byte = true;
    auto state = reader.Feed(std::string_view(piece, got));
    if (!state.ok()) return std::move(state).status().WithContext(dialer_.address().ToString());
    if (request->charge != nullptr && !request->charge->Set(reader.answer().body.capacity())) return NoRoom();
    if (*state == HttpAnswerReader::State::kDone) break;
  }
  return std::move(reader.answer());
}

base::Result<HttpAnswer> HttpClient::Get(std::string_view target, size_t max_body_bytes, base::MonotonicTime deadline) {
  static const std::pair<std::string, std::string> kFields[] = {{"User-Agent", "bekci"}, {"Accept", "*/*"}};
  return Ask({.target = target, .fields = kFields, .max_body_bytes = max_body_bytes, .buffer = {}}, deadline);
}

base::Result<HttpAnswer> HttpClient::Ask(HttpClientRequest request, base::MonotonicTime deadline) {
  const std::string_view target = request.target;
  const bool sendable = !target.empty() && (target.front() == '/' || target.starts_with("http://")) &&
                        std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f'; });
  if (!sendable) return base::Invalid("the path " + base::Quoted(target) + " cannot be asked for");
  const std::string_view method = !request.method.empty() ? request.method : request.post_body ? "POST" : "GET";
  if (!IsToken(method)) return base::Invalid("the method " + base::Quoted(method) + " cannot be sent");
  std::string head(method);
  head += " " + std::string(target) + " HTTP/1.1\r\nHost: " + host_ + "\r\n";
  for (const auto& [name, value] : request.fields) {
    if (!IsToken(name) || !IsFieldValue(value)) return base::Invalid("the header " + name + " cannot be sent");
    head += name + ": " + value + "\r\n";
  }
  if (request.post_body) head += "Content-Length: " + std::to_string(request.post_body->size()) + "\r\n";
  head += "Connection: keep-alive\r\n\r\n";
  if (request.post_body) head += *request.post_body;
  if (stream_ != nullptr && !stream_->IsFresh()) stream_.reset();
  const bool kept = stream_ != nullptr;
  bool any_byte = false;
  auto answer = Once(head, &request, deadline, &any_byte);
  // The peer may close an idle connection in the very moment we use it.
  if (!answer.ok() && kept && !any_byte && method == "GET" && answer.status().code() == base::Code::kUnavailable) {
    stream_.reset();
    answer = Once(head, &request, deadline, &any_byte);
  }
  if (!answer.ok() || !answer->keep_alive) stream_.reset();
  return answer;
}

}  // namespace bekci::net
