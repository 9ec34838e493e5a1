// `bekci tsdb import` and `export`: data into the store's directory and out of it.
#include "agent/app/commands/tsdb_commands.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/progress_line.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/base/text.h"
#include "agent/promql/parser.h"
#include "agent/tsdb/block_copy.h"
#include "agent/tsdb/block_store.h"
#include "agent/tsdb/database.h"
#include "agent/tsdb/merge_querier.h"
#include "agent/tsdb/openmetrics_export.h"
#include "agent/tsdb/openmetrics_import.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kPathFlag = {
    .name = "path", .value = "DIR", .default_text = "/var/lib/bekci", .help = "The store's directory."};

constexpr Flag kImportFlags[] = {
    kPathFlag,
    {.name = "max-memory",
     .value = "MIB",
     .default_text = "256",
     .help = "How much of the imported text may be held as chunks before blocks are written."},
};

constexpr Flag kExportFlags[] = {
    kPathFlag,
    {.name = "match",
     .kind = FlagKind::kValues,
     .value = "SELECTOR",
     .help = "Only series that meet this selector, as up{job=\"node\"}; repeatable, one is enough."},
    {.name = "min-time", .value = "TIME", .help = "From here on: RFC 3339 or seconds since 1970."},
    {.name = "max-time", .value = "TIME", .help = "Up to here, this moment included."},
    {.name = "output", .alias = "o", .value = "FILE", .help = "Write here instead of to standard output."},
};

int Fail(Console console, const base::Status& status, int exit_code = kExitNo) {
  PrintError(console.err, status.message());
  return exit_code;
}

