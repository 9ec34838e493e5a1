#include "agent/app/settings.h"

#include <algorithm>
#include <iterator>

#include "agent/app/rule_files.h"
#include "agent/app/settings_options.h"
#include "agent/base/text.h"
#include "agent/config/yaml_printer.h"
#include "agent/model/labels.h"
#include "agent/net/listen_address.h"

namespace bekci::app {
namespace {

using config::Node;
using config::Option;

bool IsLoopback(const net::ListenAddress& address) {
  if (!address.unix_path.empty()) return true;
  return address.host == "localhost" || address.host == "::1" || address.host.starts_with("127.");
}

// One LoadSettings call.
class Loader {
 public:
  Loader(base::FileSystem& fs, const SettingsInput& input)
      : fs_(fs), input_(input), directory_(config::DirectoryOf(input.path)) {}

  base::Result<Settings> Load() {
    Node root;
    if (!input_.path.empty()) {
      ASSIGN_OR_RETURN(const std::string text, fs_.ReadFile(input_.path, config::YamlLimits().bytes));
      ASSIGN_OR_RETURN(root, config::ParseYaml(text, input_.path));
    }
    TakeForeignKeys(&root);
    for (auto& [key, value] : root.entries) {
      if (key.scalar == "scrape_configs") collect::RefuseMissingKeys(&value, &errors_);
    }
    Override(&root);
    const config::Values values = config::Check(root, SettingsOptions(), &errors_, directory_, input_.environment);
    settings_.path = input_.path;
    Global(values.Section("global"));
    Collectors(values);
    settings_.scrape_configs = collect::ReadScrapeConfigs(values.Sections("scrape_configs"), values.Section("global"),
                                                          {settings_.scrape_interval, directory_}, fs_, &errors_);
    Web(values.Section("web"));
    LogWorkerStorage(values);
    Query(values.Section("query"));
    Rules(values);
    Notify(values);
    if (LoadWeb(values.Section("web"))) CheckReach(values.Section("web"));
    RETURN_IF_ERROR(errors_.ToStatus());
    Show(values);
    return std::move(settings_);
  }

 private:
  // Tells of keys that this version does not have, and takes them out so that nothing else is said of them.
  void TakeForeignKeys(Node* root) {
    for (const ForeignKey& foreign : ForeignKeys()) {
      Node* mapping = root;
      for (auto& [key, value] : root->entries) {
        if (key.scalar == foreign.section) mapping = &value;
      }
      if (mapping == root && !foreign.section.empty()) continue;
      std::erase_if(mapping->entries, [&](const auto& entry) {
        if (entry.first.scalar != foreign.key) return false;
        errors_.Add(entry.first.mark, "unknown key " + base::Quoted(foreign.key) +
                                          ": this version of bekci does not have " + std::string(foreign.what));
        return true;
      });
    }
  }

  void Override(Node* root) const {
    const SettingsOverrides& overrides = input_.overrides;
    const auto set = [&](std::string_view section, std::string_view key, const std::string& value, const char* flag) {
      const std::string_view path[] = {section, key};
      if (!value.empty()) SetInTree(root, path, FlagNode(value, flag), flag);
    };
    set("web", "config_file", overrides.web_config_file, "--web.config.file");
    set("web", "external_url", overrides.external_url, "--web.external-url");
    set("log", "level", overrides.log_level, "--log.level");
    set("log", "format", overrides.log_format, "--log.format");
    set("storage", "path", overrides.storage_path, "--storage.path");
    set("query", "lookback_delta", overrides.query_lookback_delta, "--query.lookback-delta");
    set("query", "timeout", overrides.query_timeout, "--query.timeout");
    set("query", "max_samples", overrides.query_max_samples, "--query.max-samples");
    set("query", "max_concurrency", overrides.query_max_concurrency, "--query.max-concurrency");
    SetList(root, "query", "features", overrides.features, "--enable-feature");
    SetList(root, "web", "listen_address", overrides.listen_addresses, "--web.listen-address");
  }

