#include "agent/config/environment.h"

#include <cstdlib>

namespace bekci::config {
namespace {

std::optional<std::string> ProcessEnvironment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

}  // namespace

base::Result<std::string> ExpandEnvironment(std::string_view text, const EnvironmentLookup& environment) {
  constexpr std::string_view kOpening = "${env:";
  std::string out;
  for (size_t at = text.find(kOpening); at != std::string_view::npos; at = text.find(kOpening)) {
    const size_t end = text.find('}', at);
    if (end == std::string_view::npos) return base::Invalid("\"${env:\" without its \"}\"");
    const std::string name(text.substr(at + kOpening.size(), end - at - kOpening.size()));
    if (name.empty()) return base::Invalid("\"${env:}\" names no variable");
    const auto value = environment ? environment(name) : ProcessEnvironment(name);
    if (!value.has_value()) return base::Invalid("environment variable " + name + " is not set");
    out += text.substr(0, at);
    out += *value;
    text.remove_prefix(end + 1);
  }
  out += text;
  return out;
}

}  // namespace bekci::config
