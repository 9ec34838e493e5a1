#include "agent/web/notify/escalations_page.h"

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::escalations_page_test {
namespace {

using bekci::notify::EventKind;

struct World {
  base::FakeClock clock{kTestNow + base::minutes(3)};
  Escalations engine{clock};
  Refusals refusals;
  std::vector<bekci::notify::Incident> records;
  EscalationsPage page{{"web-1", "1.0"},
                       engine.Sources(),
                       {.clock = clock,
                        .each =
                            [this](const IncidentVisitor& visit) {
                              for (const auto& one : records) {
                                if (!visit(one)) return;
                              }
                            },
                        .find = {}},
                       refusals};

  net::HttpResponse Get() { return page.Routes()[0].handle(RequestFor("GET", "/escalations")); }
  net::HttpResponse Post(const std::string& body) {
    return page.Routes()[0].handle(RequestFor("POST", "/escalations", {}, body));
  }
  void Record(EventKind kind, const std::string& text, base::Timestamp at = kTestNow) {
    bekci::notify::Incident& record = records.emplace_back();
    record.labels = {{"alertname", "HighLatency"}, {"severity", "critical"}, {"instance", "db-1"}};
    record.events.push_back({at, kind, std::make_shared<const std::string>(text)});
  }
};
const std::string kId = std::string("id=") + kFirstId;

TEST_CASE("an open incident is shown with its alert, its level, who was told with which answer, and what comes next") {
  World world;
  world.Record(EventKind::kSent, "L1 team/webhook[0]: delivered: 200 OK");
  world.Record(EventKind::kSendFailed, "L1 team/email[0]: auth_error: 535 <no>");
  world.Record(EventKind::kSent, "L1 team/webhook[0]: delivered: of the life before", kTestNow - base::hours(1));
  const net::HttpResponse page = world.Get();
  CHECK(page.status == 200);
  for (const char* const part :
       {"(1) Escalations", "HighLatency", "99th percentile is 2.3s &lt;b&gt;", "instance=db-1", "L1 team, since 2023",
        "L1 team/webhook[0]", "200 OK", "L1 team/email[0]", "535 &lt;no&gt;", "by nobody yet",
        "L2 cross-team at 2023-11-14 22:18:20, in 2m", "<option value=\"L2\">L2 cross-team</option>", kFirstId}) {
    CAPTURE(part);
    CHECK(Holds(page, part));
  }
  CHECK(!Holds(page, "of the life before"));
  CHECK(!Holds(page, "<script"));
  CHECK(HeaderOf(page, "Content-Security-Policy").find("form-action 'self'") != std::string::npos);
}

TEST_CASE("a message about many alerts of a group is one line, and the same words at another time another") {
  World world;
  const auto text = std::make_shared<const std::string>("L1 team/webhook[0]: delivered: 200 OK");
  for (const base::Duration after : {base::seconds(1), base::seconds(1), base::seconds(2)}) {
    world.Record(EventKind::kSent, "", kTestNow + after);
    world.records.back().events.back().text = text;
  }
  const net::HttpResponse page = world.Get();
  size_t lines = 0;
  for (size_t at = 0; (at = page.body.find("L1 team/webhook[0]", at)) != std::string::npos; ++at) ++lines;
  CHECK(lines == 2);
}

TEST_CASE("nothing that escalates is said in words, and what is over is listed") {
  World world;
  world.engine.Get().state = escalation::State::kResolved;
  world.engine.Get().ack_by = "ana";
  const net::HttpResponse page = world.Get();
  CHECK(Holds(page, "Nothing escalates."));
  CHECK(Holds(page, "<h2>Over</h2>"));
  CHECK(Holds(page, "HighLatency"));
  CHECK(!Holds(page, "<button"));
}

TEST_CASE("the form acknowledges with author and comment, and sends the browser back to look") {
  World world;
  const net::HttpResponse answer = world.Post(kId + "&action=ack&by=ana&comment=on+it&level=L2");
  CHECK(answer.status == 303);
  CHECK(HeaderOf(answer, "Location") == "escalations");
  REQUIRE(world.engine.actions().size() == 1);
  const auto& action = world.engine.actions()[0];
  CHECK(action.action == "ack");
  CHECK(action.by == "ana");
  CHECK(action.comment == "on it");
  CHECK(action.via == "page");
  CHECK(action.level.empty());
  const net::HttpResponse page = world.Get();
  CHECK(Holds(page, "by ana (page)"));
  CHECK(Holds(page, "when the acknowledgement ends"));
  CHECK(Holds(page, "Take back"));
  CHECK(!Holds(page, ">Acknowledge</button>"));
  CHECK(!Holds(page, "Call now"));
}

TEST_CASE("the form calls the level that was chosen") {
  World world;
  CHECK(world.Post(kId + "&action=escalate&by=ana&level=L2").status == 303);
  REQUIRE(world.engine.actions().size() == 1);
  CHECK(world.engine.actions()[0].action == "escalate");
  CHECK(world.engine.actions()[0].level == "L2");
}

TEST_CASE("who does not say who he is, or posts something else, does nothing and is counted") {
  World world;
  CHECK(world.Post(kId + "&action=ack&by=").status == 400);
  CHECK(world.Post(kId + "&action=cancel&by=ana").status == 400);
  CHECK(world.Post("id=x&action=ack&by=ana").status == 400);
  CHECK(world.Post(std::string(EscalationsPage::kMaxBodyBytes + 1, 'x')).status == 413);
  CHECK(world.Post(std::string("id=") + kSecondId + "&action=ack&by=ana").status == 404);
  CHECK(world.engine.actions().empty());
  CHECK(world.refusals.Get(Door::kApi, Why::kMalformed) == 3);
  CHECK(world.refusals.Get(Door::kApi, Why::kTooLarge) == 1);
  CHECK(world.refusals.Get(Door::kApi, Why::kUnknown) == 1);
}

TEST_CASE("the row of the page is refused when another site makes a browser post") {
  World world;
  CHECK(world.page.Routes()[0].changes_state);
}

}  // namespace
}  // namespace bekci::web::notify::escalations_page_test
