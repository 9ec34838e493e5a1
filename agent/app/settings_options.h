// The keys of bekci.yml: those of this version (SettingsOptions() in settings.h gives the table), and those that people
// bring along from prometheus.yml or know from the documentation of other versions. Thread rule: constants.
#pragma once

#include <span>
#include <string_view>

namespace bekci::app {

struct ForeignKey {
  std::string_view section;  // empty: top level
  std::string_view key;
  std::string_view what;
};
std::span<const ForeignKey> ForeignKeys();

}  // namespace bekci::app
