#include "exporters/phpfpm/process_titles.h"

#include <algorithm>
#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::phpfpm {
namespace {

constexpr std::string_view kMasterTitle = "php-fpm: master process (";
constexpr std::string_view kPoolTitle = "php-fpm: pool ";
constexpr size_t kMaxTitleBytes = 4096;
constexpr size_t kMaxChildrenBytes = 1 << 20;

}  // namespace

// Titles are written over the arguments: NULs and blanks follow.
std::string ProcessTitles::Title(std::string_view pid) {
  if (!fs_.ReadFile(procfs_ + "/" + std::string(pid) + "/cmdline", &text_, kMaxTitleBytes).ok()) return "";
  return std::string(base::Trim(std::string_view(text_).substr(0, text_.find('\0'))));
}

void ProcessTitles::Scan() {
  for (auto& [pid, master] : masters_) master.alive = false;
  const auto names = fs_.ListDirectory(procfs_);
  if (!names.ok()) return;
  for (const std::string& pid : *names) {
    if (pid.empty() || pid.front() < '1' || pid.front() > '9') continue;
    // The program's name is a cheaper question than its arguments, which live in its own memory.
    if (!fs_.ReadFile(procfs_ + "/" + pid + "/comm", &text_, 64).ok() || !text_.starts_with("php")) continue;
    const std::string title = Title(pid);
    if (!title.starts_with(kMasterTitle)) continue;
    const std::string_view path = std::string_view(title).substr(kMasterTitle.size());
    const std::string directory(path.substr(0, path.rfind('/') + 1));
    const auto known = masters_.find(pid);
    if (known == masters_.end() && masters_.size() < kMaxMasters) {
      masters_.emplace(
          pid, Master{directory,
                      base::RereadFile(fs_, procfs_ + "/" + pid + "/task/" + pid + "/children", kMaxChildrenBytes),
                      {}});
    } else if (known != masters_.end()) {
      known->second.alive = true;
    }
  }
  std::erase_if(masters_, [](const auto& entry) { return !entry.second.alive; });
}

void ProcessTitles::RefreshChildren(Master& master) {
  std::map<uint64_t, std::string> pools;
  const auto text = master.children.Read();
  master.alive = text.ok();
  base::FieldReader fields(text.ok() ? base::Trim(*text) : std::string_view());
  for (std::string_view field; !(field = fields.Next()).empty() && pools.size() < kMaxChildren;) {
    const auto pid = base::ParseUint(field);
    if (!pid) continue;
    const auto known = master.pools.find(*pid);
    if (known != master.pools.end()) {
      pools.insert(master.pools.extract(known));
      continue;
    }
    // A child that was just made still has its master's title: it is looked at again next time.
    const std::string title = Title(field);
    if (title.starts_with(kPoolTitle)) pools.emplace(*pid, title.substr(kPoolTitle.size()));
  }
  master.pools = std::move(pools);
}

void ProcessTitles::Refresh() {
  for (auto& [pid, master] : masters_) RefreshChildren(master);
  const bool lost = std::erase_if(masters_, [](const auto& entry) { return !entry.second.alive; }) > 0;
  const base::MonotonicTime now = clock_.Monotonic();
  if (now < next_scan_ && !lost) return;
  Scan();
  next_scan_ = now + (masters_.empty() ? kScanIntervalWithoutMaster : kScanInterval);
  for (auto& [pid, master] : masters_) {
    if (master.pools.empty()) RefreshChildren(master);
  }
}

uint64_t ProcessTitles::CountWorkers(std::string_view pool, std::string_view pool_file) const {
  uint64_t count = 0;
  for (const auto& [pid, master] : masters_) {
    if (!pool_file.empty() && !pool_file.starts_with(master.directory)) continue;
    count += static_cast<uint64_t>(std::count_if(master.pools.begin(), master.pools.end(),
                                                 [&](const auto& child) { return child.second == pool; }));
  }
  return count;
}

}  // namespace bekci::exporters::phpfpm
