#include "agent/collect/worker_protocol.h"

#include <doctest/doctest.h>

#include "proto/worker.pb.h"

namespace bekci::collect::worker_protocol_test {
namespace {

TEST_CASE("a configuration tree travels with its marks") {
  const std::string text = "a: 1\nb: [x, \"2\", {c: ~}]\n";
  const config::Node node = config::ParseYaml(text, "bekci.yml").value();
  worker::Node encoded;
  EncodeNode(node, &encoded);
  const config::Node decoded = DecodeNode(encoded).value();
  CHECK(SameNode(node, decoded));
  const config::Node* b = decoded.Find("b");
  REQUIRE(b != nullptr);
  REQUIRE(b->items.size() == 3);
  CHECK(b->items[1].quoted);
  CHECK(b->items[2].Find("c")->is_null());
  CHECK(b->mark.ToString() == node.Find("b")->mark.ToString());
  CHECK(b->mark.line == 2);
  CHECK(encoded.has_file());
  CHECK_FALSE(encoded.items(0).has_file());  // said once
}

TEST_CASE("the deepest tree that the YAML reader allows still travels") {
  config::Node node;
  for (int i = 0; i < config::YamlLimits().depth; ++i) {
    config::Node outer;
    outer.kind = config::Node::Kind::kSequence;
    outer.items.push_back(std::move(node));
    node = std::move(outer);
  }
  worker::Frame frame;
  EncodeNode(node, frame.mutable_prepare()->add_instances()->mutable_options());
  worker::Frame parsed;
  REQUIRE(parsed.ParseFromString(frame.SerializeAsString()));
  CHECK(SameNode(DecodeNode(parsed.prepare().instances(0).options()).value(), node));
}

TEST_CASE("trees are the same whatever their places, and differ in anything else") {
  auto parse = [](const char* text) { return config::ParseYaml(text, "x.yml").value(); };
  const config::Node node = parse("a: [1, 2]");
  CHECK(SameNode(node, parse("\n\na:\n- 1\n- 2\n")));
  CHECK_FALSE(SameNode(node, parse("a: [1, 3]")));
  CHECK_FALSE(SameNode(node, parse("a: [1]")));
  CHECK_FALSE(SameNode(node, parse("a: [1, \"2\"]")));
  CHECK_FALSE(SameNode(node, parse("b: [1, 2]")));
  CHECK_FALSE(SameNode(node, parse("a: {1: 2}")));
}

TEST_CASE("an instance travels whole") {
  InstanceConfig config;
  config.collector = "mysql";
  config.instance = "primary";
  config.deadline = base::milliseconds(1500);
  config.max_series = 77;
  config.base_directory = "/etc/bekci";
  config.options = config::ParseYaml("address: x", "bekci.yml").value();
  worker::Instance encoded;
  EncodeInstance(9, config, &encoded);
  CHECK(encoded.slot() == 9);
  CHECK(SameConfig(DecodeInstance(encoded).value(), config));
}

TEST_CASE("a metric travels with everything that the formats can say") {
  model::Metric metric;
  metric.labels = {{"a", "1"}, {"b", "\xc3\xa4"}};
  metric.timestamp = base::Timestamp{-5};
  metric.created = base::Timestamp{6};
  metric.value = 0.1;
  metric.count = 3;
  metric.sum = 1e300;
  metric.buckets = {{0.5, 1}, {1, 3}};
  metric.quantiles = {{0.99, 4}};
  metric.native = model::NativeHistogram{};
  metric.native->schema = -4;
  metric.native->reset_hint = model::CounterResetHint::kGauge;
  metric.native->positive_spans = {{-3, 2}};
  metric.native->positive_buckets = {1, 2};
  metric.native->custom_values = {9};
  metric.exemplars = {{{{"trace", "x"}}, 2, base::Timestamp{8}}};
  metric.exemplar_bounds = {1};
  worker::Metric encoded;
  EncodeMetric(metric, &encoded);
  const model::Metric decoded = DecodeMetric(encoded).value();
  CHECK(decoded.labels == metric.labels);
  CHECK(decoded.timestamp == metric.timestamp);
  CHECK(decoded.created == metric.created);
  CHECK(decoded.value == metric.value);
  CHECK(decoded.count == metric.count);
  CHECK(decoded.sum == metric.sum);
  CHECK(decoded.buckets.size() == 2);
  CHECK(decoded.buckets[1].value == 3);
  CHECK(decoded.quantiles[0].bound == 0.99);
  CHECK(decoded.native == metric.native);
  CHECK(decoded.exemplars == metric.exemplars);
  CHECK(decoded.exemplar_bounds == metric.exemplar_bounds);
}

TEST_CASE("messages that make no sense are corrupt") {
  worker::Metric metric;
  metric.add_labels("name without value");
  CHECK(DecodeMetric(metric).status().code() == base::Code::kCorrupt);
  metric.Clear();
  metric.add_labels("");
  metric.add_labels("value without name");
  CHECK(DecodeMetric(metric).status().code() == base::Code::kCorrupt);
  metric.Clear();
  metric.add_buckets(1);
  CHECK(DecodeMetric(metric).status().code() == base::Code::kCorrupt);
  metric.Clear();
  metric.mutable_native()->add_positive_offsets(0);
  metric.mutable_native()->add_positive_lengths(4'000'000'000u);
  CHECK(DecodeMetric(metric).status().code() == base::Code::kCorrupt);
  metric.Clear();
  metric.mutable_native()->set_schema(9);
  CHECK(DecodeMetric(metric).status().code() == base::Code::kCorrupt);
  metric.Clear();
  metric.add_exemplar_bounds(1);
  CHECK(DecodeMetric(metric).status().code() == base::Code::kCorrupt);

  worker::Family family;
  CHECK(DecodeFamily(family).status().code() == base::Code::kCorrupt);
  family.set_name("x");
  family.set_type(99);
  CHECK(DecodeFamily(family).status().code() == base::Code::kCorrupt);
  worker::Series series;
  series.set_family(1);
  CHECK(DecodeSeries(series, 1).status().code() == base::Code::kCorrupt);
  worker::Node node;
  node.set_kind(4);
  CHECK(DecodeNode(node).status().code() == base::Code::kCorrupt);
  node.set_kind(static_cast<uint32_t>(config::Node::Kind::kMapping));
  node.add_items();
  CHECK(DecodeNode(node).status().code() == base::Code::kCorrupt);
}

TEST_CASE("text that is not UTF-8 is repaired, run by run") {
  CHECK(RepairUtf8("plain") == "plain");
  CHECK(RepairUtf8("a\xff\xfe z") == "a\xEF\xBF\xBD z");
  CHECK(RepairUtf8("\xe4") == "\xEF\xBF\xBD");
  CHECK(RepairUtf8("\xc3\xa4\xe4\xc3\xa4") == "\xc3\xa4\xEF\xBF\xBD\xc3\xa4");
  CHECK(DecodeStatus(0, "ignored").ok());
  CHECK(DecodeStatus(999, "x\xff").ToString() == "internal: x\xEF\xBF\xBD");
}

}  // namespace
}  // namespace bekci::collect::worker_protocol_test
