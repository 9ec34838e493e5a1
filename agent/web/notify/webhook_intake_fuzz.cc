// Any bytes as a webhook: ReadWebhook must answer with alerts that hold to its word, or with an error of one line.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/web/notify/webhook_intake.h"

namespace bekci::web::notify {
namespace {

constexpr base::Timestamp kNow = {1'700'000'000'000};

void Fail(const char* what, std::string_view detail) {
  std::fprintf(stderr, "%s\n%.*s\n", what, static_cast<int>(detail.size()), detail.data());
  std::abort();
}

void Try(std::string_view body) {
  const auto read = ReadWebhook(body, kWebhookHold, kNow);
  if (!read.ok()) {
    if (read.status().code() != base::Code::kInvalid) Fail("an error of another kind", read.status().message());
    if (read.status().message().size() > 500) Fail("a long error", read.status().message());
    return;
  }
  if (read->alerts.size() != read->firing + read->resolved) Fail("alerts that are neither", body);
  size_t firing = 0;
  for (const auto& alert : read->alerts) {
    if (alert.starts_at > kNow || alert.starts_at > alert.ends_at) Fail("a start after now or the end", body);
    if (alert.ends_at > kNow) ++firing;
    if (alert.ends_at > kNow && alert.ends_at != kNow + kWebhookHold) Fail("another hold", body);
  }
  if (firing != read->firing) Fail("a resolved alert that holds", body);
}

}  // namespace
}  // namespace bekci::web::notify

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::web::notify::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
