// Loading a configuration in a test, which fails where it does not load.
//
// Thread rule: of a test.
#pragma once

#include <doctest/doctest.h>

#include <memory>
#include <string>

#include "agent/notify/routing/alertmanager_config.h"

namespace bekci::notify::routing {

using Config = std::shared_ptr<const AlertmanagerConfig>;

inline base::Result<Config> TryLoad(const std::string& text, const std::string& file = "am.yml") {
  base::RealFileSystem fs;
  return LoadAlertmanagerConfig(text, file, fs);
}

inline Config Load(const std::string& text, const std::string& file = "am.yml") {
  auto config = TryLoad(text, file);
  REQUIRE_MESSAGE(config.ok(), config.status().message());
  return *std::move(config);
}

// A file with one receiver "r" that has `configs`.
inline std::string WithReceiver(const std::string& configs, const std::string& global = "{}") {
  return "global: " + global + "\nroute: {receiver: r}\nreceivers:\n- {name: r, " + configs + "}\n";
}

}  // namespace bekci::notify::routing
