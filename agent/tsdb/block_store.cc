#include "agent/tsdb/block_store.h"

#include <algorithm>
#include <set>
#include <utility>

#include "agent/tsdb/block_merge.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/compaction_plan.h"
#include "agent/tsdb/directories.h"
#include "agent/tsdb/ulid.h"

namespace bekci::tsdb {
namespace {

constexpr std::string_view kDamagedSuffix = ".damaged";
// How long a block that the disk cannot read whole is not merged: a try reads all of it.
constexpr base::Duration kMergeAgainAfter = base::hours(1);

constexpr int64_t kMostGapMs = int64_t{24} * 3600'000;  // of a time without blocks, when age is counted

// Of the disk's moment, not of the block.
bool IsPassing(const base::Status& status) {
  return status.code() == base::Code::kUnavailable || status.code() == base::Code::kLimit;
}

bool IsTemporary(std::string_view name) {
  for (const std::string_view suffix : {kCreationSuffix, kDeletionSuffix}) {
    if (name.ends_with(suffix) && IsUlid(name.substr(0, name.size() - suffix.size()))) return true;
  }
  return false;
}

void SortByTime(BlockList* list) {
  std::sort(list->begin(), list->end(), [](const auto& a, const auto& b) {
    return std::pair(a->meta().min_ms, a->meta().max_ms) < std::pair(b->meta().min_ms, b->meta().max_ms);
  });
}

// The ages of blocks that come newest first: the time from a block's end to the newest one's, in which a time without
// blocks counts a day at most.
class Ages {
 public:
  int64_t Of(const BlockMeta& block) {
    if (first_) low_ = block.max_ms;
    first_ = false;
    age_ += std::min(Down(block.max_ms), kMostGapMs);
    const int64_t age = age_ - (block.max_ms - low_);
    age_ += Down(block.min_ms);
    return age;
  }

 private:
  // How much lower `to` is than everything so far.
  int64_t Down(int64_t to) {
    const int64_t by = std::max<int64_t>(0, low_ - to);
    low_ -= by;
    return by;
  }

  bool first_ = true;
  int64_t low_ = 0;
  int64_t age_ = 0;  // of low_
};

}  // namespace

BlockStore::BlockStore(const Environment& environment, BlockStoreOptions options)
    : env_(environment), options_(std::move(options)), blocks_(std::make_shared<const BlockList>()) {}

base::Result<std::unique_ptr<BlockStore>> BlockStore::Open(const Environment& environment, BlockStoreOptions options) {
  std::unique_ptr<BlockStore> store(new BlockStore(environment, std::move(options)));
  RETURN_IF_ERROR(store->Load());
  return store;
}

base::Status BlockStore::Load() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, env_.fs.ListDirectory(options_.directory));
  if (!options_.read_only) RemoveTemporary(names);
  BlockList list;
  for (const std::string& name : names) {
    if (!IsUlid(name)) continue;
    auto block = Block::Open(env_.fs, PathOf(name));
    base::Status status = block.status();
    if (status.ok() && (*block)->meta().ulid != name) {
      status = base::Corrupt("meta.json names another block: " + (*block)->meta().ulid);
    }
    if (status.ok()) {
      list.push_back(*std::move(block));
    } else {
      SetAside(name, status);
    }
  }
  DropSuperfluous(&list);
  SortByTime(&list);
  Replace(std::move(list));
  return base::OkStatus();
}

void BlockStore::RemoveTemporary(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (!IsTemporary(name)) continue;
    const base::Status status = RemoveTree(env_.fs, PathOf(name));
    if (status.ok()) {
      env_.log.Info("removed what an interrupted run left", {{"directory", name}});
    } else {
      env_.log.Warn("cannot remove what an interrupted run left", {{"directory", name}, {"error", status.message()}});
    }
  }
}

