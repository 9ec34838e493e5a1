// Any bytes as a template of a mail and as the value of a label: it answers within its limits, what comes out of a
// value never opens a tag or leaves a quoted attribute, and the payload stays JSON of one line.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/base/file_system.h"
#include "agent/notify/message/message_templates.h"
#include "agent/notify/message/sms_text.h"
#include "agent/notify/message/truncate.h"
#include "agent/notify/message/webhook_payload.h"

namespace bekci::notify::message {
namespace {

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

const MessageTemplates& Templates() {
  static base::RealFileSystem files;
  static const auto kTemplates = MessageTemplates::Load(files, {}).value();
  return *kTemplates;
}

// Between the marks of `frame` the value must have left nothing of `forbidden`.
void CheckFrame(std::string_view frame, std::string_view forbidden, const MessageData& data) {
  const auto html = Templates().ExpandHtml(frame, data);
  if (!html.ok()) return;
  const size_t from = html->find("[[") + 2;
  const std::string_view value = std::string_view(*html).substr(from, html->rfind("]]") - from);
  if (value.find_first_of(forbidden) != std::string_view::npos) Fail("a value got out", *html);
}

void CheckCuts(std::string_view text) {
  for (const size_t most : {0u, 1u, 4u, 17u, 100u}) {
    if (CharacterCount(TruncateCharacters(text, most).text) > most) Fail("too many characters", std::string(text));
    if (TruncateBytes(text, most).text.size() > most) Fail("too many bytes", std::string(text));
    TruncateForHtml(text, most);
    TruncateMarkup(text, most);
    if (SizeOfSms(TruncatedSms(text, most % 4)).parts > most % 4) Fail("too many parts", std::string(text));
  }
}

void Try(std::string_view input) {
  const size_t half = input.size() / 2;
  Notification notification;
  notification.receiver = input.substr(0, half);
  notification.group_labels = {{"v", input.substr(half)}};
  notification.alerts = {
      {.labels = {{"alertname", "A"}, {"v", input.substr(half)}}, .annotations = {{"summary", std::string(input)}}}};
  const MessageData data(notification);
  CheckFrame("[[{{ .GroupLabels.v }}]]", "<>\"'", data);
  CheckFrame("<a title=\"[[{{ .GroupLabels.v }}]]\">", "<>\"'", data);
  CheckFrame("<a href=\"[[{{ .GroupLabels.v }}]]\">", "<>\"' \n", data);
  CheckFrame("<a title=[[{{ .GroupLabels.v }}]] >", "<>\"' \n\t=`", data);
  CheckFrame("<a style=\"color:[[{{ .GroupLabels.v }}]]\">", "<>\"'{}()", data);
  const auto mail = Templates().ExpandHtml("{{ template \"email.default.html\" . }}", data);
  if (!mail.ok()) Fail("the mail failed", mail.status().message());
  const auto html = Templates().ExpandHtml(input, data);
  const auto text = Templates().Expand(input, data);
  if (html.ok() && text.ok() && html->size() > 64 * (text->size() + input.size()) + 4096) Fail("long", *html);
  const std::string payload = WebhookPayload(data);
  if (payload.find('\n') != payload.size() - 1) Fail("the payload is not one line", payload);
  if (input.size() < 2000) CheckCuts(input);
  const auto tree = config::ParseYaml(input, "f");
  if (tree.ok() && input.size() < 5000) {
    const auto custom = CustomPayload(*tree, data, Templates());
    if (custom.ok() && custom->find('\n') != custom->size() - 1) Fail("the custom payload is not one line", *custom);
  }
}

}  // namespace
}  // namespace bekci::notify::message

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::notify::message::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
