// `bekci tsdb list`, `analyze` and `verify`: what is in the store's directory, and is it whole?
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <ostream>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/progress_line.h"
#include "agent/app/commands/tsdb_commands.h"
#include "agent/base/duration.h"
#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/tsdb/block_analysis.h"
#include "agent/tsdb/block_verify.h"
#include "agent/tsdb/block_writer.h"
#include "agent/tsdb/ulid.h"
#include "agent/tsdb/wal_directory.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kListFlags[] = {
    {.name = "path", .value = "DIR", .default_text = "/var/lib/bekci", .help = "The store's directory."},
    {.name = "human-readable",
     .alias = "r",
     .kind = FlagKind::kSwitch,
     .default_text = "true",
     .help = "Times and sizes for people; --no-human-readable: milliseconds and bytes."},
};

constexpr Flag kAnalyzeFlags[] = {
    {.name = "path", .value = "DIR", .default_text = "/var/lib/bekci", .help = "The store's directory."},
    {.name = "limit", .value = "N", .default_text = "20", .help = "How many rows of each list."},
};

// The blocks of the directory by time; those that cannot be opened go to `broken`, one line each.
base::Result<std::vector<std::shared_ptr<const tsdb::Block>>> OpenBlocks(base::FileSystem& fs, const std::string& path,
                                                                         std::vector<std::string>* broken) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.ListDirectory(path));
  std::vector<std::shared_ptr<const tsdb::Block>> blocks;
  for (const std::string& name : names) {
    if (!tsdb::IsUlid(name)) continue;
    auto block = tsdb::Block::Open(fs, path + "/" + name);
    if (block.ok()) {
      blocks.push_back(*std::move(block));
    } else {
      broken->push_back("block " + name + ": " + block.status().message());
    }
  }
  std::sort(blocks.begin(), blocks.end(),
            [](const auto& a, const auto& b) { return a->meta().min_ms < b->meta().min_ms; });
  return blocks;
}

// Columns as wide as their widest cell.
void PrintTable(const std::vector<std::vector<std::string>>& rows, std::ostream& out) {
  std::vector<size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()), 0);
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) line += std::string(widths[i] - row[i].size() + 2, ' ');
    }
    out << line << "\n";
  }
}

std::string PerSample(uint64_t bytes, uint64_t samples) {
  std::array<char, 32> text{};
  const double each = samples == 0 ? 0 : static_cast<double>(bytes) / static_cast<double>(samples);
  std::snprintf(text.data(), text.size(), "%.2f", each);
  return text.data();
}

void PrintList(const char* title, const std::vector<tsdb::CountOf>& rows, std::ostream& out) {
  out << "\n" << title << ":\n";
  for (const tsdb::CountOf& row : rows) out << row.count << " " << row.what << "\n";
}

void PrintAnalysis(const tsdb::Block& block, const tsdb::BlockAnalysis& a, std::ostream& out) {
  const tsdb::BlockMeta& meta = block.meta();
  out << "Block ID: " << meta.ulid << "\nFrom: " << TimeText(meta.min_ms)
      << "\nDuration: " << base::DurationText(base::milliseconds(meta.max_ms - meta.min_ms))
      << "\nLevel: " << meta.level << "\nSeries: " << a.series << "\nSamples: " << a.samples
      << "\nLabel names: " << a.label_names << "\nPostings (unique label pairs): " << a.label_pairs
      << "\nPostings entries (total label pairs): " << a.pair_entries
      << "\nBytes per sample: " << PerSample(a.chunk_bytes + a.index_bytes, a.samples) << " (chunks "
      << PerSample(a.chunk_bytes, a.samples) << ", index " << PerSample(a.index_bytes, a.samples) << ")\n";
  PrintList("Label pairs most involved in churning", a.churning_pairs, out);
  PrintList("Label names most involved in churning", a.churning_names, out);
  PrintList("Most common label pairs", a.common_pairs, out);
  PrintList("Label names with highest cumulative label value length", a.longest_values, out);
  PrintList("Highest cardinality labels", a.label_cardinality, out);
  PrintList("Highest cardinality metric names", a.metric_cardinality, out);
}

// Reads the log and keeps nothing: its reader counts and names what is damaged.
class CountingHandler : public tsdb::WalReplayHandler {
 public:
  void OnSeries(tsdb::SeriesId, const model::Labels&, std::string_view) override { ++series; }
  void OnFloats(const tsdb::WalFloats&) override { ++records; }
  void OnHistogram(tsdb::WalHistogram) override { ++records; }
  void OnExemplar(tsdb::SeriesId, const model::Exemplar&) override {}
  void OnMetadata(std::string_view, const storage::MetricMetadata&) override {}
  void OnBlock(std::string_view, int64_t) override {}
  int64_t TakeNewestTime() override { return INT64_MIN; }

  uint64_t series = 0;
  uint64_t records = 0;
};