std::string Counted(uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

bool OnTerminal() {
  return isatty(STDERR_FILENO) == 1;
}

int ImportText(const Arguments& arguments, const std::string& file, Console console) {
  base::RealFileSystem fs;
  base::RealClock clock;
  base::SystemRandom random;
  const auto memory = base::ParseUint(arguments.Value("max-memory"));
  if (!memory.has_value() || *memory == 0 || *memory > (1 << 20)) {
    return Fail(console, base::Invalid("--max-memory is a number of MiB"), kExitUsage);
  }
  const auto mapped = fs.Map(file);
  if (!mapped.ok()) return Fail(console, mapped.status(), kExitUsage);
  tsdb::ImportOptions options;
  options.data_dir = arguments.Value("path");
  options.memory_bytes = *memory << 20;
  base::Result<tsdb::ImportResult> result = tsdb::ImportResult();
  {
    ProgressLine progress(console.err, clock, "import " + file, OnTerminal());
    uint64_t forgotten = 0;
    options.progress = [&](uint64_t done, uint64_t all) {
      progress.Update(done, all);
      // What was read is not read again: its pages need not count as ours.
      if (done - forgotten < (64 << 20)) return;
      (*mapped)->Forget();
      forgotten = done;
    };
    options.text_readable = [&] {
      return (*mapped)->fault_count() == 0 ? base::OkStatus() : base::Unavailable("the disk cannot read all of it");
    };
    result = tsdb::ImportOpenMetrics(fs, clock, random, (*mapped)->data(), options);
  }
  if (!result.ok()) return Fail(console, std::move(result).status().WithContext(file));
  console.out << file << ": " << Counted(result->samples, "sample") << " of " << result->series << " series in "
              << Counted(result->blocks.size(), "block") << "\n";
  for (const tsdb::BlockMeta& block : result->blocks) {
    console.out << "  " << block.ulid << "  " << TimeText(block.min_ms) << " to " << TimeText(block.max_ms) << "  "
                << Counted(block.stats.samples, "sample") << "\n";
  }
  return kExitGood;
}

int ImportBlocks(const Arguments& arguments, const std::string& directory, Console console) {
  base::RealFileSystem fs;
  base::RealClock clock;
  base::Result<tsdb::CopyResult> result = tsdb::CopyResult();
  {
    ProgressLine progress(console.err, clock, "import " + directory, OnTerminal());
    result = tsdb::CopyBlocks(fs, directory, arguments.Value("path"),
                              [&](uint64_t done, uint64_t all) { progress.Update(done, all); });
  }
  if (!result.ok()) {
    const bool nothing_there = result.status().code() == base::Code::kNotFound;
    return Fail(console, result.status(), nothing_there ? kExitUsage : kExitNo);
  }
  console.out << directory << ": " << Counted(result->copied.size(), "block") << ", " << BytesText(result->bytes);
  if (!result->present.empty()) console.out << "; " << Counted(result->present.size(), "block") << " were here already";
  console.out << "\n";
  for (const std::string& line : result->refused) PrintError(console.err, "not imported: block " + line);
  if (fs.Exists(directory + "/wal")) {
    console.err << "bekci: note: what Prometheus has not yet written as blocks (its newest hours, in " << directory
                << "/wal) is not imported; a snapshot (POST /api/v1/admin/tsdb/snapshot) has it\n";
  }
  return result->refused.empty() ? kExitGood : kExitNo;
}

int64_t MsOf(double seconds) {
  return static_cast<int64_t>(std::llround(seconds * 1000));
}

// RFC 3339 with Z or an offset, or seconds since 1970.
base::Result<int64_t> ParseTime(const std::string& text) {
  if (const auto seconds = base::ParseDouble(text); seconds.has_value() && std::abs(*seconds) < 9e15) {
    return MsOf(*seconds);
  }
  std::tm tm{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &tm);
  if (rest != nullptr) {
    double fraction = 0;
    if (*rest == '.') {
      const char* end = rest + 1;
      while (*end >= '0' && *end <= '9') ++end;
      fraction = base::ParseDouble(std::string("0") + std::string(rest, end)).value_or(0);
      rest = end;
    }
    const std::string_view zone = rest;
    int64_t offset = 0;
    bool good = zone == "Z" || zone == "z";
    if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
      const auto hours = base::ParseInt(zone.substr(1, 2));
      const auto minutes = base::ParseInt(zone.substr(4, 2));
      good = hours.has_value() && minutes.has_value();
      if (good) offset = (*hours * 3600 + *minutes * 60) * (zone[0] == '-' ? -1 : 1);
    }
    if (good) return (static_cast<int64_t>(timegm(&tm)) - offset) * 1000 + MsOf(fraction);
  }
  return base::Invalid(base::Quoted(text) + " is no time: write 2026-01-31T12:00:00Z or seconds since 1970");
}

struct ExportRequest {
  std::vector<std::vector<model::Matcher>> selectors;
  int64_t min_ms = INT64_MIN;
  int64_t max_ms = INT64_MAX;
};

base::Result<ExportRequest> ReadExportRequest(const Arguments& arguments) {
  ExportRequest request;
  for (const std::string& text : arguments.Values("match")) {
    auto matchers = promql::ParseMetricSelector(text);
    if (!matchers.ok()) return std::move(matchers).status().WithContext("--match " + text);
    request.selectors.push_back(*std::move(matchers));
  }
  if (arguments.Has("min-time")) {
    ASSIGN_OR_RETURN(request.min_ms, ParseTime(arguments.Value("min-time")));
  }
  if (arguments.Has("max-time")) {
    ASSIGN_OR_RETURN(request.max_ms, ParseTime(arguments.Value("max-time")));
  }
  return request;
}

// The store, opened whole where no agent has it, else its blocks only.
struct OpenedStore {
  std::unique_ptr<tsdb::Database> database;
  std::unique_ptr<tsdb::BlockStore> blocks;
};

