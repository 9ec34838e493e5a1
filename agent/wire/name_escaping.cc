// The escaping schemes for names outside the legacy character set, as Prometheus' common library defines them.
//
// underscores: every foreign rune becomes "_". dots: "." becomes "_dot_", "_" and foreign runes "__"; legacy names are
// rewritten too, so that the mapping stays unambiguous. values: "U__", then "_" doubled and foreign runes as _hex_; the
// only scheme that can be undone. A rune that is a digit is foreign only at the start.
#include "agent/base/text.h"
#include "agent/wire/exposition.h"
#include "agent/wire/utf8.h"

namespace bekci::wire {
namespace {

constexpr std::string_view kValuesPrefix = "U__";
constexpr size_t kMaxHexDigits = 6;  // of U+10FFFF

bool IsLegacyRune(char32_t rune, bool first, bool is_metric_name) {
  if ((rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z') || rune == '_') return true;
  return (rune >= '0' && rune <= '9' && !first) || (rune == ':' && is_metric_name);
}

void AppendEscapedRune(char32_t rune, bool legacy, Escaping scheme, std::string* out) {
  if (legacy && (rune != '_' || scheme == Escaping::kUnderscores)) {
    out->push_back(static_cast<char>(rune));
  } else if (scheme == Escaping::kUnderscores) {
    out->push_back('_');
  } else if (rune == '_' || (scheme == Escaping::kDots && rune != '.')) {
    out->append("__");
  } else if (scheme == Escaping::kDots) {
    out->append("_dot_");
  } else {
    out->push_back('_');
    char digits[kMaxHexDigits];
    size_t n = 0;
    for (; rune != 0 || n == 0; rune >>= 4) digits[n++] = "0123456789abcdef"[rune & 15];
    while (n > 0) out->push_back(digits[--n]);
    out->push_back('_');
  }
}

// Reads "2e_" into a rune; false when it is not such a code. `*code` is advanced behind the underscore.
bool ReadHexCode(std::string_view* code, char32_t* rune) {
  const size_t end = code->find('_');
  if (end == std::string_view::npos || end == 0 || end > kMaxHexDigits) return false;
  const auto value = base::ParseUint(code->substr(0, end), 16);
  if (!value || !IsScalarValue(static_cast<char32_t>(*value))) return false;
  *rune = static_cast<char32_t>(*value);
  code->remove_prefix(end + 1);
  return true;
}

}  // namespace

std::string EscapeName(std::string_view name, Escaping scheme, bool is_metric_name) {
  const bool legacy = is_metric_name ? model::IsLegacyMetricName(name) : model::IsLegacyLabelName(name);
  if (scheme == Escaping::kAllowUtf8 || name.empty() || (legacy && scheme != Escaping::kDots)) {
    std::string out;
    AppendValidUtf8(name, &out);
    return out;
  }
  std::string out;
  if (scheme == Escaping::kValues) out = kValuesPrefix;
  for (bool first = true; !name.empty(); first = false) {
    bool valid;
    const char32_t rune = NextRune(&name, &valid);
    AppendEscapedRune(rune, IsLegacyRune(rune, first, is_metric_name), scheme, &out);
  }
  return out;
}

std::string UnescapeName(std::string_view name, Escaping scheme) {
  if (scheme != Escaping::kValues || !name.starts_with(kValuesPrefix)) return std::string(name);
  std::string out;
  for (std::string_view rest = name.substr(kValuesPrefix.size()); !rest.empty();) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c != '_') {
      out.push_back(c);
    } else if (rest.starts_with('_')) {
      out.push_back('_');
      rest.remove_prefix(1);
    } else {
      char32_t rune;
      if (!ReadHexCode(&rest, &rune)) return std::string(name);  // not of our making: left as it is
      AppendRune(rune, &out);
    }
  }
  return out;
}

}  // namespace bekci::wire
