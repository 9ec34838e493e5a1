#include "exporters/host/textfile_store.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

#include "agent/base/path_pattern.h"
#include "agent/base/text.h"
#include "agent/wire/exposition.h"

namespace bekci::exporters::host {
namespace {

constexpr size_t kMaxDirectories = 1000;

bool SameFile(const base::FileInfo& a, const base::FileInfo& b) {
  return a.mtime_ns == b.mtime_ns && a.size_bytes == b.size_bytes && a.inode == b.inode;
}

// "line 12: ..." of the parser becomes "/dir/x.prom:12: ...", which editors and people find.
base::Status Locate(const std::string& path, const base::Status& error) {
  std::string_view message = error.message();
  constexpr std::string_view kLine = "line ";
  if (message.starts_with(kLine)) {
    message.remove_prefix(kLine.size());
    return base::Status(error.code(), path + ":" + std::string(message));
  }
  return base::Status(error.code(), message.find(path) == std::string_view::npos ? path + ": " + std::string(message)
                                                                                 : std::string(message));
}

size_t CountSeries(const std::vector<model::MetricFamily>& families) {
  size_t series = 0;
  for (const model::MetricFamily& family : families) series += family.metrics.size();
  return series;
}

bool HasTimestamps(const std::vector<model::MetricFamily>& families) {
  for (const model::MetricFamily& family : families) {
    for (const model::Metric& metric : family.metrics) {
      if (metric.timestamp) return true;
    }
  }
  return false;
}

// The help of a family whose files say none.
constexpr std::string_view kReadFrom = "Metric read from ";

}  // namespace

void TextfileStore::Refresh(const std::vector<std::string>& patterns, bool may_be_missing) {
  failed_ = false;
  order_.clear();
  for (auto& [path, entry] : entries_) entry.seen = false;
  for (const std::string& pattern : patterns) {
    if (!base::IsPathPattern(pattern)) {  // the usual case: nothing to search, nothing to copy
      RefreshDirectory(pattern, may_be_missing);
      continue;
    }
    for (const std::string& directory : base::MatchPaths(fs_, pattern, kMaxDirectories))
      RefreshDirectory(directory, may_be_missing);
  }
  if (std::erase_if(entries_, [](const auto& entry) { return !entry.second.seen; }) > 0) changed_ = true;
  const bool too_many = order_.size() > kMaxFiles;
  if (too_many && !too_many_files_) {
    log_.Warn("more textfiles than are read", {{"files", order_.size()}, {"limit", kMaxFiles}});
  }
  too_many_files_ = too_many;
  failed_ = failed_ || too_many;
  if (changed_ || order_ != merged_order_) Merge();
}

void TextfileStore::RefreshDirectory(const std::string& directory, bool may_be_missing) {
  auto names = fs_.ListDirectory(directory);
  base::Status status = names.status();
  if (may_be_missing && status.code() == base::Code::kNotFound) status = base::OkStatus();
  Report(directory, directories_[directory], status);
  if (!status.ok()) failed_ = true;
  directories_[directory] = std::move(status);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    if (!name.ends_with(".prom")) continue;
    order_.push_back(directory + (directory.ends_with('/') ? "" : "/") + name);
    if (order_.size() <= kMaxFiles) RefreshFile(order_.back());
  }
}

void TextfileStore::RefreshFile(const std::string& path) {
  const auto info = fs_.Stat(path);
  Entry& entry = entries_[path];
  entry.seen = true;
  const bool same = info.ok() && entry.info.inode != 0 && SameFile(*info, entry.info);
  if (!same) {
    const base::Status before = std::exchange(entry.status, base::OkStatus());
    entry.families.clear();
    entry.series = 0;
    entry.info = info.ok() ? *info : base::FileInfo();
    entry.status = info.ok() ? Load(path, *info, &entry) : Locate(path, info.status());
    Report(path, before, entry.status);
    changed_ = true;
  }
  if (!entry.status.ok()) failed_ = true;
}

base::Status TextfileStore::Load(const std::string& path, const base::FileInfo& info, Entry* entry) {
  // A pipe would keep us waiting at open.
  if (info.kind != base::FileKind::kFile) return base::Invalid(path + ": is not a regular file");
  std::string text;
  if (base::Status read = fs_.ReadFile(path, &text, kMaxFileBytes); !read.ok()) return Locate(path, read);
  wire::ParseOptions options;
  options.max_series = kMaxSeries;
  auto families = wire::ParseText(text, options);
  if (!families.ok()) return Locate(path, families.status());
  if (HasTimestamps(*families)) {
    return base::Invalid(path + ": contains timestamps, which textfiles may not; the whole file is left out");
  }
  entry->series = CountSeries(*families);
  entry->families = std::move(*families);
  return base::OkStatus();
}

void TextfileStore::Report(const std::string& path, const base::Status& before, const base::Status& now) {
  if (before.message() == now.message()) return;
  if (now.ok()) {
    log_.Info("textfile can be used again", {{"file", path}});
  } else {
    log_.Warn("textfile cannot be used", {{"file", path}, {"error", now.message()}});
  }
}

void TextfileStore::Merge() {
  changed_ = false;
  merged_order_ = order_;
  families_.clear();
  good_files_.clear();
  std::map<std::string_view, size_t> index;  // family name, in entries_, to families_
  size_t series = 0;
  for (const std::string& path : order_) {
    const auto found = entries_.find(path);
    if (found == entries_.end() || !found->second.status.ok()) continue;
    Entry& entry = found->second;
    if (series + entry.series > kMaxSeries) {
      entry.status = base::LimitReached(path + ": all textfiles together have more than " + std::to_string(kMaxSeries) +
                                        " series");
      Report(path, base::OkStatus(), entry.status);
      entry.info = {};  // looked at anew in the next round: another file may have shrunk
      failed_ = true;
      continue;
    }
    series += entry.series;
    good_files_.push_back({path, entry.info.mtime_ns});
    for (const model::MetricFamily& family : entry.families) MergeFamily(path, family, &index);
  }
}

void TextfileStore::MergeFamily(const std::string& path, const model::MetricFamily& family,
                                std::map<std::string_view, size_t>* index) {
  const auto [at, is_new] = index->emplace(family.name, families_.size());
  if (is_new) {
    families_.push_back(family);
    if (family.help.empty()) families_.back().help = std::string(kReadFrom) + path;
    return;
  }
  model::MetricFamily& known = families_[at->second];
  const bool known_has_help = !known.help.starts_with(kReadFrom);
  const bool other_help = known_has_help && !family.help.empty() && family.help != known.help;
  if (family.type != known.type || other_help) {
    log_.Warn("textfile disagrees with an earlier one about a metric and loses it",
              {{"file", path}, {"metric", family.name}, {"about", other_help ? "HELP" : "TYPE"}});
    return;
  }
  if (!known_has_help) known.help = family.help.empty() ? known.help + ", " + path : family.help;
  std::unordered_set<model::Labels> present;
  for (const model::Metric& metric : known.metrics) present.insert(metric.labels);
  for (const model::Metric& metric : family.metrics) {
    if (present.insert(metric.labels).second) {
      known.metrics.push_back(metric);
    } else {
      log_.Warn("textfile repeats a series of an earlier one",
                {{"file", path}, {"metric", family.name}, {"labels", metric.labels.ToString()}});
    }
  }
}

}  // namespace bekci::exporters::host
