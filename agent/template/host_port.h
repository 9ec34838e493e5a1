// host:port as Go's net package takes it apart: what the functions stripPort and stripDomain are made of.
//
// Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::templates {

// "web-1:9100" is "web-1", "[::1]:80" is "::1"; what is no host:port is itself.
std::string WithoutPort(std::string_view host_port);
// The host up to its first dot, the port kept; an IP address is itself.
std::string WithoutDomain(std::string_view host_port);

}  // namespace bekci::templates
