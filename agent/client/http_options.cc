#include "agent/client/http_options.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "agent/base/text.h"

namespace bekci::client {
namespace {

using config::Option;
using config::Type;

constexpr std::string_view kTlsVersions[] = {"TLS10", "TLS11", "TLS12", "TLS13"};

constexpr Option kBasicAuth[] = {
    {.key = "username", .help = "The user's name."},
    {.key = "username_file", .type = Type::kSecretFile, .help = "File that holds it."},
    {.key = "password", .help = "The password; ${env:NAME} stands for a variable.", .secret = true},
    {.key = "password_file", .type = Type::kSecretFile, .help = "File that holds it; read at each scrape."},
};
constexpr Option kAuthorization[] = {
    {.key = "type", .default_text = "Bearer", .help = "What stands before the credentials in the header."},
    {.key = "credentials", .help = "The credentials; ${env:NAME} stands for a variable.", .secret = true},
    {.key = "credentials_file", .type = Type::kSecretFile, .help = "File that holds them; read at each scrape."},
};
constexpr Option kTls[] = {
    {.key = "ca", .help = "Certificates, as a PEM text, that the target's must be signed by."},
    {.key = "ca_file",
     .type = Type::kSecretFile,
     .help = "Certificates that the target's must be signed by; the default is the system's."},
    {.key = "cert", .help = "Our own certificate as a PEM text, for targets that ask for one."},
    {.key = "cert_file", .type = Type::kSecretFile, .help = "File that holds it."},
    {.key = "key", .help = "Its key as a PEM text; ${env:NAME} stands for a variable.", .secret = true},
    {.key = "key_file", .type = Type::kSecretFile, .help = "File that holds it."},
    {.key = "server_name", .help = "Whom the target's certificate must be for, when that is not its host name."},
    {.key = "insecure_skip_verify",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Take any certificate: whoever sits on the wire can then read and change everything."},
    {.key = "min_version", .type = Type::kChoice, .help = "The oldest TLS to speak.", .choices = kTlsVersions},
    {.key = "max_version", .type = Type::kChoice, .help = "The newest TLS to speak.", .choices = kTlsVersions},
};
constexpr auto kProxyRows = std::to_array<Option>({
    {.key = "proxy_url", .help = "http://HOST:PORT of a proxy to go through."},
    {.key = "no_proxy",
     .help = "Who is asked without proxy_url, separated by commas: hosts with those below them, addresses, networks."},
    {.key = "proxy_from_environment",
     .type = Type::kBool,
     .default_text = "false",
     .help = "Take HTTP_PROXY, HTTPS_PROXY and NO_PROXY of bekci's environment."},
    {.key = "proxy_connect_header",
     .type = Type::kTree,
     .help = "Headers for the proxy when it tunnels https: name to a list of values."},
});
constexpr Option kOAuth2[] = {
    {.key = "client_id", .help = "The client's name.", .required = true},
    {.key = "client_secret", .help = "Its secret; ${env:NAME} stands for a variable.", .secret = true},
    {.key = "client_secret_file", .type = Type::kSecretFile, .help = "File that holds it; read at each scrape."},
    {.key = "token_url", .help = "Where tokens are asked for.", .required = true},
    {.key = "scopes", .type = Type::kStrings, .help = "What the token shall allow."},
    {.key = "endpoint_params", .type = Type::kStringMap, .help = "Further fields of the question."},
    {.key = "tls_config", .type = Type::kSection, .help = "TLS with the endpoint.", .section = kTls},
    kProxyRows[0],
    kProxyRows[1],
    kProxyRows[2],
    kProxyRows[3],
};

constexpr Option kRows[] = {
    {.key = "basic_auth", .type = Type::kSection, .help = "Name and password for the target.", .section = kBasicAuth},
    {.key = "authorization",
     .type = Type::kSection,
     .help = "The Authorization header for the target.",
     .section = kAuthorization},
    {.key = "oauth2",
     .type = Type::kSection,
     .help = "A token that bekci gets for itself (client credentials).",
     .section = kOAuth2},
    {.key = "bearer_token", .help = "The old way to write authorization.credentials.", .secret = true},
    {.key = "bearer_token_file",
     .type = Type::kSecretFile,
     .help = "The old way to write authorization.credentials_file."},
    {.key = "http_headers",
     .type = Type::kTree,
     .help = "Further headers: name to {values: [...], secrets: [...], files: [...]}."},
    {.key = "tls_config", .type = Type::kSection, .help = "TLS with https targets.", .section = kTls},
    kProxyRows[0],
    kProxyRows[1],
    kProxyRows[2],
    kProxyRows[3],
    {.key = "follow_redirects", .type = Type::kBool, .default_text = "true", .help = "Go where the target points."},
    {.key = "enable_http2",
     .type = Type::kBool,
     .default_text = "true",
     .help = "Taken and without effect: scraping speaks HTTP/1.1."},
};

std::string Variable(const char* name) {
  const char* const value = getenv(name);
  return value == nullptr ? std::string() : value;
}

// One HttpOptions being read.
class Reader {
 public:
  Reader(const config::Values& values, config::Errors* errors) : values_(values), errors_(errors) {}

  HttpOptions Read() {
    Authentication();
    Headers();
    options_.fetcher.tls = ReadTlsOptions(values_.Section("tls_config"), errors_);
    options_.fetcher.proxies = Proxies(values_);
    options_.fetcher.follow_redirects = values_.Bool("follow_redirects");
    return std::move(options_);
  }

 private:
  SecretSource Secret(const config::Values& values, std::string_view key, std::string_view file_key) {
    if (values.IsSetInFile(key) && values.IsSetInFile(file_key)) {
      errors_->Add(values.MarkOf(file_key), "give " + std::string(key) + " or " + std::string(file_key) + ", not both");
    }
    return {values.String(key), values.String(file_key)};
  }

  void Authentication() {
    const bool basic = values_.IsSetInFile("basic_auth");
    const bool authorization = values_.IsSetInFile("authorization");
    const bool bearer = values_.IsSetInFile("bearer_token") || values_.IsSetInFile("bearer_token_file");
    const bool oauth2 = values_.IsSetInFile("oauth2");
    if (int{basic} + int{authorization} + int{bearer} + int{oauth2} > 1) {
      errors_->Add(values_.mark(), "give one of basic_auth, authorization, oauth2 and bearer_token");
    }
    if (basic) {
      const config::Values& section = values_.Section("basic_auth");
      options_.basic_auth = true;
      options_.username = Secret(section, "username", "username_file");
      options_.password = Secret(section, "password", "password_file");
    }
    if (authorization) {
      const config::Values& section = values_.Section("authorization");
      options_.authorization_type = section.String("type");
      options_.credentials = Secret(section, "credentials", "credentials_file");
      if (base::EqualsIgnoreCase(options_.authorization_type, "basic")) {
        errors_->Add(section.MarkOf("type"), "type: names and passwords stand under basic_auth");
      }
    }
    if (oauth2) OAuth2(values_.Section("oauth2"));
    if (bearer) {
      options_.authorization_type = "Bearer";
      options_.credentials = Secret(values_, "bearer_token", "bearer_token_file");
    }
  }

  void Headers() {
    const config::Node* tree = values_.Tree("http_headers");
    if (tree == nullptr || tree->is_null()) return;
    if (!tree->is_mapping()) {
      errors_->Add(tree->mark, "http_headers: expected a mapping of names to {values: [...]}");
      return;
    }
    for (const auto& [name, value] : tree->entries) Header(name, value);
  }

  void Header(const config::Node& name, const config::Node& value) {
    static constexpr Option kHeader[] = {
        {.key = "values", .type = Type::kStrings},
        {.key = "secrets", .type = Type::kStrings},
        {.key = "files", .type = Type::kStrings},
    };
    static constexpr std::string_view kOurs[] = {"accept",
                                                 "accept-encoding",
                                                 "authorization",
                                                 "connection",
                                                 "content-length",
                                                 "host",
                                                 "proxy-authorization",
                                                 "te",
                                                 "transfer-encoding",
                                                 "x-prometheus-scrape-timeout-seconds"};
    const std::string lower = base::ToLower(name.scalar);
    if (std::find(std::begin(kOurs), std::end(kOurs), lower) != std::end(kOurs)) {
      errors_->Add(name.mark, "http_headers: " + base::Quoted(name.scalar) + " is set by bekci itself");
      return;
    }
    const config::Values checked = config::Check(value, kHeader, errors_);
    for (const std::string& text : checked.Strings("values")) options_.headers.emplace_back(name.scalar, text);
    for (const std::string& text : checked.Strings("secrets")) {
      options_.secret_headers.emplace_back(name.scalar, SecretSource{text, {}});
    }
    for (const std::string& file : checked.Strings("files")) {
      if (!file.starts_with('/')) errors_->Add(name.mark, "http_headers: files: " + file + " must be an absolute path");
      options_.secret_headers.emplace_back(name.scalar, SecretSource{{}, file});
    }
  }

  void OAuth2(const config::Values& section) {
    net::OAuth2Options& oauth2 = options_.oauth2.emplace();
    oauth2.client_id = section.String("client_id");
    oauth2.scopes = section.Strings("scopes");
    oauth2.endpoint_params = section.StringMap("endpoint_params");
    oauth2.fetcher.tls = ReadTlsOptions(section.Section("tls_config"), errors_);
    oauth2.fetcher.proxies = Proxies(section);
    options_.client_secret = Secret(section, "client_secret", "client_secret_file");
    auto url = net::ParseUrl(section.String("token_url"));
    if (url.ok()) {
      oauth2.token_url = std::move(*url);
    } else {
      errors_->Add(section.MarkOf("token_url"), "token_url: " + url.status().message());
    }
  }

  net::ProxyRules Proxies(const config::Values& values) {
    net::ProxyRules rules;
    const std::string& url = values.String("proxy_url");
    const std::string& no_proxy = values.String("no_proxy");
    const bool environment = values.Bool("proxy_from_environment");
    if (environment && !(url.empty() && no_proxy.empty())) {
      errors_->Add(values.MarkOf("proxy_from_environment"),
                   "proxy_from_environment: give it or proxy_url and no_proxy, not both");
    } else if (environment) {
      auto found = net::ProxyFromEnvironment(Variable);
      if (!found.ok()) errors_->Add(values.MarkOf("proxy_from_environment"), found.status().message());
      if (found.ok()) rules = std::move(*found);
    } else if (!url.empty()) {
      auto proxy = net::ParseProxy(url);
      if (!proxy.ok()) errors_->Add(values.MarkOf("proxy_url"), "proxy_url: " + proxy.status().message());
      if (proxy.ok()) rules.for_http = rules.for_https = std::move(*proxy);
      rules.no_proxy = net::ParseNoProxy(no_proxy);
      rules.has_exceptions = !rules.no_proxy.empty();
    } else if (!no_proxy.empty()) {
      errors_->Add(values.MarkOf("no_proxy"), "no_proxy needs proxy_url beside it");
    }
    ConnectFields(values.Tree("proxy_connect_header"), environment || !url.empty(), &rules);
    return rules;
  }

  void ConnectFields(const config::Node* tree, bool has_proxy, net::ProxyRules* rules) {
    if (tree == nullptr || tree->is_null()) return;
    if (!has_proxy)
      errors_->Add(tree->mark, "proxy_connect_header needs proxy_url or proxy_from_environment beside it");
    if (!tree->is_mapping()) {
      errors_->Add(tree->mark, "proxy_connect_header: expected a mapping of names to lists of values");
      return;
    }
    for (const auto& [name, list] : tree->entries) {
      if (!list.is_sequence()) errors_->Add(list.mark, "proxy_connect_header: " + name.scalar + ": expected a list");
      for (const config::Node& value : list.items) rules->connect_fields.emplace_back(name.scalar, value.scalar);
    }
  }

  const config::Values& values_;
  config::Errors* const errors_;
  HttpOptions options_;
};

}  // namespace

std::span<const Option> HttpOptionRows() {
  return kRows;
}

std::span<const Option> TlsOptionRows() {
  return kTls;
}

net::ClientTlsOptions ReadTlsOptions(const config::Values& tls, config::Errors* errors) {
  for (const std::string_view key : {"ca", "cert", "key"}) {
    const std::string file_key = std::string(key) + "_file";
    if (!tls.String(key).empty() && !tls.String(file_key).empty()) {
      errors->Add(tls.MarkOf(file_key), "give " + std::string(key) + " or " + file_key + ", not both");
    }
  }
  const auto given = [&](const std::string& key) {
    return !tls.String(key).empty() || !tls.String(key + "_file").empty();
  };
  const auto lonely = [&](const std::string& key, const std::string& other) {
    if (!given(key) || given(other)) return;
    const std::string written = tls.String(key).empty() ? key + "_file" : key;
    errors->Add(tls.MarkOf(written), written + " needs " + other + "_file (or " + other + ") beside it");
  };
  lonely("cert", "key");
  lonely("key", "cert");
  const std::string& oldest = tls.String("min_version");
  const std::string& newest = tls.String("max_version");
  if (!oldest.empty() && !newest.empty() && newest < oldest) {
    errors->Add(tls.MarkOf("max_version"), "max_version is older than min_version");
  }
  return {tls.String("ca_file"),
          tls.String("cert_file"),
          tls.String("key_file"),
          tls.String("server_name"),
          tls.Bool("insecure_skip_verify"),
          oldest,
          newest,
          tls.String("ca"),
          tls.String("cert"),
          tls.String("key")};
}

HttpOptions ReadHttpOptions(const config::Values& values, config::Errors* errors) {
  return Reader(values, errors).Read();
}

}  // namespace bekci::client
