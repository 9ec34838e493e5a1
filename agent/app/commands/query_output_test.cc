#include "agent/app/commands/query_output.h"

#include <doctest/doctest.h>

#include <sstream>

#include "agent/app/commands/terminal_chart.h"

namespace bekci::app::commands::query_output_test {
namespace {

constexpr const char* kVector =
    R"({"status":"success","data":{"resultType":"vector","result":[)"
    R"({"metric":{"__name__":"up","job":"a,b"},"value":[1600000060.5,"1"]},)"
    R"({"metric":{"zone":"x"},"histogram":[1600000060,{"count":"3","sum":"4.5","buckets":[[0,"1","2","3"]]}]}]},)"
    R"("warnings":["w"],"infos":["i"]})";
constexpr const char* kMatrix =
    R"({"status":"success","data":{"resultType":"matrix","result":[)"
    R"({"metric":{"__name__":"up"},"values":[[1600000000,"0"],[1600000015,"NaN"],[1600000030,"2"]]},)"
    R"({"metric":{},"values":[[1600000000,"1"],[1600000030,"1"]]}]}})";

QueryAnswer Parsed(const char* json) {
  auto answer = ParseQueryAnswer(json);
  REQUIRE(answer.ok());
  return *std::move(answer);
}

template <typename Print>
std::string Printed(Print print) {
  std::ostringstream out;
  print(out);
  return out.str();
}

TEST_CASE("a table is what people read") {
  const QueryAnswer vector = Parsed(kVector);
  CHECK(vector.warnings == std::vector<std::string>{"w"});
  CHECK(vector.infos == std::vector<std::string>{"i"});
  CHECK(Printed([&](auto& out) { PrintTable(vector, out); }) ==
        "METRIC         VALUE\n"
        "up{job=\"a,b\"}  1\n"
        "{zone=\"x\"}     {count:3, sum:4.5, (1,2]:3}\n");
  CHECK(Printed([&](auto& out) { PrintTable(Parsed(kMatrix), out); }) ==
        "up\n"
        "  2020-09-13T12:26:40Z      0\n"
        "  2020-09-13T12:26:55Z      NaN\n"
        "  2020-09-13T12:27:10Z      2\n"
        "{}\n"
        "  2020-09-13T12:26:40Z      1\n"
        "  2020-09-13T12:27:10Z      1\n");
  const QueryAnswer scalar = Parsed(R"({"status":"success","data":{"resultType":"scalar","result":[1,"2.5"]}})");
  CHECK(Printed([&](auto& out) { PrintTable(scalar, out); }) == "2.5\n");
  const QueryAnswer nothing = Parsed(R"({"status":"success","data":{"resultType":"vector","result":[]}})");
  CHECK(Printed([&](auto& out) { PrintTable(nothing, out); }) == "no series\n");
}

TEST_CASE("CSV has a column for every label") {
  CHECK(Printed([&](auto& out) { PrintCsv(Parsed(kVector), out); }) ==
        "__name__,job,zone,timestamp,value\n"
        "up,\"a,b\",,1600000060.5,1\n"
        ",,x,1600000060,\"{count:3, sum:4.5, (1,2]:3}\"\n");
}

TEST_CASE("a chart draws curves with letters") {
  CHECK(Printed([&](auto& out) { PrintChart(Parsed(kMatrix), {.columns = 41, .rows = 3}, out); }) ==
        "2 |                                        a\n"
        "  |b                                       b\n"
        "0 |a\n"
        "  +-----------------------------------------\n"
        "   2020-09-13T12:26:40Z 2020-09-13T12:27:10Z\n"
        "  a  up\n"
        "  b  {}\n");
  CHECK(Printed([&](auto& out) {
          PrintChart(Parsed(R"({"status":"success","data":{"resultType":"matrix","result":[]}})"), {}, out);
        }) == "nothing to draw\n");
}

TEST_CASE("errors and nonsense are told apart") {
  const QueryAnswer error = Parsed(R"({"status":"error","errorType":"bad_data","error":"no"})");
  CHECK(error.error == "no");
  CHECK(error.error_type == "bad_data");
  for (const char* text : {"", "x", "[]", "{}", "{\"status\":"}) CHECK_FALSE(ParseQueryAnswer(text).ok());
  // Shapes that no server sends are read as far as they make sense.
  for (const char* text :
       {R"({"status":"success"})", R"({"status":"success","data":{"resultType":"vector","result":[1,{},{"value":3}]}})",
        R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":[],"values":[[1],["a","b"]]}]}})",
        R"({"status":1,"data":2})"}) {
    const QueryAnswer answer = Parsed(text);
    for (const QuerySeries& series : answer.series) CHECK(series.points.empty());
  }
}

}  // namespace
}  // namespace bekci::app::commands::query_output_test
