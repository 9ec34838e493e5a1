// What a word without quotes means in YAML: null, true, 42, 0x1f, 1.5, or only itself.
//
// Source: the scalars of YAML 1.1 as gopkg.in/yaml.v2 reads them into an empty interface, which is what Alertmanager
// uses: also yes, no, on and off are truth values, and what looks like a date is a text. Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bekci::notify::message {

// The JSON of a word that is no text; nullopt: it is one.
std::optional<std::string> YamlWordAsJson(std::string_view word);

}  // namespace bekci::notify::message
