#include "agent/web/route.h"

#include <algorithm>

#include "agent/base/text.h"

namespace bekci::web {

bool Route::Matches(std::string_view request_path) const {
  return below ? request_path.substr(0, path.size()) == path : request_path == path;
}

bool Route::Allows(std::string_view method) const {
  if (methods == "*") return true;
  if (method == "HEAD") method = "GET";
  const std::vector<std::string_view> allowed = base::Split(methods, ' ');
  return std::find(allowed.begin(), allowed.end(), method) != allowed.end();
}

std::string Route::AllowText() const {
  std::string out;
  for (std::string_view method : base::Split(methods, ' ')) {
    if (!out.empty()) out += ", ";
    out += method;
    if (method == "GET") out += ", HEAD";
  }
  return out;
}

const Route* RouteTable::Find(std::string_view path) const {
  const Route* found = nullptr;
  for (const Route& route : routes_) {
    if (!route.Matches(path)) continue;
    if (!route.below) return &route;
    if (found == nullptr || route.path.size() > found->path.size()) found = &route;
  }
  return found;
}

net::HttpResponse RouteTable::NotFound(std::string_view path) const {
  std::vector<std::string_view> paths;
  for (const Route& route : routes_) paths.push_back(route.path);
  std::string text = "404 not found: there is no " + base::Quoted(path.substr(0, 200)) + " here";
  const std::string_view near = base::Nearest(path, paths);
  if (!near.empty()) {
    text += ", did you mean " + std::string(near) + " ?";
  } else {
    text += ". There are:\n";
    for (const Route& route : routes_) {
      text += "  " + std::string(route.path) + (route.below ? "..." : "");
      text += std::string(route.path.size() < 20 ? 20 - route.path.size() : 1, ' ') + std::string(route.help) + "\n";
    }
    text.pop_back();
  }
  return TextAnswer(404, std::move(text));
}

net::HttpResponse RouteTable::MethodNotAllowed(const Route& route, std::string_view method) {
  const std::string allowed = route.AllowText();
  net::HttpResponse response = TextAnswer(
      405, "405 method not allowed: " + std::string(route.path) + " takes " + allowed + ", not " + std::string(method));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

net::HttpResponse TextAnswer(int status, std::string text) {
  net::HttpResponse response;
  response.status = status;
  response.body = std::move(text);
  response.body += '\n';
  return response;
}

}  // namespace bekci::web
