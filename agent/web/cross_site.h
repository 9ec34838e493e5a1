// Refuses requests that change something when another web site made the browser send them.
//
// A browser that is on the operator's desk reaches the loopback address and the inner network, and sends stored
// passwords along; so any page it shows could press our buttons. What browsers say about where a request comes from
// (Sec-Fetch-Site, Origin) must therefore agree with the host they asked. Programs (curl, deploy scripts) send neither
// and are let through. A page that made its own name point at our address (DNS rebinding) agrees with itself; hence,
// without authentication, the host must be a name we know to be ours: an address, localhost, the host's name or the
// configured external URL.
// Source: the Fetch Metadata and Fetch specifications; OWASP's CSRF notes.
//
// Thread rule: pure function.
#pragma once

#include <span>
#include <string>

#include "agent/base/status.h"
#include "agent/net/http.h"

namespace bekci::web {

// OK, or denied with the reason. `own_hosts`: names without port. `authenticated`: the request carried a password.
base::Status CheckSameSite(const net::HttpRequest& request, std::span<const std::string> own_hosts, bool authenticated);

// The host of "host:port", "[::1]:9" or a URL such as "https://web-1:443/x"; lower case, without brackets.
std::string HostOf(std::string_view authority_or_url);

}  // namespace bekci::web
