#include "agent/web/notify/telegram_bot.h"

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::telegram_bot_test {
namespace {

std::string PressOf(int64_t update_id, const std::string& user = R"({"id":7,"username":"ana"})",
                    const std::string& incident = kFirstId) {
  const std::string id = std::to_string(update_id);
  return R"({"update_id":)" + id + R"(,"callback_query":{"id":"q)" + id + R"(","from":)" + user +
         R"(,"message":{"message_id":42,"chat":{"id":-1001},"text":"It burns","entities":[)" +
         R"({"type":"bold","offset":0,"length":2}]},"data":"ack:)" + incident + R"("}})";
}

// Telegram as the test says; what it was asked stands in `asked`.
struct World {
  base::FakeClock clock{kTestNow};
  Escalations engine{clock};
  EscalationSources sources = engine.Sources();
  Refusals refusals;
  std::vector<std::string> answers;  // to getUpdates, in turn
  std::vector<std::pair<std::string, std::string>> asked;
  std::vector<std::string> users;
  base::Status failure;
  base::Duration retry_after{};
  int64_t offset = 0;
  base::Timestamp offset_kept_at = kTestNow;
  int64_t offset_at_ack = -1;
  int64_t offset_at_talk = -1;
  size_t acts_at_talk = 0;
  base::Duration talk_takes{};  // each question

  TelegramBot Make() {
    TelegramBot::World world;
    world.ask = [this](std::string_view method, const std::string& body,
                       base::Duration within) -> base::Result<TelegramBot::Reply> {
      asked.emplace_back(method, body);
      if (!failure.ok()) return failure;
      if (method != "getUpdates") {
        if (offset_at_talk < 0) offset_at_talk = offset;
        if (acts_at_talk == 0) acts_at_talk = engine.actions().size();
        clock.Advance(talk_takes);
        return TelegramBot::Reply{R"({"ok":true,"result":true})", {}};
      }
      if (body.find(R"("timeout":30)") != std::string::npos) CHECK(within > kTelegramPoll);
      clock.Advance(base::seconds(2));
      const std::string next = answers.empty() ? R"({"ok":true,"result":[]})" : answers.front();
      if (!answers.empty()) answers.erase(answers.begin());
      return TelegramBot::Reply{next, retry_after};
    };
    world.chats = [] { return std::vector<std::string>{"-1001"}; };
    world.users = users;
    world.offset = [this] { return TelegramBot::Offset{offset, offset_kept_at}; };
    world.keep_offset = [this](const TelegramBot::Offset& kept) {
      offset = kept.next;
      offset_kept_at = kept.kept_at;
    };
    world.act = [this](const ChatPress& press) {
      offset_at_ack = offset;
      return ActOnPress(sources, press, Door::kTelegram, refusals);
    };
    world.name = "110201543";
    return {std::move(world), clock, refusals};
  }
  void Says(const std::string& updates) { answers.push_back(R"({"ok":true,"result":[)" + updates + "]}"); }
  std::string Body(const std::string& method) const {
    for (const auto& [name, body] : asked) {
      if (name == method) return body;
    }
    return {};
  }
};

bool Has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

TEST_CASE("a press acknowledges as the presser, who is told so, and the message says who has it") {
  World world;
  TelegramBot bot = world.Make();
  world.Says(PressOf(10));
  CHECK(bot.Poll().ok());
  REQUIRE(world.engine.actions().size() == 1);
  CHECK(world.engine.actions()[0].by == "ana");
  CHECK(world.engine.actions()[0].via == "telegram");
  CHECK(Has(world.Body("answerCallbackQuery"), R"("callback_query_id":"q10")"));
  CHECK(Has(world.Body("answerCallbackQuery"), "Acknowledged by ana at 2023-11-14 22:13:22 UTC"));
  CHECK(Has(world.Body("answerCallbackQuery"), R"("show_alert":false)"));
  const std::string edit = world.Body("editMessageText");
  CHECK(Has(edit, R"("chat_id":"-1001","message_id":42,"text":"It burns\n\nAcknowledged by ana)"));
  CHECK(Has(edit, R"("type":"bold")"));
  CHECK(!Has(edit, "reply_markup"));  // so the button goes
  CHECK(world.offset_at_ack == 0);
  CHECK(world.offset == 11);
  CHECK(bot.Poll().ok());
  CHECK(Has(world.asked.back().second, R"("offset":11)"));
}

TEST_CASE("a press that Telegram tells of again is not acted on again, also when somebody took it back since") {
  World world;
  TelegramBot bot = world.Make();
  world.Says(PressOf(10));
  CHECK(bot.Poll().ok());
  world.engine.Get().acked = false;
  world.offset = 0;  // as if it had not reached the disk
  TelegramBot after_restart = world.Make();
  world.Says(PressOf(10));
  CHECK(after_restart.Poll().ok());
  CHECK(world.engine.actions().size() == 1);
  CHECK(world.refusals.Get(Door::kTelegram, Why::kReplayed) == 1);
  CHECK(world.offset == 11);
}

TEST_CASE("who presses second hears who was first, and changes nothing") {
  World world;
  TelegramBot bot = world.Make();
  world.Says(PressOf(10) + "," + PressOf(11, R"({"id":8,"username":"bo"})"));
  CHECK(bot.Poll().ok());
  CHECK(world.engine.actions().size() == 1);
  CHECK(world.engine.Get().ack_by == "ana");
  CHECK(Has(world.asked[2].second, "Already acknowledged by ana"));
  CHECK(world.refusals.Get(Door::kTelegram, Why::kAnswered) == 1);
}

TEST_CASE("one look at an incident is enough for a press, and its outcome says who had been told") {
  World world;
  world.engine.Get().told.emplace_back().receiver = "team";
  EscalationSources sources = world.sources;
  int looks = 0;
  sources.find = [&](std::string_view id, const EscalationVisitor& visit) {
    ++looks;
    return world.sources.find(id, visit);
  };
  ChatPress press;
  press.action = *ReadButton("ack", kFirstId);
  press.action.by = "ana";
  for (const bool done : {true, false}) {
    const PressOutcome outcome = ActOnPress(sources, press, Door::kSlack, world.refusals);
    CHECK(outcome.done == done);
    CHECK(outcome.told == std::vector<std::string>{"team"});
  }
  CHECK(looks == 2);
}

TEST_CASE("all presses of a poll count before anybody is talked to, and no further press waits long for talk") {
  World world;
  world.engine.Add(kSecondId, "Down");
  world.talk_takes = base::seconds(10);  // Telegram does not answer
  TelegramBot bot = world.Make();
  world.Says(PressOf(10) + "," + PressOf(11, R"({"id":8,"username":"bo"})", kSecondId));
  CHECK(bot.Poll().ok());
  CHECK(world.acts_at_talk == 2);
  CHECK(world.offset_at_talk == 12);
  // One question was as long as talk may be; the rest is said after polls that do not wait, answers before edits.
  REQUIRE(world.asked.size() == 2);
  for (int polls = 0; polls < 3; ++polls) {
    CHECK(bot.Poll().ok());
    CHECK(bot.pause() == base::Duration::zero());
  }
  CHECK(bot.Poll().ok());
  std::string methods;
  for (const auto& [method, body] : world.asked) methods += method + " ";
  CHECK(methods ==
        "getUpdates answerCallbackQuery getUpdates answerCallbackQuery getUpdates editMessageText getUpdates "
        "editMessageText getUpdates ");
  CHECK(Has(world.asked[0].second, R"("timeout":30)"));
  CHECK(Has(world.asked[2].second, R"("timeout":0)"));
  CHECK(Has(world.asked.back().second, R"("timeout":30)"));
}

TEST_CASE("an offset older than updates live is not sent, since Telegram may have begun to count elsewhere") {
  World world;
  TelegramBot bot = world.Make();
  world.Says(PressOf(1000));
  CHECK(bot.Poll().ok());
  world.engine.Get().acked = false;
  world.clock.Advance(base::hours(23));
  CHECK(bot.Poll().ok());
  CHECK(Has(world.asked.back().second, R"("offset":1001)"));
  world.clock.Advance(base::hours(2));
  world.Says(PressOf(20));  // a lower number
  CHECK(bot.Poll().ok());
  CHECK(Has(world.asked[world.asked.size() - 3].second, R"("offset":0)"));
  CHECK(world.engine.actions().size() == 2);
  CHECK(bot.Poll().ok());
  CHECK(Has(world.asked.back().second, R"("offset":21)"));
}

TEST_CASE("users who are not on the list are refused with words, by number or by name") {
  World world;
  world.users = {"7", "@Bo"};
  TelegramBot bot = world.Make();
  world.Says(PressOf(10, R"({"id":9,"username":"eve"})"));
  CHECK(bot.Poll().ok());
  CHECK(world.engine.actions().empty());
  CHECK(Has(world.Body("answerCallbackQuery"), "not among those who may acknowledge"));
  CHECK(Has(world.Body("answerCallbackQuery"), R"("show_alert":true)"));
  CHECK(world.refusals.Get(Door::kTelegram, Why::kStranger) == 1);
  CHECK(world.offset == 11);
  world.Says(PressOf(12, R"({"id":8,"username":"bo"})"));
  CHECK(bot.Poll().ok());
  CHECK(world.engine.actions().size() == 1);
}

TEST_CASE("errors are waited out, longer each time, and a good poll ends that") {
  World world;
  TelegramBot bot = world.Make();
  world.failure = base::Unavailable("no route");
  for (const int seconds : {1, 2, 4, 8, 16, 32, 60, 60}) {
    CHECK(!bot.Poll().ok());
    CHECK(bot.pause() == base::seconds(seconds));
  }
  world.failure = base::OkStatus();
  CHECK(bot.Poll().ok());
  CHECK(bot.pause() == base::Duration::zero());
}

TEST_CASE("a wrong token, a second poller and a bot that is asked too often are said in words and waited for") {
  World world;
  TelegramBot bot = world.Make();
  world.answers = {R"({"ok":false,"error_code":401,"description":"Unauthorized"})",
                   R"({"ok":false,"error_code":409,"description":"Conflict"})"};
  CHECK(Has(bot.Poll().message(), "token"));
  CHECK(bot.pause() == base::minutes(5));
  CHECK(Has(bot.Poll().message(), "one token has one poller"));
  world.retry_after = base::seconds(90);
  world.answers = {R"({"ok":false,"error_code":429,"description":"Too Many Requests"})"};
  CHECK(!bot.Poll().ok());
  CHECK(bot.pause() == base::seconds(90));
}

TEST_CASE("an edited message is within Telegram's length, and keeps only the markup that is still in it") {
  ChatPress press;
  press.chat = "-1001";
  press.message = "42";
  for (int i = 0; i < 2048; ++i) press.text += "\xF0\x9F\x94\xA5";  // two units each
  press.entities = R"([{"type":"bold","offset":0,"length":4},{"type":"code","offset":4090,"length":6},7])";
  const TelegramEdit edit = EditOf(press, "Acknowledged by ana");
  CHECK(edit.method == "editMessageText");
  CHECK(Has(edit.body, "bold"));
  CHECK(!Has(edit.body, "code"));
  CHECK(Has(edit.body, "\\n\\nAcknowledged by ana"));
  const size_t fires = static_cast<size_t>(std::count(edit.body.begin(), edit.body.end(), '\xF0'));
  CHECK(2 * fires + 2 + std::string("Acknowledged by ana").size() <= 4096);
  press.text.clear();
  CHECK(EditOf(press, "Acknowledged by ana").method == "editMessageReplyMarkup");
}

}  // namespace
}  // namespace bekci::web::notify::telegram_bot_test
