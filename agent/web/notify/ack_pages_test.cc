#include "agent/web/notify/ack_pages.h"

#include <cstdlib>
#include <fstream>

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::ack_pages_test {
namespace {

struct World {
  base::FakeClock clock{kTestNow};
  Escalations engine{clock};
  Refusals refusals;
  std::string contact = "ana";
  AckPages pages{engine.Sources(), [this](std::string_view id, const LinkQuery& query) { return Check(id, query); },
                 refusals};
  net::Handler handler = pages.AckHandler();

  // As the real one sees it: the signature covers the id and the query.
  LinkVerdict Check(std::string_view id, const LinkQuery& query) const {
    LinkVerdict link;
    for (const auto& [key, value] : query) {
      if (key == "s" && value == "good-" + std::string(id)) link.kind = LinkVerdict::Kind::kGood;
      if (key == "a") link.action = value;
      if (key == "l") link.level = value;
    }
    link.contact = contact;
    link.expires = kTestNow + base::hours(24);
    return link;
  }
  net::HttpRequest Link(const std::string& method, const std::string& body = {}, const std::string& id = kFirstId) {
    net::HttpRequest request = RequestFor(method, "/e/" + id, {{"a", "ack"}, {"l", "L1"}, {"s", "good-" + id}}, body);
    request.headers = {{"Host", "bekci.example.test"}};
    return request;
  }
  net::HttpResponse Ask(const net::HttpRequest& request) { return handler(request); }
};

TEST_CASE("looking at a link acknowledges nothing, however often it is looked at") {
  World world;
  for (int i = 0; i < 3; ++i) {
    const net::HttpResponse page = world.Ask(world.Link("GET"));
    CHECK(page.status == 200);
    CHECK(Holds(page, "<button>Acknowledge</button>"));
    CHECK(Holds(page, "HighLatency"));
    CHECK(Holds(page, "99th percentile is 2.3s &lt;b&gt;"));
    CHECK(Holds(page, "unless you are ana"));
  }
  CHECK(world.Ask(world.Link("HEAD")).status == 200);
  CHECK(world.engine.actions().empty());
}

TEST_CASE("pressing the button acknowledges as the person whom the link was sent to") {
  World world;
  const net::HttpResponse page = world.Ask(world.Link("POST", "comment=on+it&by="));
  CHECK(page.status == 200);
  CHECK(Holds(page, "Acknowledged by ana."));
  REQUIRE(world.engine.actions().size() == 1);
  CHECK(world.engine.actions()[0].by == "ana");
  CHECK(world.engine.actions()[0].comment == "on it");
  CHECK(world.engine.actions()[0].via == "link");
  CHECK(world.engine.actions()[0].action == "ack");
}

TEST_CASE("who presses the button of somebody else's link may give a name, and whose link it was stays known") {
  World world;
  world.contact = "team-page";
  CHECK(Holds(world.Ask(world.Link("POST", "by=bo")), "Acknowledged by bo (team-page)."));
  CHECK(world.engine.actions().back().by == "bo (team-page)");
}

TEST_CASE("a link that was sent to nobody in particular asks for a name") {
  World world;
  world.contact.clear();
  CHECK(Holds(world.Ask(world.Link("GET")), "name=\"by\""));
  const net::HttpResponse nameless = world.Ask(world.Link("POST", "by=+&comment="));
  CHECK(nameless.status == 400);
  CHECK(Holds(nameless, "Please say who you are."));
  CHECK(world.engine.actions().empty());
  CHECK(world.Ask(world.Link("POST", "by=cy")).status == 200);
  CHECK(world.engine.actions().back().by == "cy");
}

TEST_CASE("a second use is refused politely, says who has it since when, and is counted") {
  World world;
  REQUIRE(world.Ask(world.Link("POST")).status == 200);
  world.clock.Advance(base::minutes(3));
  const net::HttpResponse again = world.Ask(world.Link("POST"));
  CHECK(again.status == 409);
  CHECK(Holds(again, "Already acknowledged by ana at 2023-11-14 22:13:20 UTC"));
  CHECK(world.refusals.Get(Door::kLink, Why::kReplayed) == 1);
  // The same link with its query in another order, and something behind it, is the same link.
  net::HttpRequest turned = world.Link("POST");
  std::reverse(turned.query.begin(), turned.query.end());
  turned.query.emplace_back("x", "y");
  CHECK(world.Ask(turned).status == 409);
  CHECK(world.refusals.Get(Door::kLink, Why::kReplayed) == 2);
  CHECK(world.engine.actions().size() == 1);
  CHECK_FALSE(Holds(world.Ask(world.Link("GET")), "<button>"));
}

TEST_CASE("a used link stays used when its acknowledgement has ended") {
  World world;
  REQUIRE(world.Ask(world.Link("POST")).status == 200);
  world.engine.Get().acked = false;
  world.engine.Get().state = escalation::State::kActive;
  CHECK(world.Ask(world.Link("POST")).status == 409);
  const net::HttpResponse page = world.Ask(world.Link("GET"));
  CHECK(Holds(page, "This link was used before"));
  CHECK_FALSE(Holds(page, "<button>"));
  CHECK(world.engine.actions().size() == 1);
}

TEST_CASE("who comes second with a link of his own hears who was first") {
  World world;
  REQUIRE(world.Ask(world.Link("POST")).status == 200);
  world.contact = "bo";
  const net::HttpResponse page = world.Ask(world.Link("POST"));
  CHECK(page.status == 409);
  CHECK(Holds(page, "Already acknowledged by ana"));
  CHECK(world.refusals.Get(Door::kLink, Why::kAnswered) == 1);
}

TEST_CASE("forged links are refused with words, tell nothing of the incident, and are counted") {
  World world;
  for (const char* const method : {"GET", "POST"}) {
    net::HttpRequest forged = world.Link(method);
    forged.query = {{"a", "ack"}, {"s", "made up"}};
    const net::HttpResponse page = world.Ask(forged);
    CHECK(page.status == 403);
    CHECK_FALSE(Holds(page, "HighLatency"));
    net::HttpRequest moved = world.Link(method);
    moved.path = std::string("/e/") + kSecondId;
    CHECK(world.Ask(moved).status == 403);
  }
  net::HttpRequest other = world.Link("POST");
  other.query[0].second = "cancel";
  CHECK(world.Ask(other).status == 403);
  CHECK(world.refusals.Get(Door::kLink, Why::kForged) == 5);
  CHECK(world.engine.actions().empty());
}

TEST_CASE("expired links are refused with words and counted") {
  World world;
  world.clock.Advance(base::hours(24));
  CHECK(world.Ask(world.Link("GET")).status == 410);
  CHECK(world.Ask(world.Link("POST")).status == 410);
  CHECK(world.refusals.Get(Door::kLink, Why::kExpired) == 2);
  CHECK(world.engine.actions().empty());
}

TEST_CASE("what is over is told so") {
  World world;
  world.engine.Get().state = escalation::State::kResolved;
  CHECK(Holds(world.Ask(world.Link("GET")), "It is over: resolved"));
  CHECK(world.Ask(world.Link("POST")).status == 409);
  CHECK(world.refusals.Get(Door::kLink, Why::kClosed) == 1);
  CHECK(world.Ask(world.Link("GET", "", kSecondId)).status == 404);
}

TEST_CASE("what another site makes a browser send is refused and counted; our own page is not") {
  World world;
  net::HttpRequest cross = world.Link("POST");
  cross.headers.emplace_back("Sec-Fetch-Site", "cross-site");
  CHECK(world.Ask(cross).status == 403);
  net::HttpRequest origin = world.Link("POST");
  origin.headers.emplace_back("Origin", "https://evil.example.test");
  CHECK(world.Ask(origin).status == 403);
  CHECK(world.refusals.Get(Door::kLink, Why::kOtherSite) == 2);
  CHECK(world.engine.actions().empty());
  // What a browser sends from a page that sends no Referer.
  net::HttpRequest own = world.Link("POST");
  own.headers.emplace_back("Sec-Fetch-Site", "same-origin");
  own.headers.emplace_back("Origin", "null");
  CHECK(world.Ask(own).status == 200);
}

TEST_CASE("a link can be used again when the agent could not act on it") {
  World world;
  world.engine.FailWith(base::Unavailable("the agent is stopping"));
  const net::HttpResponse page = world.Ask(world.Link("POST"));
  CHECK(page.status == 503);
  CHECK(Holds(page, "the agent is stopping"));
  CHECK(Holds(page, "<button>Acknowledge</button>"));
  world.engine.FailWith(base::OkStatus());
  CHECK(world.Ask(world.Link("POST")).status == 200);
}

TEST_CASE("long bodies and too many requests of one address are refused and counted") {
  World world;
  CHECK(world.Ask(world.Link("POST", std::string(AckPages::kMaxBodyBytes + 1, 'x'))).status == 413);
  CHECK(world.refusals.Get(Door::kLink, Why::kTooLarge) == 1);
  int refused = 0;
  for (int i = 0; i < 100; ++i) refused += world.Ask(world.Link("GET")).status == 429 ? 1 : 0;
  CHECK(refused > 50);
  CHECK(world.refusals.Get(Door::kLink, Why::kTooMany) == static_cast<uint64_t>(refused));
  net::HttpRequest neighbour = world.Link("GET");
  neighbour.client_address = "192.0.2.8";
  CHECK(world.Ask(neighbour).status == 200);
  world.clock.Advance(base::minutes(2));
  CHECK(world.Ask(world.Link("GET")).status == 200);
}

TEST_CASE("pages say to every browser on the way that they are nobody else's") {
  World world;
  for (const int expected : {200, 403}) {
    net::HttpRequest request = world.Link("GET");
    if (expected == 403) request.query.clear();
    const net::HttpResponse page = world.Ask(request);
    CHECK(page.status == expected);
    CHECK(HeaderOf(page, "Cache-Control") == "no-store");
    CHECK(HeaderOf(page, "Referrer-Policy") == "no-referrer");
    CHECK(HeaderOf(page, "X-Frame-Options") == "DENY");
    CHECK(HeaderOf(page, "Set-Cookie").empty());
    CHECK(HeaderOf(page, "Content-Security-Policy").find("default-src 'none'; style-src 'sha256-") == 0);
    CHECK_FALSE(Holds(page, "<script"));
    CHECK_FALSE(Holds(page, "http://bekci"));
    CHECK_FALSE(Holds(page, "good-01JD"));
  }
}

TEST_CASE("the listener of its own serves links and nothing else") {
  World world;
  for (const char* const path : {"/", "/metrics", "/e", "/api/v1/escalations", "/-/reload", "/incidents"}) {
    CAPTURE(path);
    CHECK(world.Ask(RequestFor("GET", path)).status == 404);
    CHECK(world.Ask(RequestFor("POST", path)).status == 404);
  }
  CHECK(world.Ask(RequestFor("DELETE", "/e/x")).status == 405);
}

// For looking at the pages: BEKCI_PAGES=<directory> writes them there.
TEST_CASE("pages can be written to a directory to be looked at") {
  World world;
  const char* const directory = std::getenv("BEKCI_PAGES");
  net::HttpRequest forged = world.Link("GET");
  forged.query.clear();
  std::vector<std::pair<std::string, net::HttpResponse>> pages = {{"ask.html", world.Ask(world.Link("GET"))},
                                                                  {"forged.html", world.Ask(forged)}};
  pages.emplace_back("done.html", world.Ask(world.Link("POST", "comment=restarting+the+replica")));
  pages.emplace_back("again.html", world.Ask(world.Link("GET")));
  for (const auto& [name, page] : pages) {
    CHECK(page.body.ends_with("</html>\n"));
    if (directory != nullptr) std::ofstream(std::string(directory) + "/" + name) << page.body;
  }
}

}  // namespace
}  // namespace bekci::web::notify::ack_pages_test
