// Accept headers: lists of names with parameters and q-values, as Accept and Accept-Encoding share them.
//
// Source: RFC 9110, 12.4.2 and 12.5. A q that cannot be read counts as 1, as in Go's goautoneg, which every Prometheus
// client uses. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bekci::wire {

struct AcceptItem {
  std::string name;  // lower case: "text/plain", "gzip", "*/*"
  double q = 1;
  std::vector<std::pair<std::string, std::string>> params;  // names in lower case, values as given without quotes

  // The parameter's value, or empty.
  std::string_view Param(std::string_view param) const;
};

// What the header lists, best first: by q, then names before wildcards, then as written. Items with q=0 ("not this")
// stay in the list, at its end. Reads at most 64 items: a header that is longer is no scraper's.
std::vector<AcceptItem> ParseAcceptList(std::string_view header);

}  // namespace bekci::wire
