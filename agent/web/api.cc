#include "agent/web/api.h"

#include "agent/web/api_answer.h"

namespace bekci::web {

struct PrometheusApi::Row {
  std::string_view methods;
  std::string_view path;
  bool below;
  std::string_view name;
  std::string_view help;
  Method method;
};

std::vector<Route> PrometheusApi::Routes() {
  using Api = PrometheusApi;
  constexpr std::string_view kBoth = "GET POST";
  static constexpr Row kRows[] = {
      {kBoth, "/api/v1/query", false, "query", "PromQL at one time.", &Api::Query},
      {kBoth, "/api/v1/query_range", false, "query_range", "PromQL over a range of time.", &Api::QueryRange},
      {kBoth, "/api/v1/query_exemplars", false, "query_exemplars", "Exemplars of the series of a query.",
       &Api::Exemplars},
      {kBoth, "/api/v1/format_query", false, "format_query", "A query, formatted.", &Api::FormatQuery},
      {kBoth, "/api/v1/parse_query", false, "parse_query", "A query's syntax tree.", &Api::ParseQuery},
      {kBoth, "/api/v1/series", false, "series", "Series that match.", &Api::Series},
      {kBoth, "/api/v1/labels", false, "labels", "Names of labels.", &Api::LabelNames},
      {"GET", "/api/v1/label/", true, "label_values", "<name>/values: values of a label.", &Api::LabelValues},
      {"GET", "/api/v1/metadata", false, "metadata", "Types, helps and units of metrics.", &Api::Metadata},
      {"GET", "/api/v1/targets", false, "targets", "What is scraped.", &Api::Targets},
      {"GET", "/api/v1/targets/metadata", false, "target_metadata", "Metrics' metadata by target.",
       &Api::TargetMetadata},
      {"GET", "/api/v1/scrape_pools", false, "scrape_pools", "Names of the scrape pools.", &Api::ScrapePools},
      {"GET", "/api/v1/rules", false, "rules", "Rules and their alerts.", &Api::Rules},
      {"GET", "/api/v1/alerts", false, "alerts", "Active alerts.", &Api::Alerts},
      {"GET", "/api/v1/slo", false, "slo", "How objectives stand: budgets left, burn rates.", &Api::Objectives},
      {"GET", "/api/v1/why", false, "why", "Why an alert fires, or does not.", &Api::Why},
      {"GET", "/api/v1/notifications", false, "notifications", "What the server itself wants said; never anything.",
       &Api::Notifications},
      {"GET", "/api/v1/alertmanagers", false, "alertmanagers", "Who is sent alerts.", &Api::Alertmanagers},
      {"GET", "/api/v1/status/config", false, "status_config", "The configuration, secrets masked.",
       &Api::StatusConfig},
      {"GET", "/api/v1/status/flags", false, "status_flags", "The command line.", &Api::StatusFlags},
      {"GET", "/api/v1/status/buildinfo", false, "status_buildinfo", "The version.", &Api::StatusBuild},
      {"GET", "/api/v1/status/runtimeinfo", false, "status_runtimeinfo", "The running process.", &Api::StatusRuntime},
      {"GET", "/api/v1/status/tsdb", false, "status_tsdb", "Cardinality of the store.", &Api::StatusStore},
      {"GET", "/api/v1/status/walreplay", false, "status_walreplay", "How far the log was read.",
       &Api::StatusWalReplay},
      {"GET", "/api/v1/features", false, "features", "Which features are on.", &Api::Features},
      {"GET", "/federate", false, "federate", "Newest samples of selected series, to be scraped.", &Api::Federate},
  };
  std::vector<Route> routes;
  for (const Row& row : kRows) {
    const auto handle = [this, method = row.method](Request request) {
      const ApiParameters parameters(request);
      if (!parameters.status().ok()) return ErrorAnswer(parameters.status());
      net::HttpResponse response = (this->*method)(request, parameters);
      CompressAnswer(request, &response);
      return response;
    };
    routes.push_back({.methods = row.methods,
                      .path = row.path,
                      .below = row.below,
                      .name = row.name,
                      .help = row.help,
                      .handle = handle});
  }
  return routes;
}

}  // namespace bekci::web