// Only what is damaged is moved away: a block that cannot be read just now (EIO, no descriptors) may be well tomorrow.
void BlockStore::SetAside(const std::string& ulid, const base::Status& why) {
  {
    base::MutexLock lock(mutex_);
    if (!IsPassing(why)) ++figures_.damaged;
    problems_.push_back("block " + ulid + ": " + why.message());
  }
  const bool damaged = why.code() == base::Code::kCorrupt || why.code() == base::Code::kNotFound;
  if (IsPassing(why)) {
    base::MutexLock lock(mutex_);
    waiting_.insert(ulid);
  }
  if (options_.read_only || !damaged) {
    if (!IsPassing(why)) unreadable_.insert(ulid);
    env_.log.Error("block cannot be opened, its samples are missing", {{"block", ulid}, {"error", why.message()}});
    return;
  }
  const std::string aside = ulid + std::string(kDamagedSuffix);
  const base::Status moved = env_.fs.Rename(PathOf(ulid), PathOf(aside));
  env_.log.Error("block is damaged and set aside, its samples are missing",
                 {{"block", ulid},
                  {"error", why.message()},
                  {"now", moved.ok() ? aside : ulid},
                  {"repair", "bekci tsdb verify --path " + options_.directory}});
}

// A crash may have left the parents of a merged block, which is durable before they go.
void BlockStore::DropSuperfluous(BlockList* list) {
  std::set<std::string> superfluous;
  for (const auto& block : *list) {
    for (const BlockParent& parent : block->meta().parents) superfluous.insert(parent.ulid);
    if (block->meta().deletable) superfluous.insert(block->meta().ulid);
  }
  std::erase_if(*list, [&](const std::shared_ptr<const Block>& block) {
    const std::string& ulid = block->meta().ulid;
    if (!superfluous.contains(ulid)) return false;
    if (!options_.read_only) Delete(ulid);
    return true;
  });
}

// First out of sight, then removed: an interrupted removal never leaves half a block under its name.
void BlockStore::Delete(const std::string& ulid) {
  const std::string away = PathOf(ulid + std::string(kDeletionSuffix));
  base::Status status = env_.fs.Rename(PathOf(ulid), away);
  if (status.ok()) status = RemoveTree(env_.fs, away);
  unreadable_.insert(ulid);  // should it still be there: it is not to come back
  if (!status.ok()) env_.log.Warn("block cannot be removed", {{"block", ulid}, {"error", status.message()}});
}

void BlockStore::Replace(BlockList list) {
  auto shared = std::make_shared<const BlockList>(std::move(list));
  base::MutexLock lock(mutex_);
  for (const auto& block : *blocks_) {
    const bool stays = std::find(shared->begin(), shared->end(), block) != shared->end();
    if (!stays) figures_.read_errors += block->fault_count();
  }
  blocks_ = std::move(shared);
}

std::shared_ptr<const BlockList> BlockStore::blocks() const {
  base::MutexLock lock(mutex_);
  return blocks_;
}

int64_t BlockStore::max_ms() const {
  const auto list = blocks();
  int64_t max_ms = INT64_MIN;
  for (const auto& block : *list) max_ms = std::max(max_ms, block->meta().max_ms);
  return max_ms;
}

std::vector<std::unique_ptr<PartQuerier>> BlockStore::Queriers(int64_t min_ms, int64_t max_ms) const {
  const auto list = blocks();
  std::vector<std::unique_ptr<PartQuerier>> parts;
  for (const auto& block : *list) {
    if (block->meta().min_ms > max_ms || block->meta().max_ms <= min_ms) continue;
    parts.push_back(MakeBlockQuerier(block, min_ms, max_ms));
  }
  return parts;
}

std::string BlockStore::NewUlid() {
  return MakeUlid(env_.clock.Now(), env_.random);
}

base::Status BlockStore::Add(const std::string& ulid) {
  ASSIGN_OR_RETURN(auto block, Block::Open(env_.fs, PathOf(ulid)));
  BlockList list = *blocks();
  list.push_back(std::move(block));
  SortByTime(&list);
  Replace(std::move(list));
  return base::OkStatus();
}

