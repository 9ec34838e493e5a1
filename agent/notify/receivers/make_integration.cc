#include "agent/notify/receivers/make_integration.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/receivers/email.h"
#include "agent/notify/receivers/hook.h"
#include "agent/notify/receivers/http_integration.h"
#include "agent/notify/receivers/kinds.h"

namespace bekci::notify::receivers {
namespace {

const HttpKind* const kHttpKinds[] = {
    &kWebhook,    &kSlack, &kPagerduty, &kOpsgenie,  &kVictorops, &kPushover,   &kTelegram,
    &kDiscord,    &kWebex, &kMsteams,   &kMsteamsv2, &kWechat,    &kRocketchat, &kMattermost,
    &kIncidentio, &kJira,  &kSns,       &kTwilio,    &kSms,       &kHttp,       &kNtfy,
};

using Maker = base::Result<std::unique_ptr<Integration>> (*)(const routing::IntegrationConfig&, const Parts&);
struct OtherKind {
  std::string_view name;
  Maker make;
};
constexpr OtherKind kOtherKinds[] = {
    {"email", &MakeEmail},
    {"hook", &MakeHook},
};

base::Result<std::unique_ptr<Integration>> MakeHttp(const HttpKind& kind, const routing::IntegrationConfig& config,
                                                    const Parts& parts) {
  auto integration = std::make_unique<HttpIntegration>(kind, config, parts);
  RETURN_IF_ERROR(integration->Check());
  return std::unique_ptr<Integration>(std::move(integration));
}

base::Result<std::unique_ptr<Integration>> MakeByName(const routing::IntegrationConfig& config, const Parts& parts) {
  for (const HttpKind* const kind : kHttpKinds) {
    if (kind->name == config.kind) return MakeHttp(*kind, config, parts);
  }
  for (const OtherKind& kind : kOtherKinds) {
    if (kind.name == config.kind) return kind.make(config, parts);
  }
  return base::Invalid("there is no medium " + base::Quoted(config.kind));
}

}  // namespace

base::Result<std::unique_ptr<Integration>> MakeIntegration(const routing::IntegrationConfig& config,
                                                           const Parts& parts) {
  return MakeByName(config, parts)
      .WithContext(config.mark.file == nullptr ? std::string(config.kind) : config.mark.ToString());
}

std::vector<std::string_view> IntegrationKinds() {
  std::vector<std::string_view> names;
  for (const HttpKind* const kind : kHttpKinds) names.push_back(kind->name);
  for (const OtherKind& kind : kOtherKinds) names.push_back(kind.name);
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace bekci::notify::receivers
