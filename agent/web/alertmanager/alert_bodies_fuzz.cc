// Fuzz target: bodies that clients post to Alertmanager's API: no body may do more than be refused.
#include <cstdint>
#include <string_view>

#include "agent/web/alertmanager/request_body.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bekci::web::alertmanager;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto alerts = ReadAlerts(body);
  if (alerts.refusal) (void)RefusalAnswer(*alerts.refusal);
  const auto silence = ReadSilence(body);
  if (silence.refusal) (void)RefusalAnswer(*silence.refusal);
  return 0;
}
