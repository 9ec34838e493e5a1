// Short forms of option rows, for tables of two hundred of them.
//
// Thread rule: constant expressions.
#pragma once

#include "agent/client/http_options.h"
#include "agent/config/option.h"

namespace bekci::notify::routing {

using config::Option;
using config::Type;

constexpr Option Text(std::string_view key, std::string_view default_text, std::string_view help) {
  return {.key = key, .default_text = default_text, .help = help};
}
constexpr Option Text(std::string_view key, std::string_view help) {
  return {.key = key, .help = help};
}
constexpr Option Needed(std::string_view key, std::string_view help) {
  return {.key = key, .help = help, .required = true};
}
constexpr Option Secret(std::string_view key, std::string_view help) {
  return {.key = key, .help = help, .secret = true};
}
constexpr Option SecretFile(std::string_view key, std::string_view help) {
  return {.key = key, .type = Type::kSecretFile, .help = help};
}
// `on` "true" or "false"; empty: what it means not to say anything is told elsewhere.
constexpr Option Flag(std::string_view key, std::string_view on, std::string_view help) {
  return {.key = key, .type = Type::kBool, .default_text = on, .help = help};
}
constexpr Option Texts(std::string_view key, std::string_view help) {
  return {.key = key, .type = Type::kStrings, .help = help};
}
constexpr Option TextMap(std::string_view key, std::string_view help) {
  return {.key = key, .type = Type::kStringMap, .help = help};
}
constexpr Option Tree(std::string_view key, std::string_view help) {
  return {.key = key, .type = Type::kTree, .help = help};
}
constexpr Option Number(std::string_view key, std::string_view default_text, std::string_view help, double min,
                        double max) {
  return {.key = key, .type = Type::kInteger, .default_text = default_text, .help = help, .min = min, .max = max};
}
// In Go's notation; none is negative or longer than a year.
constexpr Option GoDuration(std::string_view key, std::string_view default_text, std::string_view help) {
  return {.key = key,
          .type = Type::kGoDuration,
          .default_text = default_text,
          .help = help,
          .min = 0,
          .max = 365 * 86'400.0};
}
constexpr Option Choice(std::string_view key, std::string_view default_text, std::span<const std::string_view> choices,
                        std::string_view help) {
  return {.key = key, .type = Type::kChoice, .default_text = default_text, .help = help, .choices = choices};
}
constexpr Option Section(std::string_view key, std::span<const Option> section, std::string_view help) {
  return {.key = key, .type = Type::kSection, .help = help, .section = section};
}
constexpr Option Sections(std::string_view key, std::span<const Option> section, std::string_view help) {
  return {.key = key, .type = Type::kSections, .help = help, .section = section};
}
constexpr Option SendResolved(std::string_view on) {
  return Flag("send_resolved", on, "Whether it is told that alerts are resolved.");
}
inline Option HttpConfig() {
  return Section("http_config", client::HttpOptionRows(),
                 "How it is asked: authentication, TLS, proxies; replaces the global one wholly.");
}
inline Option TlsConfig(std::string_view key) {
  return Section(key, client::TlsOptionRows(), "TLS with the mail server.");
}

}  // namespace bekci::notify::routing
