#include "agent/net/proxy_rules.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

// An address as 16 bytes, IPv4 mapped into IPv6.
using Address = std::array<unsigned char, 16>;

std::optional<Address> ParseAddress(const std::string& text) {
  Address address{};
  if (inet_pton(AF_INET6, text.c_str(), address.data()) == 1) return address;
  address[10] = address[11] = 0xff;
  if (inet_pton(AF_INET, text.c_str(), address.data() + 12) == 1) return address;
  return std::nullopt;
}

bool IsLoopback(const std::string& host, const std::optional<Address>& address) {
  if (!address) return base::EqualsIgnoreCase(host, "localhost");
  const Address v6 = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
  return *address == v6 || ((*address)[10] == 0xff && (*address)[12] == 127);
}

// "10.0.0.0/8".
bool IsInNetwork(std::string_view network, const Address& address) {
  const size_t slash = network.find('/');
  const std::string text(network.substr(0, slash));
  const auto base = ParseAddress(text);
  auto bits = base::ParseUint(network.substr(slash + 1));
  if (!base || !bits) return false;
  if (text.find(':') == std::string::npos) *bits += 96;
  if (*bits > 128) return false;
  for (uint64_t bit = 0; bit < *bits; ++bit) {
    const auto byte = static_cast<size_t>(bit / 8);
    const int mask = 0x80 >> (bit % 8);
    if (((*base)[byte] & mask) != (address[byte] & mask)) return false;
  }
  return true;
}

// Cuts ":port" off a rule; false when it names another port than `port`.
bool TakePort(std::string_view* rule, uint16_t port) {
  const bool bracketed = rule->starts_with('[');
  const size_t colon = rule->rfind(':');
  const size_t end = bracketed ? rule->find(']') : std::string_view::npos;
  const bool has_port = colon != std::string_view::npos &&
                        (bracketed ? colon == end + 1 : rule->find(':') == colon);  // else an IPv6 address
  if (has_port && base::ParseUint(rule->substr(colon + 1)) != std::optional<uint64_t>(port)) return false;
  if (has_port) *rule = rule->substr(0, colon);
  if (bracketed && end != std::string_view::npos) *rule = rule->substr(1, end - 1);
  return true;
}

bool IsExcepted(std::string_view rule, const Url& url, const std::optional<Address>& address) {
  if (rule == "*") return true;
  if (rule.find('/') != std::string_view::npos) return address && IsInNetwork(rule, *address);
  if (!TakePort(&rule, url.port) || rule.empty()) return false;
  if (const auto named = ParseAddress(std::string(rule))) return address == named;
  if (address) return false;
  if (rule.starts_with("*.")) rule.remove_prefix(1);
  const std::string host = base::ToLower(url.host);
  const std::string name = base::ToLower(rule);
  if (name.starts_with('.')) return host.ends_with(name);
  return host == name || host.ends_with("." + name);
}

std::string FirstOf(const std::function<std::string(const char*)>& variable, const char* upper, const char* lower) {
  std::string value = variable(upper);
  return value.empty() ? variable(lower) : value;
}

}  // namespace

const Url* ProxyRules::For(const Url& url) const {
  const std::optional<Url>& proxy = url.tls ? for_https : for_http;
  if (!proxy) return nullptr;
  if (!has_exceptions) return &*proxy;
  const auto address = ParseAddress(url.host);
  if (IsLoopback(url.host, address)) return nullptr;
  const bool excepted =
      std::any_of(no_proxy.begin(), no_proxy.end(), [&](const auto& rule) { return IsExcepted(rule, url, address); });
  return excepted ? nullptr : &*proxy;
}

base::Result<Url> ParseProxy(std::string_view text) {
  const std::string whole =
      text.find("://") == std::string_view::npos ? "http://" + std::string(text) : std::string(text);
  auto url = ParseUrl(whole);
  if (!url.ok() || url->tls) return base::Invalid("expected http://HOST:PORT");
  return url;
}

std::vector<std::string> ParseNoProxy(std::string_view text) {
  std::vector<std::string> rules;
  for (const std::string_view part : base::Split(text, ',')) {
    if (const std::string_view rule = base::Trim(part); !rule.empty()) rules.emplace_back(rule);
  }
  return rules;
}

base::Result<ProxyRules> ProxyFromEnvironment(const std::function<std::string(const char*)>& variable) {
  ProxyRules rules;
  rules.has_exceptions = true;
  rules.no_proxy = ParseNoProxy(FirstOf(variable, "NO_PROXY", "no_proxy"));
  const auto read = [&](const char* upper, const char* lower, std::optional<Url>* out) {
    const std::string value = FirstOf(variable, upper, lower);
    if (value.empty()) return base::OkStatus();
    auto proxy = ParseProxy(value);
    if (!proxy.ok()) return std::move(proxy).status().WithContext(std::string("the environment's ") + upper);
    *out = std::move(*proxy);
    return base::OkStatus();
  };
  RETURN_IF_ERROR(read("HTTP_PROXY", "http_proxy", &rules.for_http));
  RETURN_IF_ERROR(read("HTTPS_PROXY", "https_proxy", &rules.for_https));
  return rules;
}

}  // namespace bekci::net
