#include "agent/web/service_discovery.h"

#include <algorithm>
#include <cctype>

#include "agent/base/text.h"
#include "agent/web/metrics_handler.h"
#include "agent/wire/json_writer.h"

namespace bekci::web {
namespace {

constexpr char kHex[] = "0123456789abcdef";

bool IsPlainHost(std::string_view host) {
  if (host.empty() || host.size() > 255) return false;
  return std::all_of(host.begin(), host.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || std::string_view(".-_:[]").find(c) != std::string::npos;
  });
}

struct Target {
  std::string_view collector;
  std::string_view instance;
  std::string_view job;
};

using wire::AppendJsonString;

void AppendLabel(std::string* out, std::string_view name, std::string_view value, bool first = false) {
  if (!first) *out += ',';
  AppendJsonString(out, name);
  *out += ':';
  AppendJsonString(out, value);
}

void AppendTarget(std::string* out, const Target& target, std::string_view address, bool tls) {
  *out += out->size() > 1 ? ",\n " : "\n ";
  *out += "{\"targets\":[";
  AppendJsonString(out, address);
  *out += "],\"labels\":{";
  AppendLabel(out, "__metrics_path__", InstancePath(target.collector, target.instance), true);
  if (tls) AppendLabel(out, "__scheme__", "https");
  AppendLabel(out, "__meta_bekci_collector", target.collector);
  AppendLabel(out, "job", target.job);
  AppendLabel(out, "instance", target.instance);
  *out += "}}";
}

}  // namespace

std::string InstancePath(std::string_view collector, std::string_view instance) {
  std::string out = "/metrics/" + std::string(collector) + "/";
  for (const char c : instance) {
    const auto byte = static_cast<unsigned char>(c);
    if (std::isalnum(byte) != 0 || std::string_view("-._~:@").find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += static_cast<char>(std::toupper(kHex[byte >> 4]));
      out += static_cast<char>(std::toupper(kHex[byte & 15]));
    }
  }
  return out;
}

net::HttpResponse ServiceDiscovery(const net::HttpRequest& request, std::span<const collect::InstanceState> states,
                                   const DiscoveryFacts& facts) {
  const std::string_view asked = request.Header("Host");
  const std::string_view address = IsPlainHost(asked) ? asked : std::string_view(facts.listen_address);
  net::HttpResponse response;
  response.content_type = "application/json";
  response.headers.emplace_back("Vary", "Host");
  response.body = "[";
  AppendTarget(&response.body, {kOwnCollector, facts.host, kOwnCollector}, address, request.tls);
  for (const collect::InstanceState& state : states) {
    const std::string_view job = state.spec != nullptr ? state.spec->job : std::string_view(state.config.collector);
    AppendTarget(&response.body, {state.config.collector, state.config.instance, job}, address, request.tls);
  }
  response.body += "\n]\n";
  return response;
}

}  // namespace bekci::web
