#include "agent/collect/round_assembler.h"

#include <doctest/doctest.h>

#include <functional>

#include "proto/worker.pb.h"

namespace bekci::collect::round_assembler_test {
namespace {

worker::Schema SchemaOf(uint64_t id, size_t series, uint64_t schema_id = 1, uint32_t stream = 0) {
  worker::Schema schema;
  schema.set_id(id);
  schema.set_stream(stream);
  schema.set_schema_id(schema_id);
  schema.add_families()->set_name("a");
  schema.mutable_families(0)->set_type(static_cast<uint32_t>(model::MetricType::kGauge));
  for (size_t i = 0; i < series; ++i) {
    worker::Series* one = schema.add_series();
    one->add_labels("n");
    one->add_labels(std::to_string(series - i));
  }
  return schema;
}

worker::Values ValuesOf(uint64_t id, const std::vector<double>& values) {
  worker::Values message;
  message.set_id(id);
  message.set_data(values.data(), values.size() * sizeof(double));
  return message;
}

worker::Done DoneOf(uint64_t id, uint64_t schema_id = 1, uint32_t stream = 0) {
  worker::Done done;
  done.set_id(id);
  done.set_schema_id(schema_id);
  done.set_stream(stream);
  return done;
}

worker::Extra ExtraOf(uint64_t id, const std::string& name, const std::vector<std::string>& label_values) {
  worker::Extra extra;
  extra.set_id(id);
  auto* family = extra.add_families();
  family->mutable_family()->set_name(name);
  for (const std::string& value : label_values) {
    worker::Metric* metric = family->add_metrics();
    metric->add_labels("l");
    metric->add_labels(value);
  }
  return extra;
}

TEST_CASE("a schema is sent once, values each round, and they come out in page order") {
  RoundAssembler assembler(100);
  REQUIRE(assembler.OnSchema(SchemaOf(1, 3)).ok());
  REQUIRE(assembler.OnValues(ValuesOf(1, {1, 2})).ok());
  REQUIRE(assembler.OnValues(ValuesOf(1, {3})).ok());
  const auto first = assembler.OnDone(DoneOf(1)).value();
  REQUIRE(first.round != nullptr);
  CHECK(first.round->values == std::vector<double>{3, 2, 1});  // arrived as n=3, 2, 1
  REQUIRE(assembler.OnValues(ValuesOf(2, {4, 5, 6})).ok());
  const auto second = assembler.OnDone(DoneOf(2)).value();
  CHECK(second.round->schema == first.round->schema);
  CHECK(second.round->values == std::vector<double>{6, 5, 4});
}

TEST_CASE("streams have schemas of their own") {
  RoundAssembler assembler(100);
  REQUIRE(assembler.OnSchema(SchemaOf(1, 2, 1, 0)).ok());
  REQUIRE(assembler.OnValues(ValuesOf(1, {1, 2})).ok());
  REQUIRE(assembler.OnDone(DoneOf(1, 1, 0)).ok());
  REQUIRE(assembler.OnSchema(SchemaOf(2, 1, 2, 4)).ok());
  REQUIRE(assembler.OnValues(ValuesOf(2, {9})).ok());
  CHECK(assembler.OnDone(DoneOf(2, 2, 4)).value().round->values == std::vector<double>{9});
  REQUIRE(assembler.OnValues(ValuesOf(3, {1, 2})).ok());
  CHECK(assembler.OnDone(DoneOf(3, 1, 0)).ok());
}

TEST_CASE("what no honest worker sends is corrupt") {
  struct Row {
    int line;
    std::function<base::Status(RoundAssembler&)> act;
  };
  const Row rows[] = {
      {__LINE__, [](RoundAssembler& a) { return a.OnValues(ValuesOf(0, {1})); }},
      {__LINE__, [](RoundAssembler& a) { return a.OnSchema(SchemaOf(1, 1, 1, kFilteredStreams + 1)); }},
      {__LINE__, [](RoundAssembler& a) { return a.OnSchema(SchemaOf(1, 1, 0)); }},
      {__LINE__, [](RoundAssembler& a) { return a.OnDone(DoneOf(1)).status(); }},  // a schema never sent
      {__LINE__,
       [](RoundAssembler& a) {
         (void)a.OnValues(ValuesOf(1, {1})).ok();
         return a.OnValues(ValuesOf(2, {1}));
       }},
      {__LINE__,
       [](RoundAssembler& a) {
         (void)a.OnSchema(SchemaOf(1, 2)).ok();
         (void)a.OnValues(ValuesOf(1, {1})).ok();
         return a.OnDone(DoneOf(1)).status();  // one value too few
       }},
      {__LINE__,
       [](RoundAssembler& a) {
         (void)a.OnSchema(SchemaOf(1, 2)).ok();
         return a.OnDone(DoneOf(1, 2)).status();  // another schema
       }},
      {__LINE__,
       [](RoundAssembler& a) {
         (void)a.OnSchema(SchemaOf(1, 2)).ok();
         return a.OnSchema(SchemaOf(1, 2, 2));
       }},
      {__LINE__,
       [](RoundAssembler& a) {
         (void)a.OnValues(ValuesOf(1, {1})).ok();
         return a.OnDone(DoneOf(1, 0)).status();  // values without a schema
       }},
      {__LINE__,
       [](RoundAssembler& a) {
         worker::Values odd;
         odd.set_id(1);
         odd.set_data("1234567");
         return a.OnValues(odd);
       }},
      {__LINE__,
       [](RoundAssembler& a) {
         worker::Schema schema = SchemaOf(1, 1);
         schema.mutable_series(0)->set_family(1);
         return a.OnSchema(schema);
       }},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    RoundAssembler assembler(100);
    CHECK(row.act(assembler).code() == base::Code::kCorrupt);
  }
}

TEST_CASE("a round over its limit is read to the end, dropped, and says how many") {
  RoundAssembler assembler(10);
  REQUIRE(assembler.OnSchema(SchemaOf(1, 8)).ok());
  REQUIRE(assembler.OnSchema(SchemaOf(1, 8)).ok());
  REQUIRE(assembler.OnValues(ValuesOf(1, std::vector<double>(16))).ok());
  const auto over = assembler.OnDone(DoneOf(1)).value();
  CHECK(over.status.code() == base::Code::kLimit);
  CHECK(over.status.message() == "16 series, allowed are 10 (max_series)");
  CHECK(over.round == nullptr);
  REQUIRE(assembler.OnSchema(SchemaOf(2, 8, 2)).ok());
  REQUIRE(assembler.OnValues(ValuesOf(2, std::vector<double>(8))).ok());
  CHECK(assembler.OnDone(DoneOf(2, 2)).value().round != nullptr);

  for (int i = 0; i < 40; ++i) REQUIRE(assembler.OnValues(ValuesOf(3, std::vector<double>(8000))).ok());
  CHECK(assembler.OnDone(DoneOf(3, 2)).value().status.code() == base::Code::kLimit);
}

TEST_CASE("families without a fixed shape are merged, sorted and united") {
  RoundAssembler assembler(100);
  REQUIRE(assembler.OnExtra(ExtraOf(1, "z", {"2", "1"})).ok());
  REQUIRE(assembler.OnExtra(ExtraOf(1, "z", {"1", "0"})).ok());
  REQUIRE(assembler.OnExtra(ExtraOf(1, "b", {"x"})).ok());
  const auto done = assembler.OnDone(DoneOf(1, 0)).value();
  REQUIRE(done.round != nullptr);
  REQUIRE(done.round->extra.size() == 2);
  CHECK(done.round->extra[0].name == "b");
  REQUIRE(done.round->extra[1].metrics.size() == 3);
  CHECK(done.round->extra[1].metrics[0].labels.Get("l") == "0");
}

TEST_CASE("a failure without values has no round, and a refusal may stand inside a round") {
  RoundAssembler assembler(100);
  worker::Done failed = DoneOf(1, 0);
  failed.set_code(static_cast<uint32_t>(base::Code::kTimeout));
  failed.set_message("slow");
  failed.set_duration_ns(-5);
  const auto result = assembler.OnDone(failed).value();
  CHECK(result.round == nullptr);
  CHECK(result.status.ToString() == "timeout: slow");
  CHECK(result.duration == base::Duration::zero());

  REQUIRE(assembler.OnSchema(SchemaOf(2, 1)).ok());
  failed.set_id(3);
  failed.set_refused(true);
  CHECK(assembler.OnDone(failed).value().id == 3);
  REQUIRE(assembler.OnValues(ValuesOf(2, {1})).ok());
  CHECK(assembler.OnDone(DoneOf(2)).value().round != nullptr);
}

}  // namespace
}  // namespace bekci::collect::round_assembler_test
