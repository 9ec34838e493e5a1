// The strict reader of request heads. See request_head.h for what is refused and why.
#include "agent/net/request_head.h"

#include <array>

#include "agent/base/text.h"
#include "agent/net/http.h"

namespace bekci::net {
namespace {

constexpr std::array<bool, 256> MakeTokenTable() {
  std::array<bool, 256> table{};
  for (unsigned char c = '0'; c <= '9'; ++c) table[c] = true;
  for (unsigned char c = 'a'; c <= 'z'; ++c) table[c] = true;
  for (unsigned char c = 'A'; c <= 'Z'; ++c) table[c] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(c)] = true;
  return table;
}
constexpr std::array<bool, 256> kTokenTable = MakeTokenTable();

constexpr bool IsControl(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

constexpr HeadProblem kBadRequestLine{400, "the first line is not METHOD TARGET HTTP/1.x"};

// Takes one line off `text`; the scanner has made sure that lines end in CR LF.
std::string_view TakeLine(std::string_view* text) {
  const size_t end = text->find("\r\n");
  if (end == std::string_view::npos) {
    const std::string_view line = *text;
    *text = {};
    return line;
  }
  const std::string_view line = text->substr(0, end);
  text->remove_prefix(end + 2);
  return line;
}

HeadProblem ParseVersion(std::string_view text, RequestHead* out) {
  if (text.size() != 8 || !text.starts_with("HTTP/") || text[6] != '.') return kBadRequestLine;
  if (text[5] < '0' || text[5] > '9' || text[7] < '0' || text[7] > '9') return kBadRequestLine;
  if (text[5] != '1') return {505, "only HTTP/1.0 and HTTP/1.1 are spoken here"};
  out->minor_version = text[7] == '0' ? 0 : 1;
  out->keep_alive = out->minor_version == 1;
  return {};
}

bool IsHostValue(std::string_view value) {
  for (const char c : value) {
    const bool good = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      std::string_view("-._~:[]%!$&'()*+;=").find(c) != std::string_view::npos;
    if (!good) return false;
  }
  return true;
}

// Absolute form, "http://host/path", is what a client sends that takes us for its proxy; servers must read it.
bool SplitAbsoluteForm(std::string_view target, RequestHead* out) {
  if (target.starts_with('/')) {
    out->target = target;
    return true;
  }
  for (const std::string_view scheme : {std::string_view("http://"), std::string_view("https://")}) {
    if (target.size() <= scheme.size() || !base::EqualsIgnoreCase(target.substr(0, scheme.size()), scheme)) continue;
    const std::string_view rest = target.substr(scheme.size());
    const size_t slash = rest.find('/');
    out->authority = rest.substr(0, slash);
    out->target = slash == std::string_view::npos ? std::string_view("/") : rest.substr(slash);
    return !out->authority.empty() && IsHostValue(out->authority);
  }
  return false;
}

HeadProblem ParseRequestLine(std::string_view line, RequestHead* out) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return kBadRequestLine;
  out->method = line.substr(0, first);
  const std::string_view target = line.substr(first + 1, last - first - 1);
  if (!IsToken(out->method)) return kBadRequestLine;
  for (const char c : target) {
    if (IsControl(c) || c == ' ' || static_cast<unsigned char>(c) >= 0x80 || c == '#') {
      return {400, "the target holds bytes that must be percent-encoded"};
    }
  }
  if (const HeadProblem problem = ParseVersion(line.substr(last + 1), out); problem.status != 0) return problem;
  if (!SplitAbsoluteForm(target, out)) return {400, "the target must be a path"};
  for (const std::string_view known : {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    if (out->method == known) return {};
  }
  return {501, "this method is not known here"};
}

HeadProblem ReadContentLength(std::string_view value, RequestHead* out) {
  if (out->has_length) return {400, "more than one Content-Length"};
  // 15 digits are more than any cap and never overflow.
  if (value.empty() || value.size() > 15) return {400, "Content-Length is not a number"};
  for (const char c : value) {
    if (c < '0' || c > '9') return {400, "Content-Length is not a number"};
    out->content_length = out->content_length * 10 + static_cast<uint64_t>(c - '0');
  }
  out->has_length = true;
  return {};
}

// The few fields that steer the reading itself.
HeadProblem Interpret(const HeadField& field, int* hosts, RequestHead* out) {
  using base::EqualsIgnoreCase;
  if (EqualsIgnoreCase(field.name, "host")) {
    if (++*hosts > 1) return {400, "more than one Host"};
    if (!IsHostValue(field.value)) return {400, "Host holds bytes that no host name has"};
  } else if (EqualsIgnoreCase(field.name, "content-length")) {
    return ReadContentLength(field.value, out);
  } else if (EqualsIgnoreCase(field.name, "transfer-encoding")) {
    if (out->chunked) return {400, "more than one Transfer-Encoding"};
    if (!EqualsIgnoreCase(field.value, "chunked")) return {501, "the only transfer coding known here is chunked"};
    out->chunked = true;
  } else if (EqualsIgnoreCase(field.name, "expect")) {
    if (!EqualsIgnoreCase(field.value, "100-continue")) return {417, "the only expectation known is 100-continue"};
    out->expect_continue = out->minor_version == 1;
  } else if (EqualsIgnoreCase(field.name, "connection")) {
    if (ListHasToken(field.value, "close")) out->keep_alive = false;
    if (out->minor_version == 0 && ListHasToken(field.value, "keep-alive")) out->keep_alive = true;
  }
  return {};
}

HeadProblem ParseField(std::string_view line, RequestHead* out) {
  if (line.front() == ' ' || line.front() == '\t') return {400, "a header line is folded"};
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos) return {400, "a header line has no colon"};
  HeadField field{line.substr(0, colon), base::Trim(line.substr(colon + 1))};
  if (!IsToken(field.name)) return {400, "a header name holds bytes that no name may have"};
  if (!IsFieldValue(field.value)) return {400, "a header value holds control bytes"};
  if (out->fields.size() >= kMaxHeadFields) return {431, "too many header lines"};
  out->fields.push_back(field);
  return {};
}

HeadProblem CheckWhole(int hosts, const RequestHead& head) {
  if (head.chunked && head.has_length) return {400, "both Content-Length and Transfer-Encoding"};
  if (head.chunked && head.minor_version == 0) return {400, "Transfer-Encoding in an HTTP/1.0 request"};
  if (hosts == 0 && head.minor_version == 1) return {400, "Host is missing"};
  return {};
}

}  // namespace

