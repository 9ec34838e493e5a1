#include "agent/app/commands/api_directory.h"

#include "agent/base/file_system.h"
#include "agent/base/log.h"
#include "agent/base/random.h"
#include "agent/promql/engine.h"
#include "agent/tsdb/database.h"
#include "agent/web/api.h"

namespace bekci::app::commands {
base::Result<std::string> AskDirectory(const std::string& directory, const std::string& path,
                                       const ApiQuestion& parameters, const promql::Features& features) {
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

}  // namespace bekci::app::commands