base::Result<OpenedStore> OpenStore(base::FileSystem& fs, base::Clock& clock, base::Random& random, base::Logger& log,
                                    const std::string& path, Console console) {
  OpenedStore opened;
  if (!fs.Exists(path)) return base::NotFound(path + ": no such directory");
  tsdb::DatabaseOptions options;
  options.path = path;
  options.threads = false;
  auto database = tsdb::Database::Open({fs, clock, random, log}, options);
  if (database.ok()) {
    opened.database = *std::move(database);
    return opened;
  }
  console.err << "bekci: note: only what is in blocks is exported, not the newest hours: "
              << database.status().message() << "\n";
  tsdb::BlockStoreOptions block_options;
  block_options.directory = path;
  block_options.read_only = true;
  ASSIGN_OR_RETURN(opened.blocks, tsdb::BlockStore::Open({fs, clock, random, log}, block_options));
  return opened;
}

base::Result<std::unique_ptr<storage::Querier>> OpenQuerier(OpenedStore& store, const ExportRequest& request) {
  if (store.database != nullptr) return store.database->OpenQuerier(request.min_ms, request.max_ms);
  return tsdb::MakeMergeQuerier(store.blocks->Queriers(request.min_ms, request.max_ms));
}

void SayWhatWasLeftOut(const tsdb::ExportResult& result, Console console) {
  if (result.stale_markers > 0) {
    console.err << "bekci: note: " << Counted(result.stale_markers, "stale marker") << " left out, text has none\n";
  }
  if (result.histograms > 0) {
    console.err << "bekci: note: " << Counted(result.histograms, "native histogram")
                << " left out, text cannot say them\n";
  }
}

}  // namespace

std::span<const Flag> TsdbImportFlags() {
  return kImportFlags;
}
std::span<const Flag> TsdbExportFlags() {
  return kExportFlags;
}
std::span<const Flag> TsdbPathFlags() {
  return {&kPathFlag, 1};
}

int RunTsdbImport(const Arguments& arguments, Console console) {
  const std::string& kind = arguments.positional().front();
  const bool text = kind == "openmetrics";
  if (!text && kind != "prometheus-blocks") {
    return Fail(console, base::Invalid("import what? openmetrics FILE, or prometheus-blocks DIR"), kExitUsage);
  }
  base::RealFileSystem fs;
  if (const base::Status made = fs.CreateDirectory(arguments.Value("path")); !made.ok()) {
    return Fail(console, made, kExitUsage);
  }
  int worst = kExitGood;
  for (size_t i = 1; i < arguments.positional().size(); ++i) {
    const std::string& from = arguments.positional()[i];
    worst = std::max(worst, text ? ImportText(arguments, from, console) : ImportBlocks(arguments, from, console));
  }
  return worst;
}

int RunTsdbExport(const Arguments& arguments, Console console) {
  const auto request = ReadExportRequest(arguments);
  if (!request.ok()) return Fail(console, request.status(), kExitUsage);
  base::RealFileSystem fs;
  base::RealClock clock;
  base::SystemRandom random;
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  auto store = OpenStore(fs, clock, random, *log, arguments.Value("path"), console);
  if (!store.ok()) return Fail(console, store.status(), kExitUsage);
  auto querier = OpenQuerier(*store, *request);
  if (!querier.ok()) return Fail(console, querier.status());

  std::unique_ptr<base::WritableFile> file;
  base::Status written;
  if (arguments.Has("output")) {
    auto opened = fs.OpenWrite(arguments.Value("output"), false);
    if (!opened.ok()) return Fail(console, opened.status(), kExitUsage);
    file = *std::move(opened);
  }
  const auto write = [&](std::string_view piece) {
    if (file == nullptr) return static_cast<bool>(console.out << piece);
    written = file->Append(piece);
    return written.ok();
  };
  auto result = tsdb::ExportOpenMetrics(**querier, request->selectors, request->min_ms, request->max_ms, write);
  if (result.ok() && file != nullptr && written.ok()) written = file->Close();
  for (const std::string& line : (*querier)->warnings()) PrintError(console.err, line);
  if (!result.ok()) return Fail(console, result.status());
  if (!written.ok()) return Fail(console, written);
  SayWhatWasLeftOut(*result, console);
  return (*querier)->warnings().empty() ? kExitGood : kExitNo;
}

}  // namespace bekci::app::commands
