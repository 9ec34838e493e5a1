#include "agent/model/labels.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"

namespace bekci::model {
namespace {

void AppendVarint(std::string* out, size_t value) {
  while (value >= 0x80) {
    out->push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out->push_back(static_cast<char>(value));
}

// Takes a length-prefixed string from the front of `rest`. The bytes are ours, so they are well formed.
std::string_view TakeString(std::string_view* rest) {
  size_t size = 0;
  size_t used = 0;
  for (int shift = 0;; shift += 7) {
    const auto byte = static_cast<unsigned char>((*rest)[used++]);
    size |= static_cast<size_t>(byte & 0x7f) << shift;
    if ((byte & 0x80) == 0) break;
  }
  const std::string_view text = rest->substr(used, size);
  rest->remove_prefix(used + size);
  return text;
}

}  // namespace

void Labels::Iterator::Read() {
  if (rest_.empty()) return;
  std::string_view rest = rest_;
  pair_.first = TakeString(&rest);
  pair_.second = TakeString(&rest);
  size_ = rest_.size() - rest.size();
}

Labels::Labels(std::initializer_list<Pair> pairs) : Labels(FromPairs(std::vector<Pair>(pairs))) {}

Labels Labels::FromPairs(std::vector<Pair> pairs) {
  std::stable_sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) { return a.first < b.first; });
  size_t bytes = 0;
  for (const Pair& pair : pairs) bytes += pair.first.size() + pair.second.size() + 4;
  Labels labels;
  labels.data_.reserve(bytes);
  for (size_t i = 0; i < pairs.size(); ++i) {
    if (i + 1 < pairs.size() && pairs[i + 1].first == pairs[i].first) continue;  // the later wins
    if (pairs[i].second.empty()) continue;
    AppendVarint(&labels.data_, pairs[i].first.size());
    labels.data_ += pairs[i].first;
    AppendVarint(&labels.data_, pairs[i].second.size());
    labels.data_ += pairs[i].second;
  }
  return labels;
}

Labels Labels::FromEncoded(std::string data) {
  Labels labels;
  labels.data_ = std::move(data);
  return labels;
}

size_t Labels::count() const {
  size_t n = 0;
  for (auto it = begin(); it != end(); ++it) ++n;
  return n;
}

std::string_view Labels::Get(std::string_view name) const {
  for (const auto& [n, v] : *this) {
    if (n == name) return v;
    if (n > name) break;
  }
  return {};
}

Labels Labels::With(std::initializer_list<Pair> pairs) const {
  std::vector<Pair> all(begin(), end());
  all.insert(all.end(), pairs.begin(), pairs.end());
  return FromPairs(std::move(all));
}

Labels Labels::With(const Labels& other) const {
  std::vector<Pair> all(begin(), end());
  all.insert(all.end(), other.begin(), other.end());
  return FromPairs(std::move(all));
}

uint64_t Labels::Hash() const {
  // libstdc++'s byte hash (murmur) is not seeded; label sets are bounded per collector before they are hashed into
  // tables, so chosen collisions cost at most that bound.
  return std::hash<std::string>{}(data_);
}

std::string Labels::ToString() const {
  std::string out(Get(kMetricName));
  out += '{';
  bool first = true;
  for (const auto& [name, value] : *this) {
    if (name == kMetricName) continue;
    if (!first) out += ", ";
    first = false;
    out += IsLegacyLabelName(name) ? std::string(name) : base::Quoted(name);
    out += '=';
    out += base::Quoted(value);
  }
  out += '}';
  return out;
}

std::strong_ordering operator<=>(const Labels& a, const Labels& b) {
  auto x = a.begin();
  auto y = b.begin();
  for (; x != a.end() && y != b.end(); ++x, ++y) {
    if (const auto order = (*x).first <=> (*y).first; order != 0) return order;
    if (const auto order = (*x).second <=> (*y).second; order != 0) return order;
  }
  return (x != a.end()) <=> (y != b.end());
}

namespace {

bool IsLegacyName(std::string_view name, bool colons) {
  if (name.empty()) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (colons && c == ':');
    if (!letter && !(i > 0 && c >= '0' && c <= '9')) return false;
  }
  return true;
}

}  // namespace

bool IsLegacyLabelName(std::string_view name) {
  return IsLegacyName(name, false);
}
bool IsLegacyMetricName(std::string_view name) {
  return IsLegacyName(name, true);
}

}  // namespace bekci::model