// Blocks that somebody put there meanwhile (an import, a restore): they are seen without a restart. And those that the
// disk could not open before.
void BlockStore::LoadNew() {
  const auto names = env_.fs.ListDirectory(options_.directory);
  if (!names.ok()) return;
  const auto known = blocks();
  std::set<std::string> not_new = unreadable_;
  std::set<std::string> superfluous;
  for (const auto& block : *known) {
    not_new.insert(block->meta().ulid);
    for (const BlockParent& parent : block->meta().parents) superfluous.insert(parent.ulid);
  }
  for (const std::string& name : *names) {
    if (!IsUlid(name) || not_new.contains(name)) continue;
    if (superfluous.contains(name)) {
      Delete(name);
    } else {
      LoadNew(name);
    }
  }
}

void BlockStore::LoadNew(const std::string& ulid) {
  const base::Status status = Add(ulid);
  bool waited = false;
  {
    base::MutexLock lock(mutex_);
    waited = waiting_.erase(ulid) != 0;
    if (!status.ok() && IsPassing(status)) waiting_.insert(ulid);
  }
  if (status.ok()) {
    env_.log.Info(waited ? "a block can be read again" : "found a new block", {{"block", ulid}});
  } else if (!IsPassing(status)) {
    env_.log.Warn("a new block cannot be opened", {{"block", ulid}, {"error", status.message()}});
    unreadable_.insert(ulid);
  } else if (!waited) {
    env_.log.Warn("a new block cannot be opened now", {{"block", ulid}, {"error", status.message()}});
  }
}

bool BlockStore::IsFirst(const std::string& ulid) {
  base::MutexLock lock(mutex_);
  return told_.insert(ulid).second;
}

// Mapped anew, what recovered is read again. Where that fails the old mapping serves on: some of it can be read.
void BlockStore::ReviewUnreadable() {
  BlockList list = *blocks();
  bool changed = false;
  for (auto& block : list) {
    const uint64_t pages = block->fault_count();
    if (pages == 0) continue;
    const std::string ulid = block->meta().ulid;
    if (IsFirst(ulid)) {
      env_.log.Error("the disk cannot read parts of a block, the samples in them are missing from answers",
                     {{"block", ulid},
                      {"directory", block->directory()},
                      {"pages", pages},
                      {"now", "tried again every minute"},
                      {"repair", "bekci tsdb verify --path " + options_.directory}});
    }
    auto again = Block::Open(env_.fs, PathOf(ulid));
    if (!again.ok()) continue;
    block = *std::move(again);
    changed = true;
  }
  if (changed) Replace(std::move(list));
}

base::Status BlockStore::Compact(const std::atomic<bool>* stop) {
  ReviewUnreadable();
  LoadNew();
  base::Status first;
  for (;;) {
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return first;
    const auto list = blocks();
    std::vector<BlockMeta> metas;
    for (const auto& block : *list) {
      metas.push_back(block->meta());
      const auto failed = failed_.find(block->meta().ulid);
      metas.back().failed = failed != failed_.end() && env_.clock.Monotonic() < failed->second;
    }
    const std::vector<size_t> plan = PlanCompaction(metas, CompactionRanges(retention_ms()));
    if (plan.empty()) return first;
    BlockList parents;
    for (const size_t i : plan) parents.push_back((*list)[i]);
    base::Status status = Merge(parents, stop);
    if (status.ok()) continue;
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return first;
    Failed(parents, status);
    if (IsPassing(status)) return status;
    // What cannot be merged now will not be merged by trying again: the rest goes on without it, until the next start,
    // or, where the disk could not read it, for a while.
    const bool faults =
        std::any_of(parents.begin(), parents.end(), [](const auto& p) { return p->fault_count() != 0; });
    const base::MonotonicTime until = faults ? env_.clock.Monotonic() + kMergeAgainAfter : base::MonotonicTime::Max();
    for (const auto& parent : parents) failed_[parent->meta().ulid] = until;
    if (first.ok()) first = std::move(status);
  }
}

void BlockStore::Failed(const BlockList& parents, const base::Status& status) {
  env_.log.Error("blocks cannot be merged",
                 {{"blocks", parents.size()}, {"first", parents.front()->meta().ulid}, {"error", status.message()}});
  base::MutexLock lock(mutex_);
  ++figures_.compactions_failed;
}

