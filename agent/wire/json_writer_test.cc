#include "agent/wire/json_writer.h"

#include <doctest/doctest.h>

#include <limits>

namespace bekci::wire::json_writer_test {
namespace {

std::string Quoted(std::string_view text) {
  std::string out;
  AppendJsonString(&out, text);
  return out;
}

std::string Value(double value) {
  std::string out;
  AppendJsonValue(&out, value);
  return out;
}

std::string Time(int64_t t_ms) {
  std::string out;
  AppendJsonTime(&out, t_ms);
  return out;
}

TEST_CASE("commas stand where they belong") {
  std::string out;
  JsonWriter json(&out);
  json.BeginObject();
  json.Key("a");
  json.BeginArray();
  json.EndArray();
  json.Member("b", "x{");
  json.Key("c");
  json.BeginArray();
  json.Int(-1);
  json.BeginObject();
  json.EndObject();
  json.Number(0.5);
  json.Number(std::numeric_limits<double>::infinity());
  json.Bool(true);
  json.Null();
  json.String("y[");
  json.EndArray();
  json.Member("d", int64_t{2});
  json.Member("e", false);
  json.EndObject();
  CHECK(out == R"({"a":[],"b":"x{","c":[-1,{},0.5,null,true,null,"y["],"d":2,"e":false})");
}

TEST_CASE("any bytes become valid JSON text") {
  CHECK(Quoted("") == R"("")");
  CHECK(Quoted("a\"b\\c\nd\te\r\x01\x7f") == R"("a\"b\\c\nd\te\r\u0001\u007f")");
  CHECK(Quoted("bekçi") == "\"bekçi\"");
  CHECK(Quoted("a\xff\xc3(") == "\"a\uFFFD\uFFFD(\"");
}

TEST_CASE("text that may stand in a page of HTML is escaped as Go does it") {
  std::string out;
  AppendJsonString(&out, "<a href=\"x\">&\u2028\u2029\u202a\x7f", JsonEscape::kHtml);
  CHECK(out == "\"\\u003ca href=\\\"x\\\"\\u003e\\u0026\\u2028\\u2029\u202a\x7f\"");
  out.clear();
  AppendJsonString(&out, "\xff\ufffd", JsonEscape::kHtml);  // what is no UTF-8, and the mark that stands for it
  CHECK(out == "\"\\ufffd\ufffd\"");
}

TEST_CASE("values and times look as Prometheus prints them") {
  CHECK(Value(0) == R"("0")");
  CHECK(Value(-0.0) == R"("-0")");
  CHECK(Value(1e20) == R"("100000000000000000000")");
  CHECK(Value(1e21) == R"("1e+21")");
  CHECK(Value(-1.5e300) == R"("-1.5e+300")");
  CHECK(Value(0.000001) == R"("0.000001")");
  CHECK(Value(0.00000099) == R"("9.9e-07")");
  CHECK(Value(-1.2345678901234567e-6) == R"("-0.0000012345678901234567")");
  CHECK(Value(std::numeric_limits<double>::quiet_NaN()) == R"("NaN")");
  CHECK(Value(-std::numeric_limits<double>::infinity()) == R"("-Inf")");
  CHECK(Time(0) == "0");
  CHECK(Time(1435781451781) == "1435781451.781");
  CHECK(Time(1435781451005) == "1435781451.005");
  CHECK(Time(-50) == "-0.050");
  CHECK(Time(std::numeric_limits<int64_t>::min()) == "-9223372036854775.808");
}

}  // namespace
}  // namespace bekci::wire::json_writer_test
