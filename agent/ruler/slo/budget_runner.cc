#include "agent/ruler/slo/budget_runner.h"

#include <algorithm>
#include <cstdio>

#include "agent/base/md5.h"
#include "agent/ruler/slo/budget_file.h"
#include "agent/ruler/slo/event_reader.h"

namespace bekci::ruler::slo {
namespace {

constexpr size_t kLongestName = 200;

}  // namespace

struct BudgetRunner::Entry {
  Entry(const Slo& slo, base::TimeZone zone) : id(slo.id), budget(slo, std::move(zone)) {}

  const std::string id;
  mutable base::Mutex mutex;
  SloBudget budget GUARDED_BY(mutex);
  // Of the evaluating thread alone:
  std::unique_ptr<EventReader> reader;
  std::unique_ptr<BudgetFile> file;
};

std::string BudgetFileName(std::string_view id) {
  if (id.size() <= kLongestName) return std::string(id) + ".budget";
  std::string name = std::string(id.substr(0, kLongestName - 33)) + ".";
  for (const uint8_t byte : base::Md5(id)) {
    char hex[3];
    std::snprintf(hex, sizeof hex, "%02x", static_cast<unsigned>(byte));
    name += hex;
  }
  return name + ".budget";
}

BudgetRunner::BudgetRunner(base::FileSystem& fs, promql::Engine& engine, storage::Queryable& store,
                           BudgetRunnerOptions options)
    : fs_(fs), engine_(engine), store_(store), options_(std::move(options)) {}
BudgetRunner::~BudgetRunner() = default;

base::Result<std::unique_ptr<BudgetRunner>> BudgetRunner::Open(base::FileSystem& fs, promql::Engine& engine,
                                                               storage::Queryable& store, std::span<const Slo> slos,
                                                               BudgetRunnerOptions options,
                                                               std::vector<std::string>* problems) {
  RETURN_IF_ERROR(fs.CreateDirectory(options.directory));
  const size_t slash = options.directory.rfind('/');
  RETURN_IF_ERROR(
      fs.SyncDirectory(slash == std::string::npos ? "." : options.directory.substr(0, std::max(slash, size_t{1}))));
  std::unique_ptr<BudgetRunner> runner(new BudgetRunner(fs, engine, store, std::move(options)));
  for (const Slo& slo : slos) RETURN_IF_ERROR(runner->OpenEntry(slo, problems));
  return runner;
}

base::Status BudgetRunner::OpenEntry(const Slo& slo, std::vector<std::string>* problems) {
  base::TimeZone zone;
  if (slo.calendar.has_value()) {
    auto loaded = base::TimeZone::Load(fs_, slo.calendar->zone, options_.zone_directory);
    if (loaded.ok()) {
      zone = std::move(*loaded);
    } else {
      problems->push_back(slo.id + ": " + loaded.status().message() + "; its periods begin by UTC");
    }
  }
  auto entry = std::make_unique<Entry>(slo, std::move(zone));
  BudgetFile::Loaded loaded;
  {
    base::MutexLock lock(entry->mutex);
    SloBudget& budget = entry->budget;
    auto file = BudgetFile::Open(
        fs_, options_.directory + "/" + BudgetFileName(slo.id), slo.id, base::milliseconds(budget.ring().width_ms()),
        [&](const SavedBucket& saved)
            BEKCI_TSA(no_thread_safety_analysis) { budget.Restore(saved.bucket, saved.events); },
        &loaded);
    // A file that cannot be read now is left alone: the objective runs without being saved.
    if (file.ok()) {
      entry->file = std::move(*file);
    } else {
      problems->push_back(file.status().message() + "; this objective begins anew and is not saved");
    }
    budget.FinishRestore();
  }
  if (!loaded.problems.empty()) problems->push_back(loaded.problems);
  std::optional<base::Timestamp> last;
  if (loaded.updated.ms != INT64_MIN) last = loaded.updated;
  entry->reader = std::make_unique<EventReader>(slo, options_.every, last);
  entries_.push_back(std::move(entry));
  return base::OkStatus();
}

base::Status BudgetRunner::EvaluateEntry(Entry& entry, base::Timestamp t) {
  ASSIGN_OR_RETURN(const std::optional<Events> events, entry.reader->Read(engine_, store_, t));
  if (!events.has_value()) return base::OkStatus();
  SavedBucket saved;
  std::optional<BucketRing> live;
  {
    base::MutexLock lock(entry.mutex);
    if (!entry.budget.Add(t, *events)) return base::Invalid("the clock stands before all that is known");
    saved.bucket = entry.budget.ring().BucketOf(t);
    const Events* bucket = entry.budget.ring().Find(saved.bucket);
    if (bucket == nullptr || entry.file == nullptr) return base::OkStatus();
    saved.events = *bucket;
    saved.updated = t;
    if (entry.file->WantsAll()) live = entry.budget.ring();
  }
  return live.has_value() ? entry.file->Replace(saved, *live) : entry.file->Append(saved);
}

std::vector<std::string> BudgetRunner::Evaluate(base::Timestamp t) {
  std::vector<std::string> failures;
  for (const auto& entry : entries_) {
    const base::Status status = EvaluateEntry(*entry, t);
    if (!status.ok()) failures.push_back(entry->id + ": " + status.message());
  }
  return failures;
}

std::vector<BudgetReport> BudgetRunner::Reports(base::Timestamp t) const {
  std::vector<BudgetReport> reports;
  for (const auto& entry : entries_) {
    base::MutexLock lock(entry->mutex);
    reports.push_back(entry->budget.Report(t));
  }
  return reports;
}

std::optional<BudgetReport> BudgetRunner::Report(std::string_view id, base::Timestamp t) const {
  for (const auto& entry : entries_) {
    if (entry->id != id) continue;
    base::MutexLock lock(entry->mutex);
    return entry->budget.Report(t);
  }
  return std::nullopt;
}

}  // namespace bekci::ruler::slo
