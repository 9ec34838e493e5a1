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

std::string ComposeAnswer(HttpResponse response, const AnswerOptions& options, size_t* bad_headers) {
  *bad_headers = 0;
  const bool bodiless = response.status == 204 || response.status == 304;
  std::string head;
  head.reserve(512);
  head.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ").append(ReasonPhrase(response.status));
  head.append("\r\nDate: ").append(HttpDate(options.unix_seconds));
  const auto append = [&](std::string_view name, std::string_view value) {
    // A value that came from a client and was not cleaned would end the header here: it must not.
    if (IsToken(name) && IsFieldValue(value)) {
      head.append("\r\n").append(name).append(": ").append(value);
    } else {
      ++*bad_headers;
    }
  };
  if (!response.content_type.empty()) append("Content-Type", response.content_type);
  for (const auto& [name, value] : response.headers) append(name, value);
  if (!bodiless) head.append("\r\nContent-Length: ").append(std::to_string(response.body.size()));
  head.append(options.keep_alive ? "\r\nConnection: keep-alive\r\n\r\n" : "\r\nConnection: close\r\n\r\n");
  if (bodiless || options.head_only) return head;
  // One string, so that head and body leave together; the longer of the two is not copied where it has room.
  if (response.body.capacity() - response.body.size() >= head.size()) {
    response.body.insert(0, head);
    return std::move(response.body);
  }
  head.append(response.body);
  return head;
}

}  // namespace bekci::net
