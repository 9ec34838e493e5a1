// What collect[]= and exclude[]= mean for each instance.
//
// A name is a collector's (mysql) or that of a part inside one (host's cpu); as in node_exporter, several collect[] add
// up and exclude[] takes away. Names that no collector of this build knows are an error: a typing mistake in a scrape
// configuration must not look like a host without metrics.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <vector>

#include "agent/base/status.h"
#include "agent/collect/collection.h"

namespace bekci::collect {

struct Wanted {
  bool wanted = false;
  std::vector<std::string> only;  // parts, sorted; both empty: the whole round
  std::vector<std::string> exclude;
  // Equal for requests that one collection can answer; empty: the whole round.
  std::string Key() const;
};

// Errors: not_found, with "did you mean".
base::Status CheckNames(const Selection& selection);

// `spec` and `instance` are of one configured instance. Names have been checked.
Wanted Select(const Selection& selection, const CollectorSpec& spec, const std::string& instance);

}  // namespace bekci::collect
