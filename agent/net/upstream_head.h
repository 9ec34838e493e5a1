// The request head that the gate writes for civetweb, from the one it read.
//
// Written anew, never passed on: hop-by-hop fields stay behind, and so does whatever a client sends under the names by
// which the gate vouches for it.
//
// Thread rule: a pure function.
#pragma once

#include <string>
#include <string_view>

#include "agent/net/request_head.h"

namespace bekci::net {

// Names of the headers by which the gate speaks to civetweb. A client's own X-Bekci-* never pass the gate.
inline constexpr const char kTokenHeader[] = "X-Bekci-Token";
inline constexpr const char kClientHeader[] = "X-Bekci-Client";
inline constexpr const char kTlsHeader[] = "X-Bekci-Tls";

// The head that civetweb gets: the client's, without hop-by-hop fields and without any X-Bekci-*, with the gate's own.
// Content-Length, which a chunked body tells only at its end, and the empty line are still missing.
std::string UpstreamHead(const RequestHead& head, std::string_view token, std::string_view client, bool tls);

}  // namespace bekci::net
