#include "agent/wire/accept_list.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::wire {
namespace {

constexpr size_t kMaxItems = 64;

// Cuts the next piece up to `separator` off `rest`; separators inside double quotes do not count.
std::string_view NextPiece(std::string_view* rest, char separator) {
  bool quoted = false;
  size_t i = 0;
  for (; i < rest->size(); ++i) {
    const char c = (*rest)[i];
    if (c == '\\' && quoted) {
      ++i;
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == separator && !quoted) {
      break;
    }
  }
  const std::string_view piece = rest->substr(0, i);
  rest->remove_prefix(std::min(i + 1, rest->size()));
  return base::Trim(piece);
}

std::string_view Unquoted(std::string_view value) {
  if (value.size() >= 2 && value.front() == '"' && value.back() == '"') return value.substr(1, value.size() - 2);
  return value;
}

AcceptItem ParseItem(std::string_view text) {
  AcceptItem item;
  item.name = base::ToLower(NextPiece(&text, ';'));
  while (!text.empty()) {
    std::string_view value = NextPiece(&text, ';');
    std::string name = base::ToLower(NextPiece(&value, '='));
    value = Unquoted(base::Trim(value));
    if (name == "q") {
      const auto q = base::ParseDouble(value);
      item.q = q && *q >= 0 && *q <= 1 ? *q : 1;
    } else if (!name.empty()) {
      item.params.emplace_back(std::move(name), value);
    }
  }
  return item;
}

}  // namespace

std::string_view AcceptItem::Param(std::string_view param) const {
  for (const auto& [key, value] : params) {
    if (key == param) return value;
  }
  return {};
}

std::vector<AcceptItem> ParseAcceptList(std::string_view header) {
  std::vector<AcceptItem> items;
  while (!header.empty() && items.size() < kMaxItems) {
    const std::string_view text = NextPiece(&header, ',');
    if (!text.empty()) items.push_back(ParseItem(text));
  }
  std::stable_sort(items.begin(), items.end(), [](const AcceptItem& a, const AcceptItem& b) {
    if (a.q != b.q) return a.q > b.q;
    return !a.name.ends_with('*') && b.name.ends_with('*');
  });
  return items;
}

}  // namespace bekci::wire
