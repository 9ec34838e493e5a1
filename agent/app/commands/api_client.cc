#include "agent/app/commands/api_client.h"

#include "agent/net/http_fetcher.h"
#include "agent/net/url.h"

namespace bekci::app::commands {
namespace {

constexpr size_t kMaxAnswer = size_t{512} << 20;

}  // namespace

base::Result<ApiReply> CallServer(std::string server, const ApiCall& call, base::Duration timeout) {
  base::RealClock clock;
  while (server.ends_with('/')) server.pop_back();
  std::string address = server + call.path;
  for (const auto& [name, value] : call.parameters) {
    address += (&name == &call.parameters.front().first ? "?" : "&") + name + "=" + net::QueryEscaped(value);
  }
  ASSIGN_OR_RETURN(const net::Url url, net::ParseUrl(address));
  net::HttpFetcher fetcher({}, clock);
  net::HttpFetcher::Request request;
  request.method = call.method;
  request.fields = {{"Accept", call.accept}};
  if (!call.body.empty()) {
    request.fields.emplace_back("Content-Type", "application/json");
    request.post_body = call.body;
  } else if (call.method == "POST") {
    request.post_body = "";
  }
  if (!url.userinfo.empty()) request.secrets = {{"Authorization", net::BasicAuthorization(url.userinfo)}};
  request.max_body_bytes = kMaxAnswer;
  // A little more than the server is given, so that its own word about a time-out arrives.
  ASSIGN_OR_RETURN(net::HttpAnswer answer,
                   fetcher.Ask(url, std::move(request), clock.Monotonic() + timeout + base::seconds(2)));
  return ApiReply{answer.status, std::move(answer.reason), std::move(answer.body)};
}

base::Result<std::string> AskServer(std::string server, const std::string& path, const ApiQuestion& parameters,
                                    base::Duration timeout) {
  ASSIGN_OR_RETURN(ApiReply answer, CallServer(server, {.path = path, .parameters = parameters}, timeout));
  if (answer.status != 200 && !answer.body.starts_with("{")) {
    while (server.ends_with('/')) server.pop_back();
    return base::Unavailable(server + " answers " + std::to_string(answer.status) + " " + answer.reason);
  }
  return std::move(answer.body);
}

}  // namespace bekci::app::commands
