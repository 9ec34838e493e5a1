#include "agent/web/notify/slack_actions.h"

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::slack_actions_test {
namespace {

constexpr const char* kSecret = "8f742231b10e8888abcd99yyyzzz85a5";

std::string Encoded(const std::string& text) {
  std::string out;
  constexpr const char* kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    out.append({'%', kDigits[byte >> 4], kDigits[byte & 15]});
  }
  return out;
}

std::string Payload(const std::string& action_id = "ack", const std::string& value = kFirstId) {
  return "payload=" +
         Encoded(R"({"type":"block_actions","user":{"id":"U1","username":"ana","name":"Ana"},"channel":{"id":"C7"},)"
                 R"("message":{"ts":"1700000000.000100"},"response_url":"https://hooks.slack.com/actions/T/1/x",)"
                 R"("actions":[{"action_id":")" +
                 action_id + R"(","value":")" + value + R"("}]})");
}

struct World {
  base::FakeClock clock{kTestNow};
  Refusals refusals;
  std::string secret = kSecret;
  std::vector<ChatPress> presses;
  SlackActions slack{clock, [this] { return secret; }, [this](const ChatPress& press) { presses.push_back(press); },
                     refusals};

  net::HttpRequest Request(const std::string& body, int64_t seconds = kTestNow.ms / 1000) {
    net::HttpRequest request = RequestFor("POST", "/api/v1/slack/actions", {}, body);
    const std::string timestamp = std::to_string(seconds);
    request.headers = {{"Content-Type", "application/x-www-form-urlencoded"},
                       {"X-Slack-Request-Timestamp", timestamp},
                       {"X-Slack-Signature", SlackSignature(kSecret, timestamp, body)}};
    return request;
  }
};

TEST_CASE("the signature is the one of Slack's documentation") {
  CHECK(SlackSignature(
            "8f742231b10e8888abcd99yyyzzz85a5", "1531420618",
            "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&"
            "channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&"
            "response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%"
            "2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c") ==
        "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503");
}

TEST_CASE("a pressed button is answered 200 at once and handed on with who pressed it and where") {
  World world;
  const net::HttpResponse response = world.slack.Handle(world.Request(Payload()));
  CHECK(response.status == 200);
  CHECK(response.body.empty());
  REQUIRE(world.presses.size() == 1);
  const ChatPress& press = world.presses[0];
  CHECK(press.action.id == kFirstId);
  CHECK(press.action.action == "ack");
  CHECK(press.action.by == "ana");
  CHECK(press.action.via == "slack");
  CHECK(press.answer_to == "https://hooks.slack.com/actions/T/1/x");
  CHECK(press.chat == "C7");
  CHECK(press.message == "1700000000.000100");
}

TEST_CASE("forged requests are refused and counted: no signature, another's, another body, no secret configured") {
  World world;
  net::HttpRequest unsigned_request = world.Request(Payload());
  unsigned_request.headers.pop_back();
  CHECK(world.slack.Handle(unsigned_request).status == 401);
  net::HttpRequest other = world.Request(Payload());
  other.headers.back().second = SlackSignature("another secret", "1700000000", other.body);
  CHECK(world.slack.Handle(other).status == 401);
  net::HttpRequest changed = world.Request(Payload());
  changed.body = Payload("ack", kSecondId);
  CHECK(world.slack.Handle(changed).status == 401);
  world.secret.clear();
  net::HttpRequest empty_key = world.Request(Payload());
  empty_key.headers.back().second = SlackSignature("", "1700000000", empty_key.body);
  CHECK(world.slack.Handle(empty_key).status == 401);
  CHECK(world.refusals.Get(Door::kSlack, Why::kForged) == 4);
  CHECK(world.presses.empty());
}

TEST_CASE("a time stamp more than five minutes off is refused and counted, whatever number it is") {
  World world;
  const int64_t now = kTestNow.ms / 1000;
  for (const int64_t seconds : {now - 301, now + 301, int64_t{0}, INT64_MAX, INT64_MIN}) {
    CHECK(world.slack.Handle(world.Request(Payload(), seconds)).status == 401);
  }
  CHECK(world.refusals.Get(Door::kSlack, Why::kExpired) == 5);
  CHECK(world.slack.Handle(world.Request(Payload(), now - 300)).status == 200);
}

TEST_CASE("a replayed request does nothing and is counted") {
  World world;
  CHECK(world.slack.Handle(world.Request(Payload())).status == 200);
  CHECK(world.slack.Handle(world.Request(Payload())).status == 200);
  CHECK(world.presses.size() == 1);
  CHECK(world.refusals.Get(Door::kSlack, Why::kReplayed) == 1);
}

TEST_CASE("buttons that are not ours, and payloads of other kinds, are taken and ignored") {
  World world;
  CHECK(world.slack.Handle(world.Request(Payload("open_link"))).status == 200);
  CHECK(world.slack.Handle(world.Request(Payload("ack", "no id of ours"))).status == 200);
  CHECK(world.slack.Handle(world.Request("payload=" + Encoded(R"({"type":"view_submission"})"))).status == 200);
  CHECK(world.presses.empty());
}

TEST_CASE("what cannot be read is refused and counted, and an answer goes to nobody but Slack") {
  World world;
  for (const std::string& body : {std::string("payload=%"), std::string("x=y"), "payload=" + Encoded("[1]"),
                                  "payload=" + Encoded(R"({"type":"block_actions","actions":5})")}) {
    CAPTURE(body);
    CHECK(world.slack.Handle(world.Request(body)).status == 400);
  }
  CHECK(world.refusals.Get(Door::kSlack, Why::kMalformed) == 4);
  CHECK(world.slack.Handle(world.Request(std::string(kMaxSlackBytes + 1, 'x'))).status == 413);
  CHECK(world.refusals.Get(Door::kSlack, Why::kTooLarge) == 1);
  const auto presses = ReadSlackActions(
      "payload=" + Encoded(R"({"type":"block_actions","user":{"id":"U1"},"response_url":"http://127.0.0.1/",)"
                           R"("actions":[{"action_id":"ack","value":"01JD0000000000000000000001"}]})"));
  REQUIRE(presses.ok());
  REQUIRE(presses->size() == 1);
  CHECK(presses->front().answer_to.empty());
  CHECK(presses->front().action.by == "U1");
}

}  // namespace
}  // namespace bekci::web::notify::slack_actions_test