  static void SetList(Node* root, std::string_view section, std::string_view key,
                      const std::vector<std::string>& values, const char* flag) {
    if (values.empty()) return;
    Node list = FlagNode("", flag);
    list.kind = Node::Kind::kSequence;
    for (const std::string& value : values) list.items.push_back(FlagNode(value, flag));
    const std::string_view path[] = {section, key};
    SetInTree(root, path, std::move(list), flag);
  }

  // A path of the file starts at its directory, one of a flag where the flag was typed.
  std::string PathOf(const config::Values& section, std::string_view key) const {
    const bool from_flag = section.IsSetInFile(key) && section.MarkOf(key).line == 0;
    return from_flag ? section.String(key) : config::ResolvePath(section.String(key), directory_);
  }

  void Global(const config::Values& global) {
    settings_.scrape_interval = global.Duration("scrape_interval");
    settings_.external_labels = global.StringMap("external_labels");
    if (global.IsSetInFile("scrape_interval")) scrape_interval_in_file_ = settings_.scrape_interval;
    for (const auto& [name, value] : settings_.external_labels) {
      if (model::IsLegacyLabelName(name) && !name.starts_with("__")) continue;
      errors_.Add(global.MarkOf("external_labels"), "external_labels: " + base::Quoted(name) +
                                                        " is not a label name: letters, digits and '_', not beginning "
                                                        "with a digit or with \"__\"");
    }
  }

  void Collectors(const config::Values& values) {
    const InstanceDefaults defaults = {input_.host_name, scrape_interval_in_file_, directory_};
    const HostOverrides& host = input_.overrides.host;
    const Node* section = values.Tree("collectors");
    settings_.discovers = section == nullptr;
    if (section != nullptr || input_.found.empty()) {
      settings_.instances = ResolveInstances(section, input_.collectors, defaults, host, fs_, &errors_);
      return;
    }
    // What was found is not the user's mistake: an instance that cannot be is left out.
    const Node found = SectionOf(input_.found, input_.collectors);
    config::Errors left_out;
    settings_.instances = ResolveInstances(&found, input_.collectors, defaults, host, fs_, &left_out);
  }

  void Web(const config::Values& web) {
    net::ServerOptions& server = settings_.server;
    server.listen_addresses = web.Strings("listen_address");
    if (server.listen_addresses.empty()) errors_.Add(web.MarkOf("listen_address"), "listen_address: the list is empty");
    server.handler_threads = static_cast<int>(web.Integer("threads"));
    server.max_connections = static_cast<size_t>(web.Integer("max_connections"));
    server.max_connections_per_address = static_cast<size_t>(web.Integer("max_connections_per_address"));
    server.max_head_bytes = web.Size("max_header_size");
    server.max_body_bytes = web.Size("max_body_size");
    server.head_deadline = web.Duration("header_timeout");
    server.body_deadline = web.Duration("body_timeout");
    server.answer_deadline = web.Duration("answer_timeout");
    settings_.web_config_file = PathOf(web, "config_file");
    settings_.enable_lifecycle = web.Bool("enable_lifecycle");
    settings_.allow_unauthenticated = web.Bool("allow_unauthenticated");
    settings_.external_url = web.String("external_url");
    const std::string& url = settings_.external_url;
    if (!url.empty() && !url.starts_with("http://") && !url.starts_with("https://")) {
      errors_.Add(web.MarkOf("external_url"),
                  "external_url: " + base::Quoted(url) + " must begin with http:// or https://");
    }
    for (const std::string& text : server.listen_addresses) {
      const auto address = net::ParseListenAddress(text);
      if (!address.ok()) errors_.Add(web.MarkOf("listen_address"), "listen_address: " + address.status().message());
    }
  }

