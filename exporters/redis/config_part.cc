// config: the server's settings that matter for judging it, or all of them when asked for.
//
// By default a handful of settings is asked for by name (CONFIG GET * costs the server more than the rest of a scrape).
// Passwords are never shown, whatever is asked for.
#include <algorithm>
#include <array>
#include <vector>

#include "agent/base/text.h"
#include "exporters/redis/config_part.h"

namespace bekci::exporters::redis {
namespace {

using enum model::MetricType;

constexpr MetricSpec kIoThreads = {"redis_config_io_threads", kGauge, "config_io_threads metric"};
constexpr MetricSpec kMaxClients = {"redis_config_maxclients", kGauge, "config_maxclients metric"};
constexpr MetricSpec kMaxMemory = {"redis_config_maxmemory", kGauge, "config_maxmemory metric"};
constexpr MetricSpec kBacklog = {"redis_config_repl_backlog_size", kGauge, "config_repl_backlog_size metric"};
constexpr MetricSpec kBufferLimit = {"redis_config_client_output_buffer_limit_bytes", kGauge,
                                     "The configured buffer limits per class", "class,limit"};
constexpr MetricSpec kBufferSeconds = {
    "redis_config_client_output_buffer_limit_overcome_seconds", kGauge,
    "How long for buffer limits per class to be exceeded before replicas are dropped", "class,limit"};
constexpr MetricSpec kKeyValue = {"redis_config_key_value", kGauge, "Config key and value", "key,value"};
constexpr MetricSpec kValue = {"redis_config_value", kGauge, "Config key and value as metric", "key"};
constexpr MetricSpec kRdbSize = {"redis_rdb_current_size_bytes", kGauge, "Current RDB file size in bytes"};

constexpr const MetricSpec* kMetrics[] = {&kIoThreads,     &kMaxClients, &kMaxMemory, &kBacklog, &kBufferLimit,
                                          &kBufferSeconds, &kKeyValue,   &kValue,     &kRdbSize};

constexpr std::pair<std::string_view, const MetricSpec*> kShown[] = {
    {"io-threads", &kIoThreads},
    {"maxclients", &kMaxClients},
    {"maxmemory", &kMaxMemory},
    {"repl-backlog-size", &kBacklog},
};

constexpr std::string_view kSecretWords[] = {"pass", "masterauth", "primaryauth", "secret"};

bool IsSecret(std::string_view key) {
  return std::ranges::any_of(kSecretWords,
                             [&](std::string_view word) { return key.find(word) != std::string_view::npos; });
}

// "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60"
void ShowBufferLimits(const RoundView& round, std::string_view value, FamilySink& sink) {
  base::FieldReader fields(value);
  for (;;) {
    const std::string_view name = round.labels.Of(fields.Next());
    const auto hard = base::ParseDouble(fields.Next()), soft = base::ParseDouble(fields.Next()),
               seconds = base::ParseDouble(fields.Next());
    if (name.empty() || !hard || !soft || !seconds) return;
    sink.Add(kBufferLimit, {name, "hard"}, *hard);
    sink.Add(kBufferLimit, {name, "soft"}, *soft);
    sink.Add(kBufferSeconds, {name, "soft"}, *seconds);
  }
}

}  // namespace

ConfigPart::ConfigPart(const Settings& settings, base::FileSystem& fs)
    : command_(settings.config_command), all_(settings.all_config), rdb_(settings.rdb_file_size), fs_(fs) {}

void ConfigPart::Ask(const ServerFacts& facts, Pipeline* pipeline) {
  if (command_ == "-" || facts.sentinel) return;
  if (all_) {
    pipeline->Add({command_, "GET", "*"});
    return;
  }
  // Several names in one command: since Redis 7.
  if (facts.redis.AtLeast(7)) {
    if (rdb_) {
      pipeline->Add({command_, "GET", "databases", "io-threads", "maxclients", "maxmemory", "repl-backlog-size",
                     "client-output-buffer-limit", "dir", "dbfilename"});
    } else {
      pipeline->Add({command_, "GET", "databases", "io-threads", "maxclients", "maxmemory", "repl-backlog-size",
                     "client-output-buffer-limit"});
    }
    return;
  }
  for (const std::string_view name :
       {"databases", "io-threads", "maxclients", "maxmemory", "repl-backlog-size", "client-output-buffer-limit"}) {
    pipeline->Add({command_, "GET", name});
  }
  if (rdb_) {
    pipeline->Add({command_, "GET", "dir"});
    pipeline->Add({command_, "GET", "dbfilename"});
  }
}

base::Status ConfigPart::Take(const RoundView& round, Replies replies, FamilySink& sink) {
  std::string_view directory, file;
  for (const Reply* reply : replies) {
    if (reply->IsError()) return ErrorReply(reply->text, "CONFIG GET");
    for (size_t i = 0; i + 1 < reply->elements.size(); i += 2) {
      const Reply &key = reply->elements[i], &value = reply->elements[i + 1];
      if (!key.IsText() || !value.IsText()) continue;
      if (key.text == "dir") directory = value.text;
      if (key.text == "dbfilename") file = value.text;
      Show(round, key.text, value.text, sink);
    }
  }
  if (rdb_ && !directory.empty() && !file.empty()) {
    const auto info = fs_.Stat(std::string(directory) + "/" + std::string(file));
    // No file is no error: nothing was ever saved.
    if (!info.ok() && info.status().code() != base::Code::kNotFound) return info.status();
    if (info.ok()) sink.Add(kRdbSize, static_cast<double>(info->size_bytes));
  }
  return base::OkStatus();
}

void ConfigPart::Show(const RoundView& round, std::string_view key, std::string_view value, FamilySink& sink) {
  if (key == "databases") databases_ = base::ParseInt(value).value_or(0);
  const auto number = base::ParseDouble(value);
  for (const auto& [name, spec] : kShown) {
    if (name == key && number) sink.Add(*spec, *number);
  }
  if (key == "client-output-buffer-limit") ShowBufferLimits(round, value, sink);
  if (!all_ || IsSecret(key)) return;
  const std::string_view label = round.labels.Of(key);
  sink.Add(kKeyValue, {label, round.labels.Of(value)}, 1);
  if (number) sink.Add(kValue, {label}, *number);
}

std::span<const MetricSpec* const> ConfigPart::metrics() {
  return kMetrics;
}

}  // namespace bekci::exporters::redis
