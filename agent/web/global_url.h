// Where others than this host find a target: a target on a loopback address is reachable, if at all, under the name
// that we are reached under; and a target that is ourselves, under our external URL.
//
// Source: Prometheus' web/api/v1, getGlobalURL. Thread rule: pure functions.
#pragma once

#include <string>

namespace bekci::web {

struct OwnAddress {
  std::string listen;    // "127.0.0.1:10112", the first one listened on
  std::string external;  // "https://mon.example/", what users call us by
};

// `url` itself where nothing is to be replaced, also when it is none.
std::string GlobalUrl(const std::string& url, const OwnAddress& own);

}  // namespace bekci::web
