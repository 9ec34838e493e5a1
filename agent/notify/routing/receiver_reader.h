// ReceiverReader: an entry of receivers: to its checked integrations, with what they take from the global section.
//
// Thread rule: one thread.
#pragma once

#include <string>

#include "agent/config/option.h"
#include "agent/notify/routing/alertmanager_config.h"
#include "agent/notify/routing/global_reader.h"

namespace bekci::notify::routing {

class ReceiverReader {
 public:
  // All outlive it.
  ReceiverReader(const GlobalSection& global, const std::string& base_directory, config::Errors* errors)
      : global_(global), base_directory_(base_directory), errors_(errors) {}

  // `shown` becomes the receiver as it is printed: defaults filled in, secrets masked.
  ReceiverConfig Read(const config::Node& node, config::Node* shown) const;

 private:
  void ReadLabels(const config::Values& values, ReceiverConfig* receiver) const;
  void ReadList(const ReceiverKind& kind, const config::Node& list, ReceiverConfig* receiver,
                config::Node* shown) const;
  bool ReadOne(const ReceiverKind& kind, const config::Node& as_written, IntegrationConfig* integration,
               config::Node* shown) const;
  void CheckGiven(const ReceiverKind& kind, const config::Values& given) const;
  void TakeFromGlobal(const ReceiverKind& kind, config::Node* node) const;

  const GlobalSection& global_;
  const std::string& base_directory_;
  config::Errors* const errors_;
};

}  // namespace bekci::notify::routing
