// The table of templates in testdata: what `amtool template render` answers, and what is ours.
#include <doctest/doctest.h>

#include <fstream>

#include "agent/notify/message/message_templates.h"
#include "agent/notify/message/notification_for_tests.h"

namespace bekci::notify::message::template_cases_test {
namespace {

using Json = nlohmann::json;
const std::string kTestData = std::string(BEKCI_SOURCE_DIR) + "/agent/notify/message/testdata/";

TEST_CASE("every template of the table gives what Go's text/template and html/template give") {
  base::RealFileSystem files;
  const auto templates = MessageTemplates::Load(files, {}).value();
  std::ifstream data_file(kTestData + "data.json");
  const Notification notification = NotificationFromJson(Json::parse(data_file));
  const MessageData data(notification);
  std::ifstream cases(kTestData + "template_cases.jsonl");
  size_t count = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const Json row = Json::parse(line);
    const auto text = row["template"].get<std::string>();
    CAPTURE(text);
    const auto got = row.value("html", false) ? templates->ExpandHtml(text, data) : templates->Expand(text, data);
    if (row.contains("error")) {
      CHECK(got.status().message() == row["error"].get<std::string>());
    } else {
      REQUIRE_MESSAGE(got.ok(), got.status().message());
      CHECK(*got == row["expected"].get<std::string>());
    }
  }
  CHECK(count > 140);
}

}  // namespace
}  // namespace bekci::notify::message::template_cases_test
