// Any bytes as an alertmanager.yml: loading must answer within its bounds and say where a mistake is; what it accepts
// is printed as a text that loads again, to the same routes, and prints the same.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/base/memory_file_system.h"
#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::routing {
namespace {

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void Try(std::string_view text) {
  base::MemoryFileSystem fs;
  const auto loaded = LoadAlertmanagerConfig(text, "/etc/fuzz.yml", fs);
  if (!loaded.ok()) {
    if (!loaded.status().message().starts_with("/etc/fuzz.yml")) {
      Fail("an error without a place", loaded.status().message());
    }
    return;
  }
  const AlertmanagerConfig& config = **loaded;
  for (const model::Labels& labels : {model::Labels(), model::Labels{{"severity", "critical"}, {"a", "b"}}}) {
    const auto matched = MatchRoutes(config, labels);
    if (matched.empty()) Fail("an alert without a route", config.original);
    for (const Route* route : matched) {
      if (config.FindReceiver(route->receiver) == nullptr) Fail("a route without a receiver", config.original);
      if (!GroupKey(*route, GroupLabels(*route, labels)).starts_with(route->key + ":{"))
        Fail("a group key", route->key);
    }
  }
  for (const NamedTimeInterval& interval : config.time_intervals) {
    for (int64_t day = 0; day < 800; day += 13) interval.Contains({day * 86'400'000});
  }
  const auto again = LoadAlertmanagerConfig(config.original, "/etc/fuzz.yml", fs);
  if (!again.ok()) Fail("what is printed does not load", config.original + "\n" + again.status().message());
  if ((*again)->original != config.original) Fail("what is printed prints otherwise", config.original);
  if ((*again)->routes.size() != config.routes.size()) Fail("other routes", config.original);
  for (size_t i = 0; i < config.routes.size(); ++i) {
    if ((*again)->routes[i].id != config.routes[i].id) Fail("another route", config.routes[i].id);
  }
}

}  // namespace
}  // namespace bekci::notify::routing

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::notify::routing::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
