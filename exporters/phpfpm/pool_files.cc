#include "exporters/phpfpm/pool_files.h"

#include <algorithm>
#include <map>

#include "agent/base/path_pattern.h"
#include "agent/base/text.h"

namespace bekci::exporters::phpfpm {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;
constexpr size_t kMaxMatches = 1000;

using Settings = std::map<std::string, std::string, std::less<>>;

std::string Expand(std::string_view value, const std::string& pool) {
  constexpr std::string_view kMacro = "$pool";
  std::string out;
  for (size_t at; (at = value.find(kMacro)) != std::string_view::npos;) {
    out.append(value.substr(0, at)).append(pool);
    value.remove_prefix(at + kMacro.size());
  }
  return out.append(value);
}

// The value of an ini line: quoted, or up to a comment.
std::string_view IniValue(std::string_view text) {
  text = base::Trim(text);
  if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
    const size_t end = text.find(text.front(), 1);
    if (end != std::string_view::npos) return text.substr(1, end - 1);
  }
  return base::Trim(text.substr(0, text.find(';')));
}

// Where a `listen` of FPM can be reached from here: a bare port and the unspecified addresses listen everywhere.
base::Result<net::TargetAddress> ListenTarget(const std::string& listen, const std::string& prefix) {
  if (listen.empty()) return base::Invalid("`listen` is missing");
  if (base::ParseUint(listen)) return net::ParseTargetAddress("127.0.0.1:" + listen, 0);
  if (listen.find('/') != std::string::npos && listen.front() != '/') {
    if (prefix.empty()) return base::Invalid("the path " + base::Quoted(listen) + " is relative to an unknown prefix");
    return net::ParseTargetAddress("unix:" + prefix + "/" + listen, 0);
  }
  ASSIGN_OR_RETURN(net::TargetAddress address, net::ParseTargetAddress(listen, 9000));
  if (address.host == "0.0.0.0" || address.host == "*") address.host = "127.0.0.1";
  if (address.host == "::") address.host = "::1";
  return address;
}

std::string Value(const Settings& settings, std::string_view key) {
  const auto found = settings.find(key);
  return found == settings.end() ? std::string() : found->second;
}

base::Result<PoolTarget> MakeTarget(const std::string& name, const std::string& file, const Settings& settings) {
  PoolTarget target;
  target.name = name;
  target.file = file;
  const std::string prefix = Value(settings, "prefix");
  ASSIGN_OR_RETURN(target.listen, ListenTarget(Value(settings, "listen"), prefix));
  if (const std::string status = Value(settings, "pm.status_listen"); !status.empty()) {
    ASSIGN_OR_RETURN(target.status_listen, ListenTarget(status, prefix));
    target.has_status_listen = true;
  }
  target.status_path = Value(settings, "pm.status_path");
  target.ping_path = Value(settings, "ping.path");
  target.process_manager = Value(settings, "pm");
  target.max_children = base::ParseUint(Value(settings, "pm.max_children")).value_or(0);
  return target;
}

}  // namespace

std::vector<PoolTarget> ParsePoolFile(std::string_view text, const std::string& file,
                                      std::vector<std::string>* problems) {
  std::vector<PoolTarget> pools;
  std::string name;
  Settings settings;
  const auto finish = [&] {
    if (!name.empty() && name != "global") {
      auto target = MakeTarget(name, file, settings);
      if (target.ok()) {
        pools.push_back(std::move(target).value());
      } else {
        problems->push_back(file + ": pool " + base::Quoted(name) + ": " + target.status().message());
      }
    }
    settings.clear();
  };
  base::LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line) && pools.size() < kMaxPools) {
    line = base::Trim(line);
    if (line.empty() || line.front() == ';' || line.front() == '#') continue;
    if (line.front() == '[') {
      finish();
      name = line.substr(1, line.find(']') - 1);
      if (!base::IsValidUtf8(name)) name.clear();
      continue;
    }
    const size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view value = IniValue(line.substr(equals + 1));
    if (base::IsValidUtf8(value)) settings[std::string(base::Trim(line.substr(0, equals)))] = Expand(value, name);
  }
  finish();
  return pools;
}

std::vector<PoolTarget> ReadPoolFiles(base::FileSystem& fs, std::span<const std::string> patterns,
                                      std::vector<std::string>* problems) {
  std::vector<PoolTarget> pools;
  for (const std::string& pattern : patterns) {
    for (const std::string& path : base::MatchPaths(fs, pattern, kMaxMatches)) {
      if (!fs.Exists(path)) continue;
      const auto text = fs.ReadFile(path, kMaxFileBytes);
      if (!text.ok()) {
        problems->push_back(text.status().message());
        continue;
      }
      for (PoolTarget& pool : ParsePoolFile(*text, path, problems)) {
        if (pools.size() < kMaxPools) pools.push_back(std::move(pool));
      }
    }
  }
  return pools;
}

std::string ScrapeUri(const net::TargetAddress& address, std::string_view path) {
  if (!address.unix_path.empty()) return "unix://" + address.unix_path + ";" + std::string(path);
  return "tcp://" + address.ToString() + std::string(path);
}

}  // namespace bekci::exporters::phpfpm
