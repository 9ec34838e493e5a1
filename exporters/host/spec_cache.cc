#include "exporters/host/spec_cache.h"

#include <algorithm>

namespace bekci::exporters::host {

OwnedSpec* SpecCache::Lookup(std::string_view key) {
  if (cursor_ < specs_.size() && specs_[cursor_].key == key) return &specs_[cursor_++];
  const auto found = std::find_if(specs_.begin(), specs_.end(), [&](const OwnedSpec& spec) { return spec.key == key; });
  if (found == specs_.end()) return nullptr;
  cursor_ = static_cast<size_t>(found - specs_.begin()) + 1;
  return &*found;
}

OwnedSpec* SpecCache::Insert(std::string_view key) {
  OwnedSpec& spec = specs_.emplace_back();
  spec.key = key;
  cursor_ = specs_.size();
  return &spec;
}

bool IsNamePart(std::string_view key) {
  return !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

}  // namespace bekci::exporters::host
