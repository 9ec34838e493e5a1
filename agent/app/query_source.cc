#include "agent/app/query_source.h"

#include <memory>

#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/net/http_fetcher.h"
#include "agent/net/url.h"
#include "agent/promql/engine.h"
#include "agent/tsdb/database.h"
#include "agent/web/api.h"

namespace bekci::app {
namespace {

constexpr size_t kMaxAnswer = size_t{512} << 20;

}  // namespace

base::Result<std::string> AskServer(std::string server, const std::string& path, const ApiParameters& parameters,
                                    base::Duration timeout) {
  base::RealClock clock;
  while (server.ends_with('/')) server.pop_back();
  std::string address = server + path;
  for (const auto& [name, value] : parameters) {
    address += (&name == &parameters.front().first ? "?" : "&") + name + "=" + net::QueryEscaped(value);
  }
  ASSIGN_OR_RETURN(const net::Url url, net::ParseUrl(address));
  net::HttpFetcher fetcher({}, clock);
  net::HttpFetcher::Request request;
  request.fields = {{"Accept", "application/json"}};
  if (!url.userinfo.empty()) request.secrets = {{"Authorization", net::BasicAuthorization(url.userinfo)}};
  request.max_body_bytes = kMaxAnswer;
  // A little more than the server is given, so that its own word about a time-out arrives.
  ASSIGN_OR_RETURN(net::HttpAnswer answer,
                   fetcher.Ask(url, std::move(request), clock.Monotonic() + timeout + base::seconds(2)));
  if (answer.status != 200 && !answer.body.starts_with("{")) {
    return base::Unavailable(server + " answers " + std::to_string(answer.status) + " " + answer.reason);
  }
  return std::move(answer.body);
}

base::Result<std::string> AskDirectory(const std::string& directory, const promql::Features& features,
                                       const std::string& path, const ApiParameters& parameters) {
  base::RealFileSystem fs;
  base::RealClock clock;
  base::SystemRandom random;
  const auto log = base::MakeStderrLogger(base::LogFormat::kLogfmt, base::LogLevel::kWarn);
  tsdb::DatabaseOptions options;
  options.path = directory;
  options.threads = false;  // nothing is merged or dropped
  if (!fs.Exists(options.path)) return base::NotFound(options.path + ": no such directory");
  const auto database = tsdb::Database::Open({fs, clock, random, *log}, options);
  if (database.status().code() == base::Code::kUnavailable) {
    return base::Unavailable(database.status().message() +
                             "; where an agent has it open, ask the agent: --server=URL instead of --path");
  }
  RETURN_IF_ERROR(database.status());
  promql::EngineOptions engine_options;
  engine_options.features = features;
  promql::Engine engine(std::move(engine_options), clock);
  web::PrometheusApi api({.engine = engine, .store = **database, .clock = clock});
  const web::RouteTable routes(api.Routes());
  net::HttpRequest request;
  request.method = "GET";
  request.path = path;
  request.query = parameters;
  return routes.Find(path)->handle(request).body;
}

}  // namespace bekci::app