base::Status BlockStore::Merge(const BlockList& parents, const std::atomic<bool>* stop) {
  const base::MonotonicTime begin = env_.clock.Monotonic();
  const std::string ulid = NewUlid();
  auto merged = MergeBlocks(env_.fs, options_.directory, ulid, parents, stop);
  std::shared_ptr<const Block> child;
  if (merged.ok()) {
    auto opened = Block::Open(env_.fs, PathOf(ulid));
    if (!opened.ok()) {
      Delete(ulid);
      return std::move(opened).status().WithContext("merged block " + ulid);
    }
    child = *std::move(opened);
    for (const std::string& line : merged->damage) env_.log.Error("lost in a merge of blocks", {{"what", line}});
  } else if (merged.status().code() != base::Code::kNoData) {
    return std::move(merged).status();
  }

  BlockList list = *blocks();
  std::erase_if(list,
                [&](const auto& block) { return std::find(parents.begin(), parents.end(), block) != parents.end(); });
  if (child != nullptr) list.push_back(child);
  SortByTime(&list);
  Replace(std::move(list));
  for (const auto& parent : parents) {
    parent->Forget();
    Delete(parent->meta().ulid);
  }
  env_.log.Info("blocks merged", {{"into", child == nullptr ? "nothing" : ulid},
                                  {"blocks", parents.size()},
                                  {"series", child == nullptr ? 0 : child->meta().stats.series},
                                  {"seconds", base::ToSeconds(env_.clock.Monotonic() - begin)}});
  base::MutexLock lock(mutex_);
  ++figures_.compactions;
  return base::OkStatus();
}

base::Status BlockStore::ApplyRetention(uint64_t other_bytes) {
  int64_t longest = 0;
  uint64_t most_bytes = 0;
  {
    base::MutexLock lock(mutex_);
    longest = options_.retention_ms;
    most_bytes = options_.retention_bytes;
  }
  BlockList newest_first = *blocks();
  std::sort(newest_first.begin(), newest_first.end(),
            [](const auto& a, const auto& b) { return a->meta().max_ms > b->meta().max_ms; });
  BlockList kept;
  BlockList too_old;
  BlockList too_big;
  uint64_t bytes = other_bytes;
  Ages ages;
  for (const auto& block : newest_first) {
    bytes += block->size_bytes();
    if (const int64_t age = ages.Of(block->meta()); longest > 0 && age >= longest) {
      too_old.push_back(block);
    } else if (most_bytes > 0 && (bytes > most_bytes || !too_big.empty())) {
      too_big.push_back(block);
    } else {
      kept.push_back(block);
    }
  }
  if (too_old.empty() && too_big.empty()) return base::OkStatus();
  SortByTime(&kept);
  Replace(std::move(kept));
  Expire(too_old, "older than the retention", &Figures::deleted_by_time);
  Expire(too_big, "more bytes than the retention", &Figures::deleted_by_size);
  return env_.fs.SyncDirectory(options_.directory);
}

void BlockStore::Expire(const BlockList& list, std::string_view why, uint64_t Figures::*counter) {
  for (const auto& block : list) {
    Delete(block->meta().ulid);
    env_.log.Info("block removed", {{"block", block->meta().ulid}, {"why", why}});
  }
  base::MutexLock lock(mutex_);
  figures_.*counter += list.size();
}

BlockStore::Figures BlockStore::figures() const {
  const auto list = blocks();
  base::MutexLock lock(mutex_);
  Figures figures = figures_;
  figures.blocks = list->size();
  figures.unreadable = waiting_.size();
  for (const auto& block : *list) {
    figures.bytes += block->size_bytes();
    const uint64_t pages = block->fault_count();
    figures.read_errors += pages;
    if (pages != 0 || told_.contains(block->meta().ulid)) ++figures.unreadable;
  }
  return figures;
}

std::vector<std::string> BlockStore::problems() const {
  base::MutexLock lock(mutex_);
  return problems_;
}

int64_t BlockStore::retention_ms() const {
  base::MutexLock lock(mutex_);
  return options_.retention_ms;
}

void BlockStore::set_retention(int64_t retention_ms, uint64_t retention_bytes) {
  base::MutexLock lock(mutex_);
  options_.retention_ms = retention_ms;
  options_.retention_bytes = retention_bytes;
}

}  // namespace bekci::tsdb
