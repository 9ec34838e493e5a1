// Where stub_status is: the URL of the option, taken apart. Shared with discovery.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/net/dialer.h"

namespace bekci::exporters::nginx {

struct StatusUrl {
  net::TargetAddress address;
  bool tls = false;
  std::string host;  // for the Host field; empty for unix sockets
  std::string path;  // with query
};

// "http://127.0.0.1:8080/stub_status", "https://...", and for unix sockets nginx-prometheus-exporter's form
// "unix:/run/nginx-status.sock:/stub_status". A URL without a path asks for /. Errors: invalid.
base::Result<StatusUrl> ParseStatusUrl(std::string_view url);

}  // namespace bekci::exporters::nginx
