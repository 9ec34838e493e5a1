// OpenSLO v1: objects of seven kinds that name each other, in any order and over all files.
//
// Objects are collected first; when all files are read, each SLO is resolved: its indicator, data sources, alert
// policies, conditions and targets, inline or by reference. One objective of an SLO is one Slo of ours.
// As in the reference validator, unknown fields are errors.
//
// Source: the OpenSLO specification, v1; oslo's checks.
// Thread rule: one loading, one thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "agent/config/node.h"
#include "agent/ruler/slo/dialects.h"

namespace bekci::ruler::slo {

class OpenSloObjects {
 public:
  OpenSloObjects();
  ~OpenSloObjects();

  // Takes in a document; what it says is checked on its own.
  void Add(const config::Node& document, const Reading& reading);
  // Makes objectives of all SLOs. `reading.document` does not count: each has that of its SLO.
  void Resolve(const Reading& reading);

  struct Object;
  // Null when there is none.
  const Object* Find(std::string_view kind, std::string_view name) const;

 private:
  std::map<std::pair<std::string, std::string>, std::unique_ptr<Object>, std::less<>> objects_;  // by kind, name
};

}  // namespace bekci::ruler::slo
