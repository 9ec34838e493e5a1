#include "agent/web/api.h"

#include <doctest/doctest.h>

#include "agent/storage/memory_storage.h"

namespace bekci::web::api_test {
namespace {

constexpr int64_t kStart = 1'600'000'000'000;

class FakeExtras : public storage::ExemplarQueryable, public storage::MetadataQueryable {
 public:
  base::Result<std::vector<storage::ExemplarSeries>> SelectExemplars(
      int64_t, int64_t, std::span<const std::vector<model::Matcher>> selectors) override {
    selectors_ = selectors.size();
    model::Exemplar exemplar{{{"trace_id", "abc"}}, 6, base::Timestamp{kStart + 479}};
    return std::vector<storage::ExemplarSeries>{{{{"__name__", "up"}}, {exemplar}}};
  }
  std::vector<std::pair<std::string, storage::MetricMetadata>> Metadata(std::string_view metric,
                                                                        size_t limit) const override {
    std::vector<std::pair<std::string, storage::MetricMetadata>> all = {
        {"a_total", {model::MetricType::kCounter, "What a counts.", ""}},
        {"b", {model::MetricType::kUntyped, "", "bytes"}}};
    std::erase_if(all, [&](const auto& row) { return !metric.empty() && row.first != metric; });
    if (limit != 0 && all.size() > limit) all.resize(limit);
    return all;
  }
  size_t selectors_ = 0;
};

struct Fixture {
  storage::MemoryStorage store;
  base::FakeClock clock{base::Timestamp{kStart + 60'000}};
  promql::Engine engine{{}, clock};
  FakeExtras extras;
  collect::TargetList targets;
  PrometheusApi api;
  RouteTable routes;

  Fixture()
      : api({.engine = engine,
             .store = store,
             .clock = clock,
             .exemplars = &extras,
             .metadata = &extras,
             .external_labels =
                 [] {
                   return model::Labels{{"host", "web-1"}};
                 },
             .config_text = [] { return std::string("global: {}\n"); },
             .targets = [this] { return targets; }}),
        routes(api.Routes()) {
    const auto appender = store.NewAppender();
    for (int64_t t = 0; t <= 60'000; t += 15'000) {
      const double value = static_cast<double>(t) / 1000;
      Put(*appender, {{"__name__", "up"}, {"job", "a"}, {"instance", "x"}}, kStart + t, 1);
      Put(*appender, {{"__name__", "up"}, {"job", "b"}}, kStart + t, 0);
      Put(*appender, {{"__name__", "c_total"}, {"job", "a<b>"}}, kStart + t, value);
    }
    Put(*appender, {{"__name__", "gone"}}, kStart, 1);
    Put(*appender, {{"__name__", "gone"}}, kStart + 15'000, storage::StaleMarker());
    PutHistogram(*appender);
    REQUIRE(appender->Commit().ok());
  }

  static void Put(storage::Appender& appender, const model::Labels& labels, int64_t t_ms, double value) {
    REQUIRE(appender.Append(0, labels, t_ms, value).ok());
  }
  static void PutHistogram(storage::Appender& appender) {
    auto histogram = std::make_shared<model::NativeHistogram>();
    histogram->count = 6;
    histogram->sum = 10.5;
    histogram->zero_threshold = 0.001;
    histogram->zero_count = 1;
    histogram->positive_spans = {{0, 2}};
    histogram->positive_buckets = {2, 0};
    histogram->negative_spans = {{1, 1}};
    histogram->negative_buckets = {3};
    REQUIRE(appender.AppendHistogram(0, {{"__name__", "h"}}, kStart + 60'000, histogram).ok());
  }

  net::HttpResponse Ask(std::string path, std::vector<std::pair<std::string, std::string>> query = {}) {
    net::HttpRequest request;
    request.method = "GET";
    request.path = std::move(path);
    request.query = std::move(query);
    const Route* const route = routes.Find(request.path);
    REQUIRE(route != nullptr);
    return route->handle(request);
  }
  std::string Body(std::string path, std::vector<std::pair<std::string, std::string>> query = {}) {
    return Ask(std::move(path), std::move(query)).body;
  }
};

TEST_CASE("an instant query answers with every type of value") {
  Fixture f;
  const struct {
    const char* query;
    const char* data;
  } rows[] = {
      {"1+1", R"({"resultType":"scalar","result":[1600000060,"2"]})"},
      {"\"a\\\"b\"", R"({"resultType":"string","result":[1600000060,"a\"b"]})"},
      {"up{job=\"b\"}",
       R"({"resultType":"vector","result":[{"metric":{"__name__":"up","job":"b"},"value":[1600000060,"0"]}]})"},
      {"c_total[20s]",
       R"({"resultType":"matrix","result":[{"metric":{"__name__":"c_total","job":"a<b>"},"values":[[1600000045,"45"],[1600000060,"60"]]}]})"},
      {"nothing", R"({"resultType":"vector","result":[]})"},
      {"h",
       R"({"resultType":"vector","result":[{"metric":{"__name__":"h"},"histogram":[1600000060,{"count":"6","sum":"10.5","buckets":[[1,"-2","-1","3"],[3,"-0.001","0.001","1"],[0,"0.5","1","2"]]}]}]})"},
  };
  for (const auto& row : rows) {
    CHECK(f.Body("/api/v1/query", {{"query", row.query}}) ==
          std::string(R"({"status":"success","data":)") + row.data + "}");
  }
}

TEST_CASE("a range query answers with a matrix of its steps") {
  Fixture f;
  CHECK(f.Body("/api/v1/query_range",
               {{"query", "c_total"}, {"start", "1600000000"}, {"end", "1600000030"}, {"step", "15s"}}) ==
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"c_total","job":"a<b>"},)"
        R"("values":[[1600000000,"0"],[1600000015,"15"],[1600000030,"30"]]}]}})");
  const std::string with_stats =
      f.Body("/api/v1/query_range",
             {{"query", "up"}, {"start", "1600000000"}, {"end", "1600000015"}, {"step", "15"}, {"stats", "all"}});
  CHECK(with_stats.find(R"("totalQueryableSamplesPerStep":[[1600000000,2],[1600000015,2]])") != std::string::npos);
  CHECK(with_stats.find(R"("evalTotalTime":)") != std::string::npos);
}

TEST_CASE("what cannot be asked is refused as Prometheus refuses it") {
  Fixture f;
  const struct {
    const char* path;
    std::vector<std::pair<std::string, std::string>> query;
    int status;
    const char* text;
  } rows[] = {
      {"/api/v1/query",
       {{"query", "foo bar"}},
       400,
       R"("errorType":"bad_data","error":"invalid parameter \"query\": 1:5: parse error: unexpected identifier \"bar\"")"},
      {"/api/v1/query", {{"query", "up"}, {"time", "x"}}, 400, "invalid time value for 'time'"},
      {"/api/v1/query", {{"query", "up"}, {"timeout", "x"}}, 400, R"(invalid parameter \"timeout\": cannot parse)"},
      {"/api/v1/query", {{"query", "up"}, {"limit", "x"}}, 400, R"(invalid parameter \"limit\")"},
      {"/api/v1/query", {{"query", "up"}, {"lookback_delta", "x"}}, 400, "error parsing lookback delta duration"},
      {"/api/v1/query_range", {{"query", "up"}, {"start", "1"}}, 400, R"(invalid parameter \"end\")"},
      {"/api/v1/query_range",
       {{"query", "up"}, {"start", "2"}, {"end", "1"}, {"step", "1"}},
       400,
       R"(invalid parameter \"end\": end timestamp must not be before start time)"},
      {"/api/v1/query_range",
       {{"query", "up"}, {"start", "1"}, {"end", "2"}, {"step", "0"}},
       400,
       "zero or negative query resolution step widths"},
      {"/api/v1/query_range",
       {{"query", "up"}, {"start", "0"}, {"end", "11001"}, {"step", "1"}},
       400,
       R"x("error":"exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)")x"},
      {"/api/v1/query_range",
       {{"query", "up[5m]"}, {"start", "0"}, {"end", "1"}, {"step", "1"}},
       400,
       R"(invalid expression type \"range vector\" for range query, must be Scalar or instant Vector)"},
      {"/api/v1/query", {{"query", "up + on() up"}}, 422, R"("errorType":"execution")"},
      {"/api/v1/series", {}, 400, "no match[] parameter provided"},
      {"/api/v1/series",
       {{"match[]", "{}"}},
       400,
       R"(invalid parameter \"match[]\": match[] must contain at least one non-empty matcher)"},
      {"/api/v1/label/a/other", {}, 404, "not_found"},
      {"/api/v1/metadata", {{"limit", "x"}}, 400, "limit must be a number"},
      {"/api/v1/format_query", {{"query", "("}}, 400, "unclosed left parenthesis"},
      {"/api/v1/query_exemplars", {{"query", "up"}, {"start", "2"}, {"end", "1"}}, 400, "end timestamp must not be"},
      {"/api/v1/status/tsdb", {{"limit", "0"}}, 400, "limit must be a positive number"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.path);
    const net::HttpResponse response = f.Ask(row.path, row.query);
    CHECK(response.status == row.status);
    CHECK(response.content_type == "application/json");
    CHECK_MESSAGE(response.body.find(row.text) != std::string::npos, response.body);
  }
}

TEST_CASE("11 000 steps are allowed, one more is not") {
  Fixture f;
  CHECK(f.Ask("/api/v1/query_range", {{"query", "1"}, {"start", "0"}, {"end", "11000"}, {"step", "1"}}).status == 200);
}

TEST_CASE("a limit truncates and says so") {
  Fixture f;
  const std::string body = f.Body("/api/v1/query", {{"query", "up"}, {"limit", "1"}});
  CHECK(body.find(R"("warnings":["results truncated due to limit"])") != std::string::npos);
  CHECK(f.Body("/api/v1/query", {{"query", "up"}, {"limit", "2"}}).find("truncated") == std::string::npos);
  CHECK(f.Body("/api/v1/labels", {{"limit", "2"}}) ==
        R"({"status":"success","data":["__name__","instance"],"warnings":["results truncated due to limit"]})");
  CHECK(f.Body("/api/v1/series", {{"match[]", "up"}, {"limit", "1"}}) ==
        R"({"status":"success","data":[{"__name__":"up","instance":"x","job":"a"}],)"
        R"("warnings":["results truncated due to limit"]})");
}

TEST_CASE("series and labels are listed, also over several selectors") {
  Fixture f;
  CHECK(f.Body("/api/v1/series", {{"match[]", "up"}, {"match[]", "{job=\"b\"}"}}) ==
        R"({"status":"success","data":[{"__name__":"up","instance":"x","job":"a"},{"__name__":"up","job":"b"}]})");
  CHECK(f.Body("/api/v1/labels") == R"({"status":"success","data":["__name__","instance","job"]})");
  CHECK(f.Body("/api/v1/labels", {{"match[]", "c_total"}}) == R"({"status":"success","data":["__name__","job"]})");
  CHECK(f.Body("/api/v1/label/job/values") == R"({"status":"success","data":["a","a<b>","b"]})");
  CHECK(f.Body("/api/v1/label/job/values", {{"match[]", "up{instance=\"x\"}"}, {"match[]", "c_total"}}) ==
        R"({"status":"success","data":["a","a<b>"]})");
  CHECK(f.Body("/api/v1/label/U__a_2e_b/values") == R"({"status":"success","data":[]})");
  CHECK(f.Body("/api/v1/series", {{"match[]", "nothing"}}) == R"({"status":"success","data":[]})");
}

TEST_CASE("metadata and exemplars come from the store") {
  Fixture f;
  CHECK(f.Body("/api/v1/metadata") ==
        R"({"status":"success","data":{"a_total":[{"type":"counter","help":"What a counts.","unit":""}],)"
        R"("b":[{"type":"unknown","help":"","unit":"bytes"}]}})");
  CHECK(f.Body("/api/v1/metadata", {{"metric", "b"}}) ==
        R"({"status":"success","data":{"b":[{"type":"unknown","help":"","unit":"bytes"}]}})");
  CHECK(f.Body("/api/v1/metadata", {{"limit", "0"}}) == R"({"status":"success","data":{}})");
  CHECK(f.Body("/api/v1/query_exemplars", {{"query", "rate(up[5m]) + sum(c_total)"}}) ==
        R"({"status":"success","data":[{"seriesLabels":{"__name__":"up"},"exemplars":[{"labels":{"trace_id":"abc"},)"
        R"("value":"6","timestamp":1600000000.479}]}]})");
  CHECK(f.extras.selectors_ == 2);
}

TEST_CASE("queries are formatted and taken apart") {
  Fixture f;
  CHECK(f.Body("/api/v1/format_query", {{"query", "sum by(a)(rate(b[5m]))"}}) ==
        R"x({"status":"success","data":"sum by (a) (rate(b[5m]))"})x");
  CHECK(f.Body("/api/v1/parse_query", {{"query", "a{b=\"c\"} offset 1m > bool 2"}}) ==
        R"({"status":"success","data":{"type":"binaryExpr","op":">","lhs":{"type":"vectorSelector","name":"a",)"
        R"("offset":60000,"timestamp":null,"startOrEnd":null,"matchers":[{"name":"b","type":"=","value":"c"},)"
        R"({"name":"__name__","type":"=","value":"a"}],"anchored":false,"smoothed":false},)"
        R"("rhs":{"type":"numberLiteral","val":"2"},"matching":null,"bool":true}})");
  const std::string all = f.Body(
      "/api/v1/parse_query",
      {{"query", "-sum by (x) (rate(a[5m] @ start())) * on(y) group_left(z) topk(1, (max_over_time(b[1h:1m])))"}});
  for (const char* part :
       {R"("type":"unaryExpr","op":"-")", R"("type":"aggregation","op":"sum")", R"("grouping":["x"],"without":false)",
        R"("func":{"name":"rate","argTypes":["matrix"],"variadic":0,"returnType":"vector"})",
        R"("type":"matrixSelector","range":300000)", R"("startOrEnd":"start")",
        R"("matching":{"card":"many-to-one","labels":["y"],"on":true,"include":["z"])", R"("type":"parenExpr")",
        R"("type":"subquery")", R"("range":3600000,"step":60000)"}) {
    CHECK_MESSAGE(all.find(part) != std::string::npos, part);
  }
}  // namespace

TEST_CASE("targets are listed by state") {
  Fixture f;
  collect::ActiveTarget active;
  active.target.scrape_pool = "node";
  active.target.labels = {{"job", "node"}};
  active.target.url = "http://x/metrics";
  active.target.interval = base::seconds(15);
  active.target.timeout = base::seconds(10);
  active.health = collect::TargetHealth::kUp;
  active.last_scrape = base::Timestamp{kStart};
  active.last_duration = base::milliseconds(50);
  f.targets.active.push_back(active);
  f.targets.dropped.push_back({"node", {{"__address__", "y"}}});
  f.targets.dropped_counts["node"] = 1;
  f.targets.pools = {"node"};
  CHECK(f.Body("/api/v1/targets") ==
        R"({"status":"success","data":{"activeTargets":[{"discoveredLabels":{},"labels":{"job":"node"},)"
        R"("scrapePool":"node","scrapeUrl":"http://x/metrics","globalUrl":"http://x/metrics","lastError":"",)"
        R"("lastScrape":"2020-09-13T12:26:40Z","lastScrapeDuration":0.05,"health":"up","scrapeInterval":"15s",)"
        R"("scrapeTimeout":"10s"}],"droppedTargets":[{"discoveredLabels":{"__address__":"y"},"scrapePool":"node"}],)"
        R"("droppedTargetCounts":{"node":1}}})");
  CHECK(f.Body("/api/v1/targets", {{"state", "dropped"}}).find(R"("activeTargets":[])") != std::string::npos);
  CHECK(f.Body("/api/v1/targets", {{"scrapePool", "other"}}).find(R"("activeTargets":[],"droppedTargets":[])") !=
        std::string::npos);
  CHECK(f.Body("/api/v1/scrape_pools") == R"({"status":"success","data":{"scrapePools":["node"]}})");
}

TEST_CASE("status pages answer, and what comes later is empty") {
  Fixture f;
  CHECK(f.Body("/api/v1/status/config") == R"({"status":"success","data":{"yaml":"global: {}\n"}})");
  CHECK(f.Body("/api/v1/status/flags") == R"({"status":"success","data":{}})");
  CHECK(f.Body("/api/v1/status/buildinfo").find(R"("version":"3.14.0")") != std::string::npos);
  CHECK(f.Body("/api/v1/status/runtimeinfo").find(R"("serverTime":"2020-09-13T12:27:40Z")") != std::string::npos);
  CHECK(f.Body("/api/v1/status/tsdb").find(R"("headStats":{"numSeries":0)") != std::string::npos);
  CHECK(f.Body("/api/v1/status/walreplay") ==
        R"({"status":"success","data":{"min":0,"max":0,"current":0,"state":"done"}})");
  CHECK(f.Body("/api/v1/rules") == R"({"status":"success","data":{"groups":[]}})");
  CHECK(f.Body("/api/v1/alerts") == R"({"status":"success","data":{"alerts":[]}})");
}

TEST_CASE("a federating server sees the newest samples with their times") {
  Fixture f;
  const net::HttpResponse page = f.Ask("/federate", {{"match[]", "up"}, {"match[]", "{__name__=~\"c_.*|gone|up\"}"}});
  CHECK(page.status == 200);
  CHECK(page.body ==
        "# TYPE c_total untyped\n"
        "c_total{host=\"web-1\",instance=\"\",job=\"a<b>\"} 60 1600000060000\n"
        "# TYPE up untyped\n"
        "up{host=\"web-1\",instance=\"x\",job=\"a\"} 1 1600000060000\n"
        "up{host=\"web-1\",instance=\"\",job=\"b\"} 0 1600000060000\n");
  CHECK(f.Ask("/federate", {{"match[]", "{"}}).status == 400);
  f.clock.JumpWall(base::minutes(5));
  CHECK(f.Ask("/federate", {{"match[]", "up"}}).body.empty());
}

TEST_CASE("large answers are compressed for those who take it") {
  Fixture f;
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/api/v1/query_range";
  request.query = {{"query", "up"}, {"start", "1600000000"}, {"end", "1600000060"}, {"step", "0.1"}};
  request.headers = {{"Accept-Encoding", "gzip"}};
  const net::HttpResponse response = f.routes.Find(request.path)->handle(request);
  CHECK(response.status == 200);
  CHECK(response.body.size() < 10'000);
  CHECK(response.body.substr(0, 2) == "\x1f\x8b");
}

TEST_CASE("a query whose client has gone is not computed") {
  Fixture f;
  net::HttpRequest request;
  request.method = "GET";
  request.path = "/api/v1/query";
  request.query = {{"query", "up"}};
  request.gone = std::make_shared<std::atomic<bool>>(true);
  const net::HttpResponse response = f.routes.Find(request.path)->handle(request);
  CHECK(response.status == 499);
  CHECK(response.body.find(R"("errorType":"canceled")") != std::string::npos);
}

}  // namespace
}  // namespace bekci::web::api_test
