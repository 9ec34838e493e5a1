#include "agent/web/notify/escalations_api.h"

#include <nlohmann/json.hpp>

#include "agent/web/notify/sources_for_tests.h"

namespace bekci::web::notify::escalations_api_test {
namespace {

using Json = nlohmann::json;

constexpr const char* kList = "/api/v1/escalations";

struct World {
  base::FakeClock clock{kTestNow};
  Escalations engine{clock};
  Refusals refusals;
  EscalationsApi api{engine.Sources(), refusals};
  RouteTable routes{api.Routes()};

  net::HttpResponse Ask(const net::HttpRequest& request) {
    const Route* const route = routes.Find(request.path);
    REQUIRE(route != nullptr);
    return route->handle(request);
  }
  net::HttpResponse Get(const std::string& path, QueryPairs query = {}) {
    return Ask(RequestFor("GET", path, std::move(query)));
  }
  net::HttpResponse Act(const std::string& id, const std::string& action, const std::string& body) {
    return Ask(RequestFor("POST", std::string(kList) + "/" + id + "/" + action, {}, body));
  }
  std::vector<std::string> Ids(QueryPairs query) {
    const net::HttpResponse response = Get(kList, std::move(query));
    REQUIRE(response.status == 200);
    std::vector<std::string> ids;
    const Json document = Json::parse(response.body);
    for (const Json& one : document.at("data")) ids.push_back(one.at("id"));
    return ids;
  }
};

TEST_CASE("escalations are listed newest first, and state, policy and alert choose among them") {
  World world;
  world.engine.Add(kSecondId, "DiskFull").state = escalation::State::kResolved;
  CHECK(world.Ids({}) == std::vector<std::string>{kSecondId, kFirstId});
  CHECK(world.Ids({{"state", "open"}}) == std::vector<std::string>{kFirstId});
  CHECK(world.Ids({{"state", "acked,resolved"}}) == std::vector<std::string>{kSecondId});
  CHECK(world.Ids({{"state", "active"}, {"state", "resolved"}}).size() == 2);
  CHECK(world.Ids({{"policy", "low"}}).empty());
  CHECK(world.Ids({{"alert", "HighLatency"}}) == std::vector<std::string>{kFirstId});
}

TEST_CASE("a state that does not exist is refused with what was probably meant") {
  World world;
  const net::HttpResponse response = world.Get(kList, {{"state", "acket"}});
  CHECK(response.status == 400);
  CHECK(Json::parse(response.body).at("errorType") == "bad_data");
  CHECK(Holds(response, "did you mean \\\"acked\\\"?"));
}

TEST_CASE("one escalation says who acknowledged, what lies ahead, what fires and what happened") {
  World world;
  REQUIRE(world.Act(kFirstId, "ack", R"({"by":"ana","comment":"on it","for":"2h"})").status == 200);
  const Json data = Json::parse(world.Get(std::string(kList) + "/" + kFirstId).body).at("data");
  CHECK(data.at("state") == "acked");
  CHECK(data.at("level") == "L1");
  CHECK(data.at("ackWithin") == "5m");
  CHECK(data.at("acknowledgement").at("by") == "ana");
  CHECK(data.at("acknowledgement").at("comment") == "on it");
  CHECK(data.at("acknowledgement").at("until") == "2023-11-15T00:13:20.000Z");
  CHECK(data.at("ahead").at(0).at("level") == "L2");
  CHECK(data.at("alerts").at(0).at("labels").at("instance") == "db-1");
  CHECK(data.at("timeline").size() == 2);
}

TEST_CASE("an action reaches the engine with who, why and for how long, and answers with what has become of it") {
  World world;
  const net::HttpResponse response = world.Act(kFirstId, "ack", R"({"by":" ana\n","comment":"on it","for":"90m"})");
  REQUIRE(response.status == 200);
  CHECK(Json::parse(response.body).at("data").at("state") == "acked");
  REQUIRE(world.engine.actions().size() == 1);
  const auto& action = world.engine.actions().front();
  CHECK(action.id == kFirstId);
  CHECK(action.by == "ana");
  CHECK(action.comment == "on it");
  CHECK(action.via == "api");
  CHECK(action.lasts_for == base::minutes(90));
  for (const char* const verb : {"unack", "escalate", "cancel"}) {
    CHECK(world.Act(kFirstId, verb, R"({"by":"bo"})").status == 200);
    CHECK(world.engine.actions().back().action == verb);
  }
}

TEST_CASE("escalate may name a level, and nothing else may") {
  World world;
  CHECK(world.Act(kFirstId, "escalate", R"({"by":"ana","comment":"all shops","level":"L3"})").status == 200);
  CHECK(world.engine.actions().back().level == "L3");
  CHECK(world.engine.actions().back().comment == "all shops");
  CHECK(world.Act(kFirstId, "ack", R"({"by":"ana","level":"L3"})").status == 400);
  CHECK(world.Act(kFirstId, "escalate", R"({"by":"ana","level":3})").status == 400);
  CHECK(world.engine.actions().size() == 1);
}

TEST_CASE("who is asking may come from the user name of the request, and somebody must be named") {
  World world;
  net::HttpRequest request = RequestFor("POST", std::string(kList) + "/" + kFirstId + "/ack");
  CHECK(world.Ask(request).status == 400);
  request.headers.emplace_back("Authorization", "Basic YW5hOnNlY3JldA==");
  CHECK(world.Ask(request).status == 200);
  CHECK(world.engine.actions().back().by == "ana");
}

TEST_CASE("what is closed answers 409, what is not there 404, what makes no sense 400, and each is counted") {
  World world;
  world.engine.Get().state = escalation::State::kResolved;
  const net::HttpResponse closed = world.Act(kFirstId, "ack", R"({"by":"ana"})");
  CHECK(closed.status == 409);
  CHECK(Json::parse(closed.body).at("errorType") == "conflict");
  CHECK(world.Act(kSecondId, "ack", R"({"by":"ana"})").status == 404);
  for (const char* const body : {"{", "[]", R"({"by":5})", R"({"by":"ana","for":"soon"})",
                                 R"({"by":"ana","for":"-1h"})", R"({"by":"ana","coment":"x"})", R"({"by":"  "})"}) {
    CAPTURE(body);
    CHECK(world.Act(kFirstId, "ack", body).status == 400);
  }
  CHECK(world.Act(kFirstId, "cancel", R"({"by":"ana","for":"1h"})").status == 400);
  CHECK(world.Act(kFirstId, "ak", "{}").status == 404);
  CHECK(world.refusals.Get(Door::kApi, Why::kClosed) == 1);
  CHECK(world.refusals.Get(Door::kApi, Why::kUnknown) == 1);
  CHECK(world.refusals.Get(Door::kApi, Why::kMalformed) == 8);
  CHECK(world.engine.actions().empty());
}

TEST_CASE("while nothing escalates an action answers 503") {
  World world;
  world.engine.FailWith(base::Unavailable("there is no escalation.yml"));
  CHECK(world.Act(kFirstId, "ack", R"({"by":"ana"})").status == 503);
}

TEST_CASE("a body that is too large or no JSON by its type is refused and counted") {
  World world;
  CHECK(world.Act(kFirstId, "ack", std::string(EscalationsApi::kMaxBodyBytes + 1, ' ')).status == 413);
  CHECK(world.refusals.Get(Door::kApi, Why::kTooLarge) == 1);
  net::HttpRequest request = RequestFor("POST", std::string(kList) + "/" + kFirstId + "/ack", {}, "by=ana");
  request.headers = {{"Content-Type", "application/x-www-form-urlencoded"}};
  CHECK(world.Ask(request).status == 415);
}

TEST_CASE("methods and ids that do not fit are answered with what would") {
  World world;
  CHECK(HeaderOf(world.Ask(RequestFor("POST", std::string(kList) + "/" + kFirstId)), "Allow") == "GET, HEAD");
  CHECK(HeaderOf(world.Get(std::string(kList) + "/" + kFirstId + "/ack"), "Allow") == "POST");
  CHECK(world.Get(std::string(kList) + "/nonsense").status == 404);
  CHECK(world.Get(std::string(kList) + "/" + kSecondId).status == 404);
}

TEST_CASE("what changes something is a route that the site holds against other sites") {
  World world;
  const Route* const route = world.routes.Find(std::string(kList) + "/" + kFirstId + "/ack");
  REQUIRE(route != nullptr);
  CHECK(route->changes_state);
}

}  // namespace
}  // namespace bekci::web::notify::escalations_api_test