// True when the log is whole. A torn tail is no damage: a crash leaves one, and nothing acknowledged is in it.
bool VerifyWal(base::FileSystem& fs, const std::string& path, Console console) {
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  auto files = tsdb::ListWalFiles(fs, path + "/bekci-wal");
  if (!files.ok()) {
    PrintError(console.err, "log: " + files.status().message());
    return false;
  }
  CountingHandler handler;
  const tsdb::WalReplayStats stats = tsdb::ReplayWal(fs, *log, &*files, &handler, nullptr);
  const bool good = stats.damaged_places == 0 && stats.missing_records == 0 && stats.unreadable_files == 0;
  console.out << "log: " << files->segments.size() << " segments, " << BytesText(stats.bytes) << ", " << handler.series
              << " series: " << (good ? "good" : "DAMAGED") << "\n";
  if (good) return true;
  PrintError(console.err, "log: " + std::to_string(stats.damaged_places) + " damaged places of together " +
                              std::to_string(stats.damaged_bytes) + " bytes, " + std::to_string(stats.missing_records) +
                              " records missing, " + std::to_string(stats.unreadable_files) + " files unreadable");
  return false;
}

bool VerifyOne(const tsdb::Block& block, Console console) {
  const tsdb::BlockReport report = tsdb::VerifyBlock(block);
  console.out << "block " << block.meta().ulid << ": " << report.stats.series << " series, " << report.stats.chunks
              << " chunks, " << report.stats.samples << " samples: " << (report.problems.empty() ? "good" : "DAMAGED")
              << "\n";
  for (const std::string& problem : report.problems) {
    PrintError(console.err, "block " + block.meta().ulid + ": " + problem);
  }
  block.Forget();
  return report.problems.empty();
}

}  // namespace

std::span<const Flag> TsdbListFlags() {
  return kListFlags;
}
std::span<const Flag> TsdbAnalyzeFlags() {
  return kAnalyzeFlags;
}

int RunTsdbList(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  std::vector<std::string> broken;
  const auto blocks = OpenBlocks(fs, arguments.Value("path"), &broken);
  if (!blocks.ok()) {
    PrintError(console.err, blocks.status().message());
    return kExitUsage;
  }
  const bool human = arguments.Switch("human-readable");
  std::vector<std::vector<std::string>> rows = {
      {"BLOCK ULID", "MIN TIME", "MAX TIME", "DURATION", "LEVEL", "NUM SAMPLES", "NUM CHUNKS", "NUM SERIES", "SIZE"}};
  for (const auto& block : *blocks) {
    const tsdb::BlockMeta& meta = block->meta();
    const auto time = [&](int64_t ms) { return human ? TimeText(ms) : std::to_string(ms); };
    rows.push_back({meta.ulid, time(meta.min_ms), time(meta.max_ms),
                    base::DurationText(base::milliseconds(meta.max_ms - meta.min_ms)), std::to_string(meta.level),
                    std::to_string(meta.stats.samples), std::to_string(meta.stats.chunks),
                    std::to_string(meta.stats.series),
                    human ? BytesText(block->size_bytes()) : std::to_string(block->size_bytes())});
  }
  PrintTable(rows, console.out);
  for (const std::string& line : broken) PrintError(console.err, line);
  return broken.empty() ? kExitGood : kExitNo;
}

int RunTsdbAnalyze(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  std::vector<std::string> broken;
  const auto blocks = OpenBlocks(fs, arguments.Value("path"), &broken);
  const auto limit = base::ParseUint(arguments.Value("limit"));
  if (!blocks.ok() || !limit.has_value()) {
    PrintError(console.err, blocks.ok() ? "--limit is a number" : blocks.status().message());
    return kExitUsage;
  }
  for (const std::string& line : broken) PrintError(console.err, line);
  const std::string wanted = arguments.positional().empty() ? "" : arguments.positional().front();
  // Without a name the newest, as promtool does.
  const auto found =
      wanted.empty()
          ? std::max_element(blocks->begin(), blocks->end(),
                             [](const auto& a, const auto& b) { return a->meta().max_ms < b->meta().max_ms; })
          : std::find_if(blocks->begin(), blocks->end(), [&](const auto& b) { return b->meta().ulid == wanted; });
  if (found == blocks->end()) {
    PrintError(console.err, wanted.empty() ? "there are no blocks in " + arguments.Value("path")
                                           : "there is no block " + wanted + " in " + arguments.Value("path"));
    return kExitNo;
  }
  const auto analysis = tsdb::AnalyzeBlock(**found, *limit);
  if (!analysis.ok()) {
    PrintError(console.err, "block " + (*found)->meta().ulid + ": " + analysis.status().message());
    return kExitNo;
  }
  PrintAnalysis(**found, *analysis, console.out);
  return kExitGood;
}

int RunTsdbVerify(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  base::RealClock clock;
  const std::string path = arguments.Value("path");
  std::vector<std::string> broken;
  const auto blocks = OpenBlocks(fs, path, &broken);
  if (!blocks.ok()) {
    PrintError(console.err, blocks.status().message());
    return kExitUsage;
  }
  for (const std::string& line : broken) PrintError(console.err, line);
  bool good = broken.empty();
  uint64_t all = 0;
  uint64_t done = 0;
  for (const auto& block : *blocks) all += block->size_bytes();
  ProgressLine progress(console.err, clock, "verify " + path, isatty(STDERR_FILENO) == 1);
  for (const auto& block : *blocks) {
    good = VerifyOne(*block, console) && good;
    progress.Update(done += block->size_bytes(), all);
  }
  good = VerifyWal(fs, path, console) && good;
  if (const auto names = fs.ListDirectory(path); names.ok()) {
    for (const std::string& name : *names) {
      if (!name.ends_with(".damaged")) continue;
      PrintError(console.err, name + ": a block that was set aside because it is damaged; its samples are missing");
      good = false;
    }
  }
  return good ? kExitGood : kExitNo;
}

}  // namespace bekci::app::commands
