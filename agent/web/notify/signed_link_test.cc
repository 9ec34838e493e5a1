#include "agent/web/notify/signed_link.h"

#include <algorithm>

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::signed_link_test {
namespace {

constexpr const char* kKeys = "k1 000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
constexpr const char* kOtherKeys = "k1 ff0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n";
const std::vector<std::string> kContacts = {"", "ana", "team-page"};

escalation::AckLinks KeysOf(const char* text) {
  auto links = escalation::AckLinks::Parse(text, "ack.key");
  REQUIRE(links.ok());
  return *std::move(links);
}

LinkQuery QueryOf(const std::string& link) {
  LinkQuery query;
  REQUIRE(net::ParseForm(std::string_view(link).substr(link.find('?') + 1), &query));
  return query;
}

struct World {
  escalation::AckLinks links = KeysOf(kKeys);
  base::Timestamp expires = kTestNow + base::hours(24);
  LinkQuery query = QueryOf(links.Make("https://b.example.test", kFirstId, "ack", "L1", "ana", expires));

  LinkVerdict Verify(std::string_view id = kFirstId, base::Timestamp now = kTestNow) {
    return VerifySignedLink(links, kContacts, id, query, now);
  }
};

TEST_CASE("a link that was made here says what it allows, for whom, and until when") {
  World world;
  const LinkVerdict link = world.Verify();
  CHECK(link.kind == LinkVerdict::Kind::kGood);
  CHECK(link.action == "ack");
  CHECK(link.level == "L1");
  CHECK(link.contact == "ana");
  CHECK(link.expires == world.expires);
  world.query = QueryOf(world.links.Make("", kFirstId, "ack", "L1", "", world.expires));
  CHECK(world.Verify().kind == LinkVerdict::Kind::kGood);
}

TEST_CASE("a link in which anything was changed, left out or doubled is none of ours") {
  World world;
  CHECK(world.Verify(kSecondId).kind == LinkVerdict::Kind::kForged);
  const LinkQuery good = world.query;
  for (size_t i = 0; i < good.size(); ++i) {
    CAPTURE(good[i].first);
    world.query = good;
    world.query[i].second.back() = world.query[i].second.back() == 'A' ? 'B' : 'A';
    CHECK(world.Verify().kind == LinkVerdict::Kind::kForged);
    world.query = good;
    world.query.erase(world.query.begin() + static_cast<std::ptrdiff_t>(i));
    CHECK(world.Verify().kind == LinkVerdict::Kind::kForged);
    world.query = good;
    world.query.push_back(good[i]);
    CHECK(world.Verify().kind == LinkVerdict::Kind::kForged);
  }
  world.query = QueryOf(KeysOf(kOtherKeys).Make("", kFirstId, "ack", "L1", "ana", world.expires));
  CHECK(world.Verify().kind == LinkVerdict::Kind::kForged);
  world.query = QueryOf(world.links.Make("", kFirstId, "ack", "L1", "mallory", world.expires));
  CHECK(world.Verify().kind == LinkVerdict::Kind::kForged);
}

TEST_CASE("a link that has expired is told from one that was made up") {
  World world;
  CHECK(world.Verify(kFirstId, world.expires + base::seconds(1)).kind == LinkVerdict::Kind::kExpired);
}

TEST_CASE("pages and links go together: shown, used once, refused after") {
  World world;
  base::FakeClock clock{kTestNow};
  Escalations engine(clock);
  Refusals refusals;
  AckPages pages(
      engine.Sources(),
      [&](std::string_view id, const LinkQuery& query) {
        return VerifySignedLink(world.links, kContacts, id, query, clock.Now());
      },
      refusals);
  const net::Handler handler = pages.AckHandler();
  const auto ask = [&](const std::string& method) {
    return handler(RequestFor(method, std::string("/e/") + kFirstId, world.query)).status;
  };
  CHECK(ask("GET") == 200);
  CHECK(ask("POST") == 200);
  CHECK(ask("POST") == 409);
  CHECK(engine.actions().size() == 1);
  clock.Advance(base::hours(25));
  CHECK(ask("POST") == 410);
  CHECK(refusals.Get(Door::kLink, Why::kReplayed) == 1);
  CHECK(refusals.Get(Door::kLink, Why::kExpired) == 1);
}

}  // namespace
}  // namespace bekci::web::notify::signed_link_test
