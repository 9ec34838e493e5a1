// Whatever stands in a file, or does not: it costs the parts that read it, never another part, never the process.
#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "agent/base/faulty_file_system.h"
#include "agent/base/random.h"
#include "agent/base/text.h"
#include "agent/wire/exposition.h"
#include "exporters/host/captured_host.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host::damage_test {
namespace {

std::string Repeat(std::string_view text, size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += text;
  return out;
}

constexpr size_t kLong = 128 << 10;  // more than any of these files has, and than any buffer that reads one at once

// Every way of damage that one file can suffer; an empty name ends the table.
struct Damage {
  const char* name;
  std::string (*apply)(std::string_view content);
  bool for_all = false;  // not only on the first file of a kind
};
const Damage kDamages[] = {
    {"empty", [](std::string_view) { return std::string(); }, true},
    {"cut in half", [](std::string_view c) { return std::string(c.substr(0, c.size() / 2)); }},
    {"only its first byte", [](std::string_view c) { return std::string(c.substr(0, 1)); }},
    {"binary garbage", [](std::string_view) { return Repeat(std::string_view("\0\xff\x80\n\xc3(:= ", 9), 4096); }},
    {"a line without end", [](std::string_view c) { return std::string(c) + Repeat("9", kLong); }},
    {"columns without end", [](std::string_view c) { return std::string(c) + Repeat("7 ", kLong); }},
    {"huge numbers",
     [](std::string_view c) {
       std::string out;
       for (const char ch : c) out.append(ch >= '0' && ch <= '9' ? "99999999" : std::string(1, ch));
       return out;
     }},
    {"negative numbers",
     [](std::string_view c) {
       std::string out;
       for (size_t i = 0; i < c.size(); ++i) {
         const bool digit = c[i] >= '0' && c[i] <= '9';
         if (digit && (i == 0 || c[i - 1] == ' ' || c[i - 1] == '\n')) out += '-';
         out += c[i];
       }
       return out;
     }},
    {"its last column missing",
     [](std::string_view c) {
       std::string out;
       base::LineReader lines(c);
       std::string_view line;
       while (lines.Next(&line)) out.append(line.substr(0, line.find_last_of(' '))) += '\n';
       return out;
     }},
};

bool IsUtf8AndWhole(const std::string& page) {
  return base::IsValidUtf8(page) && (page.empty() || page.back() == '\n');
}

std::string PageOfParts(collect::Collector& collector, const std::vector<std::string>& only,
                        const std::vector<std::string>& exclude) {
  const collect::CollectContext context{base::MonotonicTime::Max(), only, exclude};
  FamilySink sink;
  sink.Begin();
  REQUIRE(collector.Collect(context, sink).ok());
  std::string page;
  wire::WriteExposition(model::ToFamilies(sink.FinishRound()), wire::Negotiated(), &page);
  return page;
}

std::vector<std::string_view> LinesOf(std::string_view page) {
  std::vector<std::string_view> all;
  base::LineReader lines(page);
  for (std::string_view line; lines.Next(&line);) all.push_back(line);
  return all;
}

// The lines of `part` that `page` lacks; both are in page order.
std::vector<std::string_view> Missing(std::string_view part, std::string_view page) {
  const std::vector<std::string_view> lines = LinesOf(page);
  std::vector<std::string_view> missing;
  auto at = lines.begin();
  for (const std::string_view wanted : LinesOf(part)) {
    const auto found = std::find(at, lines.end(), wanted);
    if (found == lines.end()) {
      missing.push_back(wanted);
    } else {
      at = found + 1;
    }
  }
  return missing;
}

// A path with the links of the captured host followed, as the kernel would.
std::string Resolve(const std::string& path) {
  static const std::map<std::string, std::string> kLinks = [] {
    std::map<std::string, std::string> links;
    for (const CapturedFile& file : CapturedFiles()) {
      if (!file.target.empty()) links.emplace(file.path, file.target);
    }
    return links;
  }();
  std::filesystem::path resolved = "/";
  for (const std::filesystem::path& name : std::filesystem::path(path).relative_path()) {
    resolved /= name;
    const auto link = kLinks.find(resolved.string());
    if (link == kLinks.end()) continue;
    resolved = Resolve((resolved.parent_path() / link->second).lexically_normal().string());
  }
  return resolved.string();
}

// Remembers what was asked, as it was asked.
class Witness : public base::FileSystem {
 public:
  explicit Witness(base::FileSystem& base) : base_(base) {}
  std::set<std::string> Take() { return std::exchange(asked_, {}); }

