#include "agent/tsdb/compaction_plan.h"

#include <algorithm>

#include "agent/tsdb/chunk.h"

namespace bekci::tsdb {
namespace {

constexpr int64_t kFirstRange = 2 * 3600'000;
constexpr int64_t kLongestRange = int64_t{31} * 24 * 3600'000;
constexpr int64_t kFactor = 3;

// A block is written anew when more than this part of its series have deleted samples.
constexpr double kTombstoneShare = 0.05;

// The first blocks that overlap one another, directly or through a third.
std::vector<size_t> Overlapping(std::span<const BlockMeta> blocks) {
  std::vector<size_t> group;
  int64_t end = INT64_MIN;
  for (size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].failed) continue;
    if (!group.empty() && blocks[i].min_ms < end) {
      group.push_back(i);
    } else if (group.size() > 1) {
      break;
    } else {
      group = {i};
    }
    end = std::max(end, blocks[i].max_ms);
  }
  return group.size() > 1 ? group : std::vector<size_t>();
}

// Groups of blocks that lie within one aligned range; those that fit in none are left out.
std::vector<std::vector<size_t>> SplitByRange(std::span<const BlockMeta> blocks, int64_t range) {
  std::vector<std::vector<size_t>> groups;
  for (size_t i = 0; i < blocks.size();) {
    const int64_t end = EndOfRange(blocks[i].min_ms, range);
    if (blocks[i].max_ms > end) {
      ++i;
      continue;
    }
    std::vector<size_t>& group = groups.emplace_back();
    for (; i < blocks.size() && blocks[i].max_ms <= end; ++i) group.push_back(i);
  }
  return groups;
}

std::vector<size_t> FullGroup(std::span<const BlockMeta> blocks, std::span<const int64_t> ranges) {
  if (ranges.size() < 2 || blocks.empty()) return {};
  const int64_t newest = blocks.back().min_ms;
  for (const int64_t range : ranges.subspan(1)) {
    for (std::vector<size_t>& group : SplitByRange(blocks, range)) {
      const bool failed = std::any_of(group.begin(), group.end(), [&](size_t i) { return blocks[i].failed; });
      if (failed || group.size() < 2) continue;
      const int64_t min_ms = blocks[group.front()].min_ms;
      const int64_t max_ms = blocks[group.back()].max_ms;
      // A range that can still grow is not merged yet: its blocks would be written twice.
      if (max_ms - min_ms == range || max_ms <= newest) return group;
    }
  }
  return {};
}

std::vector<size_t> ManyTombstones(std::span<const BlockMeta> blocks, std::span<const int64_t> ranges) {
  for (size_t i = blocks.size(); i-- > 0;) {
    const BlockMeta& block = blocks[i];
    const auto share = static_cast<double>(block.stats.tombstones) / static_cast<double>(block.stats.series + 1);
    if (block.failed) continue;
    if (block.max_ms - block.min_ms < ranges[ranges.size() / 2]) {
      if (block.stats.tombstones > 0 && block.stats.tombstones >= block.stats.series) return {i};
      break;
    }
    if (share > kTombstoneShare) return {i};
  }
  return {};
}

}  // namespace

std::vector<int64_t> CompactionRanges(int64_t retention_ms) {
  const int64_t longest = retention_ms == 0 ? kLongestRange : std::min(kLongestRange, retention_ms / 10);
  std::vector<int64_t> ranges = {kFirstRange};
  while (ranges.back() * kFactor <= longest) ranges.push_back(ranges.back() * kFactor);
  return ranges;
}

std::vector<size_t> PlanCompaction(std::span<const BlockMeta> blocks, std::span<const int64_t> ranges) {
  if (blocks.empty() || ranges.empty()) return {};
  if (std::vector<size_t> group = Overlapping(blocks); !group.empty()) return group;
  const auto older = blocks.first(blocks.size() - 1);
  if (std::vector<size_t> group = FullGroup(older, ranges); !group.empty()) return group;
  return ManyTombstones(older, ranges);
}

}  // namespace bekci::tsdb
