#include "exporters/mysql/values.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "agent/base/text.h"

namespace bekci::exporters::mysql {
namespace {

struct Word {
  std::string_view text;
  double value;
};
constexpr Word kWords[] = {
    {"yes", 1},        {"on", 1},      {"no", 0},          {"off", 0},          {"disabled", 0},
    {"connecting", 0}, {"primary", 1}, {"non-primary", 0}, {"disconnected", 0},
};
constexpr std::string_view kMonths[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                        "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// `pattern` has d for a digit, anything else for itself. The digits' numbers go to out, one per run of d.
bool Match(std::string_view text, std::string_view pattern, int* out) {
  if (text.size() != pattern.size()) return false;
  bool in_number = false;
  --out;
  for (size_t i = 0; i < text.size(); ++i) {
    if (pattern[i] != 'd') {
      if (pattern[i] != text[i]) return false;
      in_number = false;
      continue;
    }
    if (text[i] < '0' || text[i] > '9') return false;
    if (!in_number) *++out = 0;
    *out = *out * 10 + (text[i] - '0');
    in_number = true;
  }
  return true;
}

std::optional<double> Seconds(int year, int month, int day, int hour, int minute, int second) {
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return static_cast<double>(days) * 86400 + hour * 3600 + minute * 60 + second;
}

// "Nov 21 16:06:06 2027 GMT" and "Nov  1 ...", as certificates have it.
std::optional<double> ParseCertificateDate(std::string_view text) {
  if (text.size() != 24 || !text.ends_with(" GMT")) return std::nullopt;
  const auto* const month = std::find(std::begin(kMonths), std::end(kMonths), text.substr(0, 3));
  if (month == std::end(kMonths)) return std::nullopt;
  std::string rest(text.substr(3, 17));
  if (rest[1] == ' ') rest[1] = '0';
  int n[5];
  if (!Match(rest, " dd dd:dd:dd dddd", n)) return std::nullopt;
  return Seconds(n[4], static_cast<int>(month - std::begin(kMonths)) + 1, n[0], n[1], n[2], n[3]);
}

}  // namespace

std::optional<double> ParseDateTime(std::string_view text) {
  int n[6];
  if (text.size() < 19 || !Match(text.substr(0, 19), "dddd-dd-dd dd:dd:dd", n)) return std::nullopt;
  const auto whole = Seconds(n[0], n[1], n[2], n[3], n[4], n[5]);
  if (!whole || text.size() == 19) return whole;
  const auto fraction = base::ParseDouble("0" + std::string(text.substr(19)));
  if (!fraction || text[19] != '.') return std::nullopt;
  return *whole + *fraction;
}

std::optional<double> ParseStatus(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const char first = text[0];
  // Nearly everything is a number; a word can be one too ("inf").
  if ((first >= '0' && first <= '9') || first == '-') {
    if (const auto number = base::ParseDouble(text)) return number;
    const auto time = ParseDateTime(text);
    return time ? std::optional(std::floor(*time)) : std::nullopt;  // whole seconds, as mysqld_exporter has them
  }
  for (const Word& word : kWords) {
    if (base::EqualsIgnoreCase(text, word.text)) return word.value;
  }
  if (const auto date = ParseCertificateDate(text)) return date;
  return base::ParseDouble(text);
}

std::string MetricNamePart(std::string_view name) {
  std::string part = base::ToLower(name);
  for (char& c : part) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))) c = '_';
  }
  return part;
}

std::string_view LabelText(std::string_view text, std::string* storage) {
  const bool ascii =
      std::none_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
  if (ascii || base::IsValidUtf8(text)) return text;
  *storage = text;
  for (char& c : *storage) {
    if (static_cast<unsigned char>(c) >= 0x80) c = '?';
  }
  return *storage;
}

std::string SqlText(std::string_view text) {
  std::string literal = "'";
  for (const char c : text) {
    switch (c) {
      case '\'':
        literal += "\\'";
        break;
      case '\\':
        literal += "\\\\";
        break;
      case '\0':
        literal += "\\0";
        break;
      default:
        literal += c;
    }
  }
  return literal + "'";
}

std::string SqlName(std::string_view name) {
  std::string quoted = "`";
  for (const char c : name) {
    if (c == '`') quoted += '`';
    if (c != '\0') quoted += c;
  }
  return quoted + "`";
}

}  // namespace bekci::exporters::mysql
