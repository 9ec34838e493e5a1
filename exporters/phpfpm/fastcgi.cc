#include "exporters/phpfpm/fastcgi.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::exporters::phpfpm {
namespace {

constexpr size_t kHeaderBytes = 8;
constexpr size_t kMaxContentBytes = 65'535;
constexpr uint8_t kVersion = 1;
constexpr uint8_t kRequestId = 1;

enum RecordType : uint8_t { kBegin = 1, kEnd = 3, kParams = 4, kStdin = 5, kStdout = 6, kStderr = 7 };

constexpr uint8_t kResponder = 1;

// What an end record says of the request (section 5.5).
constexpr std::string_view kProtocolStatus[] = {"", "it takes one request per connection", "it is overloaded",
                                                "it does not know the role of a responder"};

void AppendHeader(std::string* out, RecordType type, size_t content_bytes) {
  const auto high = static_cast<char>(content_bytes >> 8);
  const auto low = static_cast<char>(content_bytes & 0xff);
  const char header[kHeaderBytes] = {kVersion, static_cast<char>(type), 0, kRequestId, high, low, 0, 0};
  out->append(header, sizeof(header));
}

void AppendLength(std::string* out, size_t length) {
  if (length < 128) {
    out->push_back(static_cast<char>(length));
    return;
  }
  for (const int shift : {24, 16, 8, 0}) {
    out->push_back(static_cast<char>((length >> shift) | (shift == 24 ? 0x80 : 0)));
  }
}

void AppendParameter(std::string* out, std::string_view name, std::string_view value) {
  AppendLength(out, name.size());
  AppendLength(out, value.size());
  out->append(name).append(value);
}

size_t ContentBytes(std::string_view header) {
  return (static_cast<size_t>(static_cast<uint8_t>(header[4])) << 8) | static_cast<uint8_t>(header[5]);
}

base::Status NotFastCgi(std::string_view why) {
  return base::Corrupt("the answer is not FastCGI: " + std::string(why));
}

}  // namespace

std::string EncodeRequest(const FastCgiRequest& request) {
  std::string parameters;
  const std::string uri = request.script_name + (request.query.empty() ? "" : "?" + request.query);
  const std::pair<std::string_view, std::string_view> values[] = {
      {"GATEWAY_INTERFACE", "CGI/1.1"},
      {"REQUEST_METHOD", "GET"},
      {"SCRIPT_NAME", request.script_name},
      {"SCRIPT_FILENAME", request.script_filename},
      {"REQUEST_URI", uri},
      {"QUERY_STRING", request.query},
      {"CONTENT_LENGTH", "0"},
      {"SERVER_PROTOCOL", "HTTP/1.1"},
      {"SERVER_SOFTWARE", "bekci"},
      {"REMOTE_ADDR", "127.0.0.1"},
  };
  for (const auto& [name, value] : values) AppendParameter(&parameters, name, value);
  std::string out;
  AppendHeader(&out, kBegin, 8);
  const char begin[8] = {0, kResponder, 0, 0, 0, 0, 0, 0};  // flags 0: close the connection afterwards
  out.append(begin, sizeof(begin));
  for (std::string_view rest = parameters; !rest.empty();) {
    const std::string_view piece = rest.substr(0, kMaxContentBytes);
    AppendHeader(&out, kParams, piece.size());
    out.append(piece);
    rest.remove_prefix(piece.size());
  }
  AppendHeader(&out, kParams, 0);
  AppendHeader(&out, kStdin, 0);
  return out;
}

base::Result<FastCgiReader::State> FastCgiReader::Feed(std::string_view bytes) {
  while (!bytes.empty()) {
    // The header first: it says how much belongs to the record, and is checked before more is kept.
    const size_t wanted = record_.size() < kHeaderBytes
                              ? kHeaderBytes
                              : kHeaderBytes + ContentBytes(record_) + static_cast<uint8_t>(record_[6]);
    const size_t piece = std::min(bytes.size(), wanted - record_.size());
    record_.append(bytes.substr(0, piece));
    bytes.remove_prefix(piece);
    if (record_.size() < kHeaderBytes) continue;
    if (record_[0] != kVersion) return NotFastCgi("its version is " + std::to_string(static_cast<uint8_t>(record_[0])));
    if (record_[2] != 0 || record_[3] != kRequestId) return NotFastCgi("it answers another request");
    const size_t content = ContentBytes(record_);
    if (record_.size() < kHeaderBytes + content + static_cast<uint8_t>(record_[6])) continue;
    auto state = OnRecord(static_cast<uint8_t>(record_[1]), std::string_view(record_).substr(kHeaderBytes, content));
    record_.clear();
    if (!state.ok() || *state == State::kDone) return state;
  }
  return State::kMore;
}

base::Result<FastCgiReader::State> FastCgiReader::OnRecord(uint8_t type, std::string_view content) {
  if (type == kStdout) {
    if (content.size() > max_output_bytes_ - output_.size()) {
      return base::LimitReached("the answer has more than " + std::to_string(max_output_bytes_) + " bytes");
    }
    output_.append(content);
    return State::kMore;
  }
  if (type == kStderr) {
    error_output_.append(content.substr(0, kMaxErrorBytes - error_output_.size()));
    return State::kMore;
  }
  if (type != kEnd) return NotFastCgi("a record of type " + std::to_string(type));
  if (content.size() != 8) return NotFastCgi("the end is cut off");
  const auto status = static_cast<uint8_t>(content[4]);
  if (status == 0) return State::kDone;
  if (status >= std::size(kProtocolStatus)) return NotFastCgi("an unknown status at its end");
  return base::Unavailable("the request was refused: " + std::string(kProtocolStatus[status]));
}

base::Result<CgiAnswer> ParseCgiAnswer(std::string_view output) {
  CgiAnswer answer;
  while (!output.empty()) {
    const size_t end = output.find('\n');
    if (end == std::string_view::npos) break;
    const std::string_view line = base::Trim(output.substr(0, end));
    output.remove_prefix(end + 1);
    if (line.empty()) {
      answer.body = output;
      return answer;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) break;
    if (!base::EqualsIgnoreCase(line.substr(0, colon), "status")) continue;
    const std::string_view code = base::Trim(line.substr(colon + 1)).substr(0, 3);
    const auto number = base::ParseUint(code);
    if (!number || *number < 100 || *number > 599)
      return base::Corrupt("the answer has the status " + base::Quoted(code));
    answer.status = static_cast<int>(*number);
  }
  return base::Corrupt("the answer has no CGI head");
}

}  // namespace bekci::exporters::phpfpm
