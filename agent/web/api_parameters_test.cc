#include "agent/web/api_parameters.h"

#include <doctest/doctest.h>

#include "agent/base/rfc3339.h"

namespace bekci::web::api_parameters_test {
namespace {

TEST_CASE("times are Unix seconds or RFC 3339") {
  const struct {
    const char* text;
    int64_t ms;
  } rows[] = {{"0", 0},
              {"1435781451.781", 1435781451781},
              {"1435781451.7814", 1435781451781},
              {"-1.5", -1500},
              {"1e3", 1'000'000},
              {"2015-07-01T20:10:51.781Z", 1435781451781},
              {"2015-07-01T20:10:51Z", 1435781451000},
              {"2015-07-01T22:10:51.781999+02:00", 1435781451781},
              {"1969-12-31T23:59:59Z", -1000},
              {"2000-02-29T00:00:00-00:30", 951784200000},
              {"-292273086-05-16T16:47:06Z", kMinTimeMs},
              {"292277025-08-18T07:12:54.999999999Z", kMaxTimeMs},
              {"1e300", kMaxTimeMs}};
  for (const auto& row : rows) {
    CAPTURE(row.text);
    const auto time = ParseApiTime(row.text);
    REQUIRE(time.ok());
    CHECK(*time == row.ms);
  }
  for (const char* text : {"", "foo", "2015-07-01", "2015-07-01T20:10Z", "2015-13-01T00:00:00Z", "2015-02-29T00:00:00Z",
                           "2015-07-01T24:00:00Z", "2015-07-01T20:10:51.Z", "2015-07-01T20:10:51", "NaN", "Inf",
                           "2015-07-01T20:10:51Zx", "2015-07-01T20:10:51+2:00"}) {
    CAPTURE(text);
    CHECK(ParseApiTime(text).status().message() == "cannot parse \"" + std::string(text) + "\" to a valid timestamp");
  }
}

TEST_CASE("durations are seconds or units") {
  CHECK(*ParseApiDuration("15") == base::seconds(15));
  CHECK(*ParseApiDuration("0.25") == base::milliseconds(250));
  CHECK(*ParseApiDuration("-3") == base::seconds(-3));
  CHECK(*ParseApiDuration("1h30m") == base::minutes(90));
  CHECK(ParseApiDuration("1x").status().message() == "cannot parse \"1x\" to a valid duration");
  CHECK(ParseApiDuration("").status().message() == "cannot parse \"\" to a valid duration");
  CHECK(ParseApiDuration("1e30").status().message() == "cannot parse \"1e30\" to a valid duration. It overflows int64");
}

TEST_CASE("a form in the body goes before the query string") {
  net::HttpRequest request;
  request.method = "POST";
  request.headers = {{"content-type", "application/x-www-form-urlencoded; charset=utf-8"}};
  request.query = {{"a", "1"}, {"b", "2"}, {"match[]", "x"}};
  request.body = "a=3&match%5B%5D=y+z";
  const ApiParameters parameters(request);
  CHECK(parameters.Get("a") == "3");
  CHECK(parameters.Get("b") == "2");
  CHECK(parameters.All("match[]") == std::vector<std::string_view>{"y z", "x"});
  request.body = "a=%zz";
  CHECK_FALSE(ApiParameters(request).status().ok());
  request.headers.clear();
  CHECK(ApiParameters(request).Get("a") == "1");
}

TEST_CASE("bad parameters are named") {
  net::HttpRequest request;
  request.method = "GET";
  request.query = {{"limit", "-1"}, {"n", "x"}, {"time", "y"}, {"match[]", "{a=\"\"}"}};
  const ApiParameters parameters(request);
  CHECK(parameters.Limit().status().message() == "invalid parameter \"limit\": limit must be non-negative");
  CHECK(parameters.Limit("n").status().message() ==
        "invalid parameter \"n\": strconv.Atoi: parsing \"x\": invalid syntax");
  CHECK(*parameters.Limit("none") == 0);
  CHECK(parameters.Time("time", 5).status().message() ==
        "invalid parameter \"time\": invalid time value for 'time': cannot parse \"y\" to a valid timestamp");
  CHECK(*parameters.Time("none", 5) == 5);
  CHECK(parameters.Selectors().status().message() == "match[] must contain at least one non-empty matcher");
}

TEST_CASE("times are printed for people in UTC") {
  CHECK(base::Rfc3339(1435781451781) == "2015-07-01T20:10:51.781Z");
  CHECK(base::Rfc3339(1435781451500) == "2015-07-01T20:10:51.5Z");
  CHECK(base::Rfc3339(0) == "1970-01-01T00:00:00Z");
  CHECK(base::Rfc3339(-1) == "1969-12-31T23:59:59.999Z");
}

}  // namespace
}  // namespace bekci::web::api_parameters_test