  base::Result<std::unique_ptr<base::ReadableFile>> OpenRead(const std::string& path) override {
    asked_.insert(path);
    return base_.OpenRead(path);
  }
  base::Result<std::unique_ptr<base::WritableFile>> OpenWrite(const std::string& path, bool) override {
    return base::Denied(path);
  }
  base::Result<std::unique_ptr<base::InPlaceFile>> OpenInPlace(const std::string& path) override {
    return base::Denied(path);
  }
  base::Result<std::vector<std::string>> ListDirectory(const std::string& path) override {
    asked_.insert(path);
    return base_.ListDirectory(path);
  }
  base::Result<base::FileInfo> Stat(const std::string& path) override {
    asked_.insert(path);
    return base_.Stat(path);
  }
  base::Result<std::string> ReadLink(const std::string& path) override {
    asked_.insert(path);
    return base_.ReadLink(path);
  }
  base::Status CreateDirectory(const std::string& path) override { return base::Denied(path); }
  base::Status Rename(const std::string& from, const std::string&) override { return base::Denied(from); }
  base::Status Remove(const std::string& path) override { return base::Denied(path); }
  base::Status SyncDirectory(const std::string& path) override { return base::Denied(path); }
  base::Result<std::unique_ptr<base::FileLock>> Lock(const std::string& path) override { return base::Denied(path); }

 private:
  base::FileSystem& base_;
  std::set<std::string> asked_;
};

// Who reads what on the undamaged host. Besides a file itself, its directory tells of it.
struct Readers {
  std::map<std::string, std::set<std::string>> parts;  // resolved path -> parts that ask for it
  std::map<std::string, std::set<std::string>> names;  // resolved path -> as it is asked for

  // Those that ask for any path with `name` in it: what a fault planned for that path hits.
  std::vector<std::string> Beneath(const std::string& name) const {
    std::set<std::string> all;
    for (const auto& [path, asked] : names) {
      const bool hit = std::ranges::any_of(asked, [&](const std::string& n) { return n.find(name) != n.npos; });
      if (hit) all.insert(parts.at(path).begin(), parts.at(path).end());
    }
    return {all.begin(), all.end()};
  }
  std::vector<std::string> Of(const std::string& file) const {
    std::set<std::string> all;
    for (const std::string& path : {file, std::filesystem::path(file).parent_path().string()}) {
      if (const auto found = parts.find(path); found != parts.end())
        all.insert(found->second.begin(), found->second.end());
    }
    return {all.begin(), all.end()};
  }
};

// Options with which one part runs and no other.
std::string Alone(std::string_view wanted) {
  std::string others;
  for (const PartSpec* part : AllParts()) {
    if (part->name != wanted) others.append(others.empty() ? "" : ", ").append(part->name);
  }
  return "parts: {enable: [" + std::string(wanted) + "], disable: [" + others + "]}";
}

Readers FindReaders() {
  Readers readers;
  for (const PartSpec* part : AllParts()) {
    if (part->name == "systemd") continue;
    CapturedHost host;
    Witness witness(host.fs);
    const auto collector = host.Make(Alone(part->name), &witness);
    for (int round = 0; round < 2; ++round) (void)CapturedHost::Page(*collector);
    for (const std::string& path : witness.Take()) {
      const std::string resolved = Resolve(path);
      readers.parts[resolved].emplace(part->name);
      readers.names[resolved].insert(path);
    }
  }
  return readers;
}

// Holds a damaged host against the undamaged one: everything but the parts that read the file stands as it stood.
class Comparison {
 public:
  Comparison() : readers_(FindReaders()), whole_(healthy_.Make()) {}
  const Readers& readers() const { return readers_; }

  void Check(collect::Collector& collector, const std::vector<std::string>& parts) {
    const std::string page = CapturedHost::Page(collector);
    CHECK(IsUtf8AndWhole(page));
    std::string lost;
    for (const std::string_view line : Missing(OthersThan(parts), page)) lost.append(line) += '\n';
    CAPTURE(lost);
    CHECK(lost.empty());
  }

 private:
  const std::string& OthersThan(const std::vector<std::string>& parts) {
    auto [page, is_new] = others_.try_emplace(parts);
    if (is_new) page->second = PageOfParts(*whole_, {}, parts);
    return page->second;
  }

