// PrometheusApi's help for those who write queries: format_query and parse_query.
#include "agent/promql/parser.h"
#include "agent/promql/printer.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"
#include "agent/web/expr_json.h"

namespace bekci::web {

net::HttpResponse PrometheusApi::FormatQuery(Request, Parameters parameters) {
  const auto expr = promql::ParseExpr(parameters.Get("query"), sources_.engine.options().features);
  if (!expr.ok()) return ErrorAnswer(InvalidParameter("query", expr.status().message()));
  ApiAnswer answer;
  answer.json().String(promql::Prettify(**expr));
  return answer.Finish();
}

net::HttpResponse PrometheusApi::ParseQuery(Request, Parameters parameters) {
  const auto expr = promql::ParseExpr(parameters.Get("query"), sources_.engine.options().features);
  if (!expr.ok()) return ErrorAnswer(InvalidParameter("query", expr.status().message()));
  ApiAnswer answer;
  WriteExpr(&answer.json(), **expr);
  return answer.Finish();
}

}  // namespace bekci::web
