// Whatever stands in a file, or does not: it costs the parts that read it, never another part, never the process.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <utility>

#include "agent/base/random.h"
#include "agent/base/text.h"
#include "exporters/host/captured_host.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

std::string Repeat(std::string_view text, size_t bytes) {
  std::string out;
  while (out.size() < bytes) out += text;
  return out;
}

// Every way of damage that one file can suffer; an empty name ends the table.
struct Damage {
  const char* name;
  std::string (*apply)(std::string_view content);
};
const Damage kDamages[] = {
    {"empty", [](std::string_view) { return std::string(); }},
    {"cut in half", [](std::string_view c) { return std::string(c.substr(0, c.size() / 2)); }},
    {"only its first byte", [](std::string_view c) { return std::string(c.substr(0, 1)); }},
    {"binary garbage", [](std::string_view) { return Repeat(std::string_view("\0\xff\x80\n\xc3(:= ", 9), 4096); }},
    {"a line of a megabyte", [](std::string_view c) { return std::string(c) + Repeat("9", 1 << 20); }},
    {"a megabyte of columns", [](std::string_view c) { return std::string(c) + Repeat("7 ", 1 << 20); }},
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

// Lines of node_scrape_collector_success with 1, as part names.
std::set<std::string> Successes(std::string_view page) {
  std::set<std::string> parts;
  base::LineReader lines(page);
  std::string_view line;
  constexpr std::string_view kPrefix = "node_scrape_collector_success{collector=\"";
  while (lines.Next(&line)) {
    if (!line.starts_with(kPrefix) || !line.ends_with(" 1")) continue;
    line.remove_prefix(kPrefix.size());
    parts.emplace(line.substr(0, line.find('"')));
  }
  return parts;
}

bool IsUtf8AndWhole(const std::string& page) {
  return base::IsValidUtf8(page) && (page.empty() || page.back() == '\n');
}

// Parts that share a file: at most so many may suffer from one.
constexpr size_t kMaxReadersOfAFile = 3;

void CheckDamaged(CapturedHost& host, const std::set<std::string>& healthy) {
  const auto collector = host.Make();
  const std::string page = CapturedHost::Page(*collector);
  CHECK(IsUtf8AndWhole(page));
  std::vector<std::string> lost;
  const std::set<std::string> now = Successes(page);
  std::set_difference(healthy.begin(), healthy.end(), now.begin(), now.end(), std::back_inserter(lost));
  CHECK(lost.size() <= kMaxReadersOfAFile);
}

}  // namespace

TEST_CASE("a damaged, missing or unreadable file costs only the parts that read it") {
  std::set<std::string> healthy;
  {
    CapturedHost host;
    healthy = Successes(CapturedHost::Page(*host.Make()));
  }
  REQUIRE(healthy.size() >= 20);
  for (const CapturedFile& file : CapturedFiles()) {
    if (!file.target.empty() || !file.path.starts_with("/proc/")) continue;
    CAPTURE(file.path);
    for (const Damage& damage : kDamages) {
      CAPTURE(damage.name);
      CapturedHost host;
      host.fs.Put(file.path, damage.apply(file.content));
      CheckDamaged(host, healthy);
    }
    CapturedHost host;
    REQUIRE(host.fs.Remove(file.path).ok());
    CheckDamaged(host, healthy);
  }
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

}  // namespace bekci::exporters::host