  void LogWorkerStorage(const config::Values& values) {
    const config::Values& log = values.Section("log");
    settings_.log_level = base::ParseLogLevel(log.String("level")).value_or(base::LogLevel::kInfo);
    settings_.log_format = log.String("format") == "json" ? base::LogFormat::kJson : base::LogFormat::kLogfmt;
    settings_.worker_memory_limit_bytes = values.Section("worker").Size("memory_limit");
    settings_.scrape_memory_bytes = values.Section("worker").Size("scrape_memory");
    settings_.worker_threads = static_cast<size_t>(values.Section("worker").Integer("threads"));
    const config::Values& storage = values.Section("storage");
    settings_.storage_path = PathOf(storage, "path");
    const config::Values& retention = storage.Section("retention");
    settings_.storage.retention_time = retention.Duration("time");
    settings_.storage.retention_bytes = retention.Size("size");
    settings_.storage.sync_interval = storage.Duration("sync_interval");
    settings_.storage.series_limit = static_cast<uint64_t>(storage.Integer("series_limit"));
    settings_.storage.series_limit_per_source = static_cast<uint64_t>(storage.Integer("series_limit_per_source"));
  }

  void Query(const config::Values& query) {
    settings_.query.lookback = query.Duration("lookback_delta");
    settings_.query.timeout = query.Duration("timeout");
    settings_.query.max_samples = query.Integer("max_samples");
    settings_.query.max_concurrency = static_cast<size_t>(query.Integer("max_concurrency"));
    const auto features = promql::FeaturesByName(query.Strings("features"));
    if (!features.ok()) return errors_.Add(query.MarkOf("features"), "features: " + features.status().message());
    settings_.query.features = *features;
  }

  void Rules(const config::Values& values) {
    const config::Values& global = values.Section("global");
    settings_.evaluation_interval = global.Duration("evaluation_interval");
    settings_.rule_query_offset = global.Duration("rule_query_offset");
    settings_.rule_groups = LoadRuleFiles(fs_, PathsIn(values, "rule_files"), settings_.query.features,
                                          values.MarkOf("rule_files"), &errors_);
    settings_.objectives = LoadObjectives(fs_, PathsIn(values, "slo_files"), values.MarkOf("slo_files"), &errors_);
    std::vector<ruler::GroupText> made = RulesOfObjectives(settings_.objectives);
    std::move(made.begin(), made.end(), std::back_inserter(settings_.rule_groups));
  }

  // Files that are wrong are told of with their own names and lines.
  void Notify(const config::Values& values) {
    settings_.alerting = notify::forwarding::ReadAlerting(values.Section("alerting"), directory_, fs_, &errors_);
    if (!values.IsSetInFile("notify")) return;
    const config::Values& section = values.Section("notify");
    if (section.String("config_file").empty()) return;  // told already
    const std::string escalation = section.String("escalation_file");
    auto loaded =
        notify::wiring::LoadNotifyConfig(fs_, config::ResolvePath(section.String("config_file"), directory_),
                                         escalation.empty() ? "" : config::ResolvePath(escalation, directory_));
    if (loaded.ok()) {
      settings_.notify = *std::move(loaded);
      return;
    }
    for (const std::string_view line : base::Split(loaded.status().message(), '\n')) {
      errors_.Add(section.MarkOf("config_file"), std::string(line));
    }
  }

  std::vector<std::string> PathsIn(const config::Values& values, std::string_view key) const {
    std::vector<std::string> paths = values.Strings(key);
    for (std::string& path : paths) path = config::ResolvePath(path, directory_);
    return paths;
  }

