// Route: one row of the table that is the agent's HTTP surface, and the lookup in it.
//
// There is no column for authentication: it is checked before a route is looked for (site.h), so no row can forget it
// and a stranger cannot learn which paths exist.
//
// Thread rule: a RouteTable is immutable after construction; handlers are called from several threads at once.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http.h"

namespace bekci::web {

struct Route {
  // Methods separated by spaces. HEAD comes with GET. "*": the handler answers whatever is asked.
  std::string_view methods = {};
  // The whole path, or a beginning that ends in "/" with `below` set.
  std::string_view path = {};
  bool below = false;  // also everything below `path`
  // The label handler= of the HTTP metrics.
  std::string_view name = {};
  // True: refused when another web site made the browser ask (cross_site.h), but for GET and HEAD, which change
  // nothing.
  bool changes_state = false;
  std::string_view help = {};
  net::Handler handle = nullptr;

  bool Matches(std::string_view request_path) const;
  bool Allows(std::string_view method) const;
  // For the Allow header: "GET, HEAD".
  std::string AllowText() const;
};

class RouteTable {
 public:
  explicit RouteTable(std::vector<Route> routes) : routes_(std::move(routes)) {}

  // The route for this path whatever the method, or null. Whole paths go before beginnings.
  const Route* Find(std::string_view path) const;
  const std::vector<Route>& routes() const { return routes_; }

  // The 404: says which paths are near, or which there are.
  net::HttpResponse NotFound(std::string_view path) const;
  static net::HttpResponse MethodNotAllowed(const Route& route, std::string_view method);

 private:
  std::vector<Route> routes_;
};

// A short answer in plain text; a line end is added.
net::HttpResponse TextAnswer(int status, std::string text);

}  // namespace bekci::web
