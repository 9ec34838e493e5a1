#include "exporters/redis/info_text.h"

#include <utility>

namespace bekci::exporters::redis {
namespace {

constexpr std::pair<std::string_view, InfoSection> kSections[] = {
    {"Server", InfoSection::kServer},
    {"Replication", InfoSection::kReplication},
    {"Modules", InfoSection::kModules},
    {"Commandstats", InfoSection::kCommandstats},
    {"Errorstats", InfoSection::kErrorstats},
    {"Latencystats", InfoSection::kLatencystats},
    {"Keyspace", InfoSection::kKeyspace},
    {"Sentinel", InfoSection::kSentinel},
    {"Cluster Info", InfoSection::kClusterInfo},
};

InfoSection SectionOf(std::string_view title) {
  for (const auto& [name, section] : kSections) {
    if (name == title) return section;
  }
  return InfoSection::kOther;
}

// Most of INFO's numbers are short and whole: that needs no general parser.
std::optional<double> SmallInteger(std::string_view text) {
  if (text.empty() || text.size() > 15) return std::nullopt;
  int64_t number = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return static_cast<double>(number);
}

}  // namespace

bool InfoReader::Next() {
  std::string_view line;
  while (lines_.Next(&line)) {
    if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
    if (line.starts_with("# ")) {
      section_ = SectionOf(line.substr(2));
      continue;
    }
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) continue;
    key_ = line.substr(0, colon);
    value_ = line.substr(colon + 1);
    return true;
  }
  return false;
}

bool PairReader::Next(std::string_view* name, std::string_view* value) {
  while (!rest_.empty()) {
    const size_t comma = rest_.find(',');
    const std::string_view pair = rest_.substr(0, comma);
    rest_.remove_prefix(comma == std::string_view::npos ? rest_.size() : comma + 1);
    const size_t equals = pair.find('=');
    if (equals == std::string_view::npos) continue;
    *name = pair.substr(0, equals);
    *value = pair.substr(equals + 1);
    return true;
  }
  return false;
}

std::optional<double> InfoNumber(std::string_view value) {
  if (const auto small = SmallInteger(value)) return small;
  if (value == "ok" || value == "true") return 1;
  if (value == "err" || value == "fail" || value == "false") return 0;
  return base::ParseDouble(value);
}

}  // namespace bekci::exporters::redis
