#include "agent/web/notify/telegram_actions.h"

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::telegram_actions_test {
namespace {

const std::vector<std::string> kChats = {"-1001", "@OnCallTeam"};
const TelegramAllowed kAllowed = {kChats, {}};

std::string Press(int64_t update_id, const std::string& chat, const std::string& data,
                  const std::string& from = R"({"id":7,"first_name":"Ana","username":"ana"})") {
  return R"({"update_id":)" + std::to_string(update_id) + R"(,"callback_query":{"id":"q)" + std::to_string(update_id) +
         R"(","from":)" + from + R"(,"message":{"message_id":42,"chat":)" + chat + R"(},"data":")" + data + R"("}})";
}
std::string Updates(const std::string& list) {
  return R"({"ok":true,"result":[)" + list + "]}";
}
const std::string kData = std::string("ack:") + kFirstId;

TEST_CASE("a press in a chat of the list is an action with who pressed it, and polling goes on behind it") {
  Refusals refusals;
  const auto updates = ReadTelegramUpdates(
      Updates(Press(10, R"({"id":-1001})", kData) + "," + R"({"update_id":12,"message":{}})"), kAllowed, &refusals);
  REQUIRE(updates.ok());
  CHECK(updates->next_offset == 13);
  REQUIRE(updates->presses.size() == 1);
  const ChatPress& press = updates->presses[0];
  CHECK(press.action.id == kFirstId);
  CHECK(press.action.action == "ack");
  CHECK(press.action.by == "ana");
  CHECK(press.action.via == "telegram");
  CHECK(press.answer_to == "q10");
  CHECK(press.chat == "-1001");
  CHECK(press.message == "42");
  CHECK(updates->refused.empty());
}

TEST_CASE("a chat may be on the list by its public name") {
  Refusals refusals;
  const auto updates =
      ReadTelegramUpdates(Updates(Press(10, R"({"id":5,"username":"oncallteam"})", kData)), kAllowed, &refusals);
  REQUIRE(updates.ok());
  CHECK(updates->presses.size() == 1);
}

TEST_CASE("strangers and unknown buttons are refused with words, and counted") {
  Refusals refusals;
  const auto updates = ReadTelegramUpdates(
      Updates(Press(10, R"({"id":666})", kData) + "," +
              Press(11, R"({"id":-1001})", "cancel:" + std::string(kFirstId)) + "," +
              Press(12, R"({"id":-1001})", "ack:x") + "," + Press(13, R"({"id":-1001})", kData, "{}")),
      kAllowed, &refusals);
  REQUIRE(updates.ok());
  CHECK(updates->presses.empty());
  REQUIRE(updates->refused.size() == 4);
  CHECK(updates->refused[0].callback_id == "q10");
  CHECK(updates->refused[0].words == "This chat may not acknowledge alerts.");
  CHECK(refusals.Get(Door::kTelegram, Why::kStranger) == 1);
  CHECK(refusals.Get(Door::kTelegram, Why::kMalformed) == 3);
  CHECK(updates->next_offset == 14);
}

TEST_CASE("without a list nobody may act") {
  Refusals refusals;
  const auto updates = ReadTelegramUpdates(Updates(Press(10, R"({"id":0})", kData)), {}, &refusals);
  REQUIRE(updates.ok());
  CHECK(updates->presses.empty());
}

TEST_CASE("an update that cannot be read keeps no other out and is not asked for again") {
  Refusals refusals;
  const auto updates = ReadTelegramUpdates(Updates(R"({"update_id":20,"callback_query":{"id":5}},7,{"update_id":-3},)" +
                                                   Press(21, R"({"id":-1001})", kData)),
                                           kAllowed, &refusals);
  REQUIRE(updates.ok());
  CHECK(updates->presses.size() == 1);
  CHECK(updates->next_offset == 22);
}

TEST_CASE("what Telegram says when it does not answer is told in words") {
  Refusals refusals;
  const auto ask = [&](const std::string& body) { return ReadTelegramUpdates(body, kAllowed, &refusals).status(); };
  const base::Status conflict =
      ask(R"({"ok":false,"error_code":409,"description":"Conflict: terminated by other getUpdates"})");
  CHECK(conflict.code() == base::Code::kUnavailable);
  CHECK(conflict.message().find("one token has one poller") != std::string::npos);
  CHECK(ask(R"({"ok":false,"error_code":401,"description":"Unauthorized"})").code() == base::Code::kDenied);
  CHECK(ask(R"({"ok":false,"error_code":502,"description":"Bad Gateway"})").code() == base::Code::kUnavailable);
  CHECK(ask("<html>").code() == base::Code::kInvalid);
  CHECK(ask("{}").code() == base::Code::kInvalid);
  CHECK(ask(R"({"ok":true,"result":{}})").code() == base::Code::kInvalid);
}

}  // namespace
}  // namespace bekci::web::notify::telegram_actions_test
