// SpecCache: metric specs whose names come from the source: "MemFree:" in /proc/meminfo is node_memory_MemFree_bytes.
//
// The source lists its keys in the same order round after round, so the spec of each is made once and found again by
// position: the expected cost of a key is one comparison. Keys out of order are found by search. Bounded: a source that
// is not what it should be cannot fill the memory.
// Thread rule: one thread at a time.
#pragma once

#include <deque>
#include <string>
#include <string_view>

#include "agent/collect/family_sink.h"

namespace bekci::exporters::host {

// A spec that owns its texts. An empty name: the key is not wanted.
struct OwnedSpec {
  std::string key;
  std::string name;
  std::string help;
  collect::MetricSpec spec;  // points into name and help
};

class SpecCache {
 public:
  // Starts a round: the next key is expected to be the first one again.
  void Rewind() { cursor_ = 0; }

  // The spec of `key`, made by make(key, &owned) on first sight, which sets name, help and the type and labels of spec.
  // Null when the key is not wanted, or when the cache is full.
  template <typename Make>
  const collect::MetricSpec* Find(std::string_view key, Make&& make) {
    OwnedSpec* found = Lookup(key);
    if (found == nullptr) {
      if (specs_.size() >= kMaxKeys) return nullptr;
      found = Insert(key);
      make(key, found);
      found->spec.name = found->name;
      found->spec.help = found->help;
    }
    return found->name.empty() ? nullptr : &found->spec;
  }

  static constexpr size_t kMaxKeys = 2048;  // the longest of these sources, /proc/net/netstat, has about 400

 private:
  OwnedSpec* Lookup(std::string_view key);
  OwnedSpec* Insert(std::string_view key);

  std::deque<OwnedSpec> specs_;  // a deque: specs point into their own element
  size_t cursor_ = 0;
};

// Whether a key may stand inside a metric name: ASCII letters, digits and underscore only.
bool IsNamePart(std::string_view key);

}  // namespace bekci::exporters::host
