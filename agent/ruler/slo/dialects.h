// The readers of the dialects: each takes one YAML document and adds the objectives it finds.
//
// What is wrong goes to Reading::errors with its place, what is odd to its warnings; an objective with a mistake is
// left out, so that all mistakes of all files are told at once. Thread rule: one loading, one thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/config/node.h"
#include "agent/config/option.h"
#include "agent/ruler/slo/alert_windows.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

struct Reading {
  const WindowCatalogue& windows;
  base::Duration default_period;
  size_t document;
  config::Errors* errors;
  std::vector<std::string>* warnings;
  std::vector<Slo>* slos;

  void Warn(const config::Mark& mark, const std::string& message) const;
};

void ReadShortForm(const config::Node& document, const Reading& reading);
void ReadSloth(const config::Node& document, const Reading& reading);
void ReadSlothKubernetes(const config::Node& document, const Reading& reading);
void ReadOpenSloAlpha(const config::Node& document, const Reading& reading);
void ReadPyrra(const config::Node& document, const Reading& reading);

// Checks what all dialects share (name, service, objective, label names, windows) and takes `slo` in when it is good.
// `slo.id` is made here.
void TakeIn(Slo slo, const Reading& reading);

// Checks a query at `mark` that must hold {{.window}}.
bool CheckWindowed(const std::string& key, const std::string& query, const config::Mark& mark, config::Errors* errors);

// Sorted, each name once.
TextMap ToTextMap(const std::vector<std::pair<std::string, std::string>>& pairs);

}  // namespace bekci::ruler::slo
