#include "agent/net/listening.h"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

constexpr size_t kMaxFile = 16 << 20;

}  // namespace

// Lines: "sl local_address rem_address st ...", as in " 0: 0100007F:18EB 00000000:0000 0A ...".
std::vector<uint16_t> ListeningPorts(base::FileSystem& fs) {
  constexpr std::string_view kListens = "0A";
  std::set<uint16_t> ports;
  for (const char* path : {"/proc/net/tcp", "/proc/net/tcp6"}) {
    const auto text = fs.ReadFile(path, kMaxFile);
    if (!text.ok()) continue;
    base::LineReader lines(*text);
    for (std::string_view line; lines.Next(&line);) {
      base::FieldReader fields(line);
      std::array<std::string_view, 4> field;
      for (std::string_view& one : field) one = fields.Next();
      const size_t colon = field[1].rfind(':');
      if (field[3] != kListens || colon == std::string_view::npos) continue;
      const auto port = base::ParseUint(field[1].substr(colon + 1), 16);
      if (port && *port < 65536) ports.insert(static_cast<uint16_t>(*port));
    }
  }
  return {ports.begin(), ports.end()};
}

// Lines: "Num RefCount Protocol Flags Type St Inode Path".
std::vector<std::string> ListeningUnixPaths(base::FileSystem& fs) {
  constexpr std::string_view kAccepts = "00010000";
  std::vector<std::string> paths;
  const auto text = fs.ReadFile("/proc/net/unix", kMaxFile);
  if (!text.ok()) return paths;
  std::set<std::string_view> seen;
  base::LineReader lines(*text);
  for (std::string_view line; lines.Next(&line);) {
    base::FieldReader fields(line);
    std::array<std::string_view, 8> field;
    for (std::string_view& one : field) one = fields.Next();
    if (field[3] == kAccepts && field[7].starts_with("/") && seen.insert(field[7]).second) paths.emplace_back(field[7]);
  }
  return paths;
}

}  // namespace bekci::net
