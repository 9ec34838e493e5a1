// See answer.h. Dates are computed without the C library's locale and time-zone machinery, which takes locks.
#include "agent/net/answer.h"

#include <array>
#include <chrono>

#include "agent/base/text.h"
#include "agent/net/http.h"
#include "agent/net/request_head.h"

namespace bekci::net {
namespace {

void AppendTwoDigits(std::string* out, int64_t value) {
  out->push_back(static_cast<char>('0' + value / 10 % 10));
  out->push_back(static_cast<char>('0' + value % 10));
}

bool ReadStatus(std::string_view line, int* status) {
  if (line.size() < 12 || !line.starts_with("HTTP/1.") || line[8] != ' ') return false;
  const auto code = base::ParseInt(line.substr(9, 3));
  if (!code || *code < 100 || *code > 999) return false;
  *status = static_cast<int>(*code);
  return true;
}

bool IsHopByHop(std::string_view name) {
  for (const std::string_view hop : {"connection", "keep-alive", "transfer-encoding", "upgrade", "trailer"}) {
    if (base::EqualsIgnoreCase(name, hop)) return true;
  }
  return false;
}

// One header line of the answer into `out`. False when it is none.
bool CopyField(std::string_view line, AnswerHead* head, std::string* out) {
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !IsToken(line.substr(0, colon)) || !IsFieldValue(line)) return false;
  const std::string_view name = line.substr(0, colon);
  if (IsHopByHop(name)) return true;
  if (base::EqualsIgnoreCase(name, "content-length")) {
    const auto length = base::ParseUint(base::Trim(line.substr(colon + 1)));
    if (!length) return false;
    head->until_close = false;
    head->body_bytes = *length;
  }
  out->append(line).append("\r\n");
  return true;
}

}  // namespace

std::string HttpDate(int64_t unix_seconds) {
  static constexpr std::array<std::string_view, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                               "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds time{std::chrono::seconds(unix_seconds)};
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const int64_t second = (time - day).count();
  std::string out;
  out.reserve(30);
  out.append(kDays[std::chrono::weekday(day).c_encoding()]).append(", ");
  AppendTwoDigits(&out, static_cast<unsigned>(date.day()));
  out.append(" ").append(kMonths[static_cast<unsigned>(date.month()) - 1]).append(" ");
  out.append(std::to_string(static_cast<int>(date.year()))).append(" ");
  AppendTwoDigits(&out, second / 3600);
  out.push_back(':');
  AppendTwoDigits(&out, second / 60 % 60);
  out.push_back(':');
  AppendTwoDigits(&out, second % 60);
  out.append(" GMT");
  return out;
}

std::string TextAnswer(int status, std::string_view text, bool with_body, int64_t unix_seconds) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " ";
  out.append(ReasonPhrase(status)).append("\r\nDate: ").append(HttpDate(unix_seconds));
  out.append("\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: ").append(std::to_string(text.size() + 1));
  out.append("\r\nConnection: close\r\n\r\n");
  if (with_body) out.append(text).append("\n");
  return out;
}

bool RewriteAnswerHead(std::string_view text, bool head_only, bool* keep_alive, AnswerHead* head, std::string* out) {
  const size_t before = out->size();
  *head = AnswerHead();
  size_t end = text.find("\r\n");
  if (end == std::string_view::npos || !ReadStatus(text.substr(0, end), &head->status)) return false;
  out->append(text.substr(0, end + 2));
  for (text.remove_prefix(end + 2); (end = text.find("\r\n")) != 0; text.remove_prefix(end + 2)) {
    if (end == std::string_view::npos || !CopyField(text.substr(0, end), head, out)) {
      out->resize(before);
      return false;
    }
  }
  if (head_only || head->status < 200 || head->status == 204 || head->status == 304) {
    head->until_close = false;
    head->body_bytes = 0;
  }
  if (head->until_close) *keep_alive = false;
  out->append(*keep_alive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n");
  return true;
}

}  // namespace bekci::net
