// PrometheusApi's own addition: how objectives stand. /api/v1/slo: {"objectives": [...]}, of all slo_files, in order.
#include "agent/ruler/slo/report.h"
#include "agent/web/api.h"
#include "agent/web/api_answer.h"

namespace bekci::web {

net::HttpResponse PrometheusApi::Objectives(Request, Parameters) {
  const auto reports = sources_.objectives ? sources_.objectives() : std::vector<ruler::slo::BudgetReport>();
  ApiAnswer answer;
  answer.json().BeginObject();
  answer.json().Key("objectives");
  answer.json().Raw(ruler::slo::ReportJson(reports));
  answer.json().EndObject();
  return answer.Finish();
}

}  // namespace bekci::web