HeadScanner::State HeadScanner::Scan(std::string_view buffer) {
  while (position_ < buffer.size()) {
    const char c = buffer[position_++];
    if (after_cr_) {
      if (c != '\n') return State::kBad;
      after_cr_ = false;
      if (line_empty_ && started_) return State::kDone;
      if (!started_) {
        begin_ = position_;
        if (begin_ > 4) return State::kBad;  // two stray empty lines are enough
      }
      line_empty_ = true;
    } else if (c == '\r') {
      after_cr_ = true;
    } else if (IsControl(c) && c != '\t') {
      return State::kBad;
    } else {
      line_empty_ = false;
      started_ = true;
    }
  }
  return State::kMore;
}

HeadProblem ParseRequestHead(std::string_view text, RequestHead* out) {
  std::vector<HeadField> fields = std::move(out->fields);  // keeps its capacity from request to request
  fields.clear();
  *out = RequestHead();
  out->fields = std::move(fields);
  if (const HeadProblem problem = ParseRequestLine(TakeLine(&text), out); problem.status != 0) return problem;
  int hosts = 0;
  while (!text.empty()) {
    const std::string_view line = TakeLine(&text);
    if (line.empty()) break;
    if (const HeadProblem problem = ParseField(line, out); problem.status != 0) return problem;
    if (const HeadProblem problem = Interpret(out->fields.back(), &hosts, out); problem.status != 0) return problem;
  }
  return CheckWhole(hosts, *out);
}

bool ParseTarget(std::string_view target, std::string* path, std::string_view* query) {
  const size_t mark = target.find('?');
  *query = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  if (!target.starts_with('/') || !PercentDecode(target.substr(0, mark), false, path)) return false;
  if (path->find('\0') != std::string::npos) return false;
  for (const std::string_view segment : base::Split(*path, '/')) {
    if (segment == "." || segment == "..") return false;
  }
  return true;
}

bool IsToken(std::string_view text) {
  for (const char c : text) {
    if (!kTokenTable[static_cast<unsigned char>(c)]) return false;
  }
  return !text.empty();
}

bool IsFieldValue(std::string_view text) {
  for (const char c : text) {
    if (IsControl(c) && c != '\t') return false;
  }
  return true;
}

bool ListHasToken(std::string_view list, std::string_view token) {
  while (!list.empty()) {
    const size_t comma = list.find(',');
    if (base::EqualsIgnoreCase(base::Trim(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

}  // namespace bekci::net
