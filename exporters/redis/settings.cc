// The option table of the redis collector, and what is made of it. See settings.h.
#include "exporters/redis/settings.h"

#include "agent/base/text.h"

namespace bekci::exporters::redis {
namespace {

using config::Type;

constexpr uint16_t kDefaultPort = 6379;

constexpr config::Option kTlsOptions[] = {
    {.key = "enabled",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Speak TLS; a rediss:// address does too."},
    {.key = "ca_file", .type = Type::kString, .help = "Who signed the server's certificate; default: the system's."},
    {.key = "cert_file", .type = Type::kString, .help = "Our certificate, where the server asks for one."},
    {.key = "key_file", .type = Type::kString, .help = "Its key."},
    {.key = "server_name", .type = Type::kString, .help = "The name the certificate must be for; default: the host."},
    {.key = "insecure_skip_verify",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Accept any certificate. For tests."},
};

constexpr std::string_view kRoles[] = {"any", "replica"};

constexpr config::Option kScanOptions[] = {
    {.key = "keys_per_round",
     .type = Type::kInteger,
     .default_text = "10000",
     .help = "How many keys SCAN looks at in one round, over all patterns; the next round goes on from there.",
     .min = 1,
     .max = 1e7},
    {.key = "batch",
     .type = Type::kInteger,
     .default_text = "500",
     .help = "COUNT of one SCAN. The server serves nobody else meanwhile: 500 take it about 0.1 ms.",
     .min = 1,
     .max = 100'000},
    {.key = "max_keys",
     .type = Type::kInteger,
     .default_text = "500",
     .help = "How many keys of one pattern are shown, the first ones found.",
     .min = 1,
     .max = 100'000},
    {.key = "role",
     .type = Type::kChoice,
     .default_text = "any",
     .help = "replica: look at keys only while this instance is a replica.",
     .choices = kRoles},
};

constexpr config::Option kOptions[] = {
    {.key = "address",
     .type = Type::kString,
     .default_text = "redis://127.0.0.1:6379",
     .help = "HOST:PORT, redis://HOST:PORT, rediss://HOST:PORT (TLS) or unix:///PATH of a server or sentinel."},
    {.key = "username", .type = Type::kString, .help = "ACL user (Redis 6 and later); empty: the default user."},
    {.key = "password_file", .type = Type::kSecretFile, .help = "File that holds the password."},
    {.key = "password", .type = Type::kString, .help = "The password, as ${env:NAME}.", .secret = true},
    {.key = "tls", .type = Type::kSection, .help = "How TLS is spoken.", .section = kTlsOptions},
    {.key = "client_name",
     .type = Type::kString,
     .default_text = "bekci",
     .help = "What CLIENT LIST shows of our connection; empty: nothing is set."},
    {.key = "config_command",
     .type = Type::kString,
     .default_text = "CONFIG",
     .help = "What the CONFIG command is called, where it was renamed; -: it is not used."},
    {.key = "config_metrics",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Show every setting of the server, but for passwords (redis_config_key_value, redis_config_value)."},
    {.key = "system_metrics",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Show redis_total_system_memory_bytes."},
    {.key = "modules",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Show loaded modules and what the search and bloom filter modules tell of themselves."},
    {.key = "latency_histogram",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Show redis_commands_latencies_usec (Redis 7 and later)."},
    {.key = "empty_databases",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Show redis_db_keys 0 for the databases that hold nothing."},
    {.key = "rdb_file_size",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Show the size of the RDB file; its directory must be readable for bekci."},
    {.key = "clients", .type = Type::kBool, .default_text = "false", .help = "Show connected clients one by one."},
    {.key = "client_port", .type = Type::kBool, .default_text = "false", .help = "Show the clients' ports, too."},
    {.key = "max_clients",
     .type = Type::kInteger,
     .default_text = "500",
     .help =
         "How many clients are shown, those that take the most memory. With ten times as many connected the list is "
         "not asked for: the server would serve nobody else while it writes it.",
     .min = 1,
     .max = 100'000},
    {.key = "check_keys",
     .type = Type::kStrings,
     .help = "Patterns of keys whose size and value are shown, found with SCAN: db0=shop:*."},
    {.key = "check_single_keys", .type = Type::kStrings, .help = "Keys whose size and value are shown: db0=queue."},
    {.key = "key_values",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Show redis_key_value where the value is a number."},
    {.key = "check_streams", .type = Type::kStrings, .help = "Patterns of streams to show, found with SCAN."},
    {.key = "check_single_streams", .type = Type::kStrings, .help = "Streams to show."},
    {.key = "stream_consumers",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Show the consumers of each stream's groups one by one."},
    {.key = "count_keys", .type = Type::kStrings, .help = "Patterns of keys to count with SCAN: db3=sessions:*."},
    {.key = "scan", .type = Type::kSection, .help = "How much SCAN may cost the server.", .section = kScanOptions},
};

base::Status At(const config::Values& options, std::string_view key, const base::Status& status) {
  return base::Invalid(options.MarkOf(key).ToString() + ": " + std::string(key) + ": " + status.message());
}

// redis://HOST:PORT and rediss://; what the Dialer knows stays as it is.
base::Status ParseAddress(const config::Values& options, Settings* settings) {
  std::string_view text = options.String("address");
  if (text.starts_with("rediss://")) settings->tls = true;
  for (const std::string_view scheme : {"redis://", "rediss://", "valkey://", "valkeys://", "tcp://"}) {
    if (text.starts_with(scheme)) text.remove_prefix(scheme.size());
  }
  if (text.find('@') != std::string_view::npos) {
    return At(options, "address", base::Invalid("user and password go into username and password_file"));
  }
  while (!text.starts_with('/') && text.ends_with('/')) text.remove_suffix(1);
  auto address = net::ParseTargetAddress(text, kDefaultPort);
  if (!address.ok()) return At(options, "address", address.status());
  settings->address = *std::move(address);
  return base::OkStatus();
}

base::Status ParsePatterns(const config::Values& options, std::string_view key, std::vector<KeyPattern>* out) {
  constexpr size_t kMaxPatterns = 1000;
  for (const std::string& text : options.Strings(key)) {
    auto pattern = ParseKeyPattern(text);
    if (!pattern.ok()) return At(options, key, pattern.status());
    out->push_back(*std::move(pattern));
  }
  if (out->size() > kMaxPatterns) return At(options, key, base::Invalid("more than 1000 of them"));
  return base::OkStatus();
}

void ReadTls(const config::Values& options, Settings* settings) {
  const config::Values& tls = options.Section("tls");
  settings->tls = settings->tls || tls.Bool("enabled") || options.String("address").starts_with("valkeys://");
  settings->tls_options = {tls.String("ca_file"), tls.String("cert_file"), tls.String("key_file"),
                           tls.String("server_name"), tls.Bool("insecure_skip_verify")};
}

void ReadSwitches(const config::Values& options, Settings* settings) {
  settings->all_config = options.Bool("config_metrics");
  settings->system_metrics = options.Bool("system_metrics");
  settings->modules = options.Bool("modules");
  settings->latency_histogram = options.Bool("latency_histogram");
  settings->empty_databases = options.Bool("empty_databases");
  settings->rdb_file_size = options.Bool("rdb_file_size");
  settings->clients = options.Bool("clients");
  settings->client_port = options.Bool("client_port");
  settings->max_clients = static_cast<uint64_t>(options.Integer("max_clients"));
  settings->stream_consumers = options.Bool("stream_consumers");
  settings->key_values = options.Bool("key_values");
  settings->config_command = options.String("config_command");
  const config::Values& scan = options.Section("scan");
  settings->scan = {static_cast<uint64_t>(scan.Integer("keys_per_round")), static_cast<uint64_t>(scan.Integer("batch")),
                    static_cast<uint64_t>(scan.Integer("max_keys")), scan.String("role") == "replica"};
}

}  // namespace

base::Result<KeyPattern> ParseKeyPattern(std::string_view text) {
  KeyPattern result;
  const size_t equals = text.find('=');
  if (equals != std::string_view::npos && text.starts_with("db")) {
    const auto db = base::ParseUint(text.substr(2, equals - 2));
    if (db && *db > 65535) return base::Invalid(base::Quoted(text) + ": there is no such database");
    if (db) {
      result.db = static_cast<uint32_t>(*db);
      text.remove_prefix(equals + 1);
    }
  }
  if (text.empty()) return base::Invalid("the key or pattern is missing; expected db0=PATTERN or PATTERN");
  if (!base::IsValidUtf8(text)) return base::Invalid("a key must be UTF-8 to be a label's value");
  if (text.size() > 200) return base::Invalid("a key or pattern has at most 200 bytes here");
  result.pattern = text;
  return result;
}

std::span<const config::Option> SettingsOptions() {
  return kOptions;
}

base::Result<Settings> MakeSettings(const config::Values& options) {
  Settings settings;
  RETURN_IF_ERROR(ParseAddress(options, &settings));
  ReadTls(options, &settings);
  ReadSwitches(options, &settings);
  settings.login = {options.String("username"), options.String("password"), options.String("password_file"),
                    options.String("client_name")};
  RETURN_IF_ERROR(ParsePatterns(options, "check_keys", &settings.check_keys));
  RETURN_IF_ERROR(ParsePatterns(options, "check_single_keys", &settings.check_single_keys));
  RETURN_IF_ERROR(ParsePatterns(options, "check_streams", &settings.check_streams));
  RETURN_IF_ERROR(ParsePatterns(options, "check_single_streams", &settings.check_single_streams));
  RETURN_IF_ERROR(ParsePatterns(options, "count_keys", &settings.count_keys));
  return settings;
}

}  // namespace bekci::exporters::redis