  CapturedHost healthy_;
  const Readers readers_;
  const std::unique_ptr<collect::Collector> whole_;
  std::map<std::vector<std::string>, std::string> others_;  // by the parts left out
};

// Files of one kind (the same attribute of forty sensors) are read by the same lines of code: most damages are tried on
// one of each kind, so that all of it takes seconds.
bool IsFirstOfItsKind(const std::string& path) {
  static std::set<std::string> seen;
  std::string kind = path.starts_with("/sys/") ? std::filesystem::path(path).filename().string() : path;
  std::erase_if(kind, [](char c) { return c >= '0' && c <= '9'; });
  return seen.insert(std::move(kind)).second;
}

}  // namespace

TEST_CASE("a damaged, missing or unreadable file costs only the parts that read it") {
  Comparison comparison;
  const Readers& readers = comparison.readers();
  CapturedHost host;
  base::FaultyFileSystem faulty(host.fs);
  size_t denied = 0;
  for (const CapturedFile& file : CapturedFiles()) {
    if (!file.target.empty()) continue;
    CAPTURE(file.path);
    const std::vector<std::string> parts = readers.Of(file.path);
    CAPTURE(base::Join(parts, ", "));
    const bool first_of_kind = IsFirstOfItsKind(file.path);
    const auto running = host.Make();
    for (const Damage& damage : kDamages) {
      if (!first_of_kind && !damage.for_all) continue;
      CAPTURE(std::string(damage.name));
      host.fs.Put(file.path, damage.apply(file.content));
      comparison.Check(*running, parts);
    }
    if (first_of_kind) {
      REQUIRE(host.fs.Remove(file.path).ok());
      comparison.Check(*host.Make(), parts);
    }
    host.fs.Put(file.path, file.content);

    const auto names = readers.names.find(file.path);
    if (!first_of_kind || names == readers.names.end()) continue;
    const std::string& name = *names->second.begin();
    faulty.set_plan({.fail_at = 1, .error_number = EACCES, .keep_failing = true, .path_contains = name});
    comparison.Check(*host.Make("", &faulty), readers.Beneath(name));
    CHECK(faulty.failures() > 0);
    ++denied;
  }
  CHECK(denied >= 80);
}

TEST_CASE("a file that is damaged between two rounds fails its part, is said once, and is healed when it is back") {
  CapturedHost host;
  const auto collector = host.Make();
  const std::string before = CapturedHost::Page(*collector);
  host.log.Take();
  host.fs.Put("/proc/loadavg", "x");
  const std::string damaged = CapturedHost::Page(*collector);
  CHECK(damaged.find("node_load1 ") == std::string::npos);
  CHECK(damaged.find("node_scrape_collector_success{collector=\"loadavg\"} 0\n") != std::string::npos);
  CHECK(damaged.find("node_memory_MemFree_bytes ") != std::string::npos);
  CHECK(CapturedHost::Page(*collector) == damaged);
  CHECK(host.log.CountContaining("host part failed") == 1);
  host.fs.Put("/proc/loadavg", "1.42 0.97 0.88 3/612 5520091\n");
  CHECK(CapturedHost::Page(*collector) == before);
  CHECK(host.log.CountContaining("host part works again") == 1);
}

TEST_CASE("random changes to any captured file never crash a part nor break the page") {
  base::SeededRandom random(20231114);
  CapturedHost host;
  const auto collector = host.Make();
  const auto& files = CapturedFiles();
  for (int round = 0; round < 2000; ++round) {
    const CapturedFile& file = files[random.Below(files.size())];
    if (!file.target.empty()) continue;
    std::string content = file.content;
    for (uint64_t change = random.Below(6) + 1; change > 0 && !content.empty(); --change) {
      const size_t at = random.Below(content.size());
      switch (random.Below(4)) {
        case 0:
          content[at] = static_cast<char>(random.Below(256));
          break;
        case 1:
          content.erase(at, random.Below(16) + 1);
          break;
        case 2:
          content.insert(at, content.substr(random.Below(content.size()), 40));
          break;
        default:
          content.insert(at, " 18446744073709551616 -1 ");
          break;
      }
    }
    host.fs.Put(file.path, content);
    const std::string page = CapturedHost::Page(*collector);
    if (!IsUtf8AndWhole(page)) {
      CAPTURE(file.path);
      CAPTURE(base::Quoted(content));
      CHECK(false);
    }
    host.fs.Put(file.path, file.content);
  }
}

}  // namespace bekci::exporters::host::damage_test