  // False when there is a web configuration file and it is not good.
  bool LoadWeb(const config::Values& section) {
    if (settings_.web_config_file.empty()) return true;
    auto loaded = web::LoadWebConfig(fs_, settings_.web_config_file, input_.environment);
    if (!loaded.ok()) {
      const base::Status& status = loaded.status();
      const bool file_is_read = status.code() == base::Code::kInvalid || status.code() == base::Code::kLimit;
      if (!file_is_read) {
        errors_.Add(section.MarkOf("config_file"), "config_file: " + status.message());
        return false;
      }
      base::LineReader lines(status.message());  // each with a place of its own
      for (std::string_view line; lines.Next(&line);) errors_.Add({}, std::string(line));
      return false;
    }
    settings_.web = std::move(*loaded);
    settings_.server.tls = settings_.web.tls;
    return true;
  }

  // An address that other hosts reach needs someone who asks who is there, or a word that this is meant.
  void CheckReach(const config::Values& web) {
    if (settings_.allow_unauthenticated || settings_.web.Authenticates()) return;
    for (const std::string& text : settings_.server.listen_addresses) {
      const auto address = net::ParseListenAddress(text);
      if (!address.ok() || IsLoopback(*address)) continue;
      errors_.Add(web.MarkOf("listen_address"),
                  "listen_address: other hosts reach " + text +
                      " and nothing asks who they are; name a web.config_file with basic_auth_users or verified client "
                      "certificates, or say allow_unauthenticated: true");
      return;
    }
  }

  static void MaskTexts(Node* node) {
    if (node->is_scalar()) node->scalar = config::kMaskedSecret;
    for (Node& item : node->items) MaskTexts(&item);
  }

  // Trees that no table describes: http_headers is {name: {secrets: [...]}}, proxy_connect_header {name: [...]}.
  static void MaskHeaders(Node* node) {
    for (Node& item : node->items) MaskHeaders(&item);
    for (auto& [key, value] : node->entries) {
      if (key.scalar == "http_headers") {
        for (auto& [name, header] : value.entries) {
          for (auto& [kind, list] : header.entries) {
            if (kind.scalar == "secrets") MaskTexts(&list);
          }
        }
      } else if (key.scalar == "proxy_connect_header") {
        for (auto& [name, list] : value.entries) MaskTexts(&list);
      } else {
        MaskHeaders(&value);
      }
    }
  }

  void Show(const config::Values& values) {
    Node all = config::WithDefaults(values);
    std::erase_if(all.entries, [](const auto& entry) { return entry.first.scalar == "collectors"; });
    Node key = FlagNode("collectors", "");
    all.entries.insert(all.entries.begin() + std::min<std::ptrdiff_t>(1, std::ssize(all.entries)),
                       {std::move(key), InstancesNode(settings_.instances, input_.collectors)});
    settings_.shown = config::MaskSecrets(all, SettingsOptions());
    MaskHeaders(&settings_.shown);
    for (const Option& section : SettingsOptions()) {
      for (const Option& option : section.section) {
        if (option.reloadable) continue;
        const Node* mapping = settings_.shown.Find(section.key);
        const Node* value = mapping == nullptr ? nullptr : mapping->Find(option.key);
        const std::string text = value == nullptr ? "" : config::PrintYaml(*value);
        settings_.fixed.emplace_back(std::string(section.key) + "." + std::string(option.key), base::Trim(text));
      }
    }
  }

  base::FileSystem& fs_;
  const SettingsInput& input_;
  const std::string directory_;
  config::Errors errors_;
  std::optional<base::Duration> scrape_interval_in_file_;
  Settings settings_;
};

}  // namespace

base::Result<Settings> LoadSettings(base::FileSystem& fs, const SettingsInput& input) {
  return Loader(fs, input).Load();
}

std::vector<std::string> NeedsRestart(const Settings& running, const Settings& loaded) {
  std::vector<std::string> keys;
  for (size_t i = 0; i < running.fixed.size() && i < loaded.fixed.size(); ++i) {
    const auto& [key, before] = running.fixed[i];
    const std::string& after = loaded.fixed[i].second;
    if (before != after) keys.push_back(key + ": " + before + " -> " + after);
  }
  return keys;
}

}  // namespace bekci::app
