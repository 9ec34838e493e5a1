#include "exporters/host/host.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "exporters/host/captured_host.h"
#include "exporters/host/part.h"
#include "tests/support/readme.h"

namespace bekci::exporters::host::host_test {
namespace {

// The message with which these options are refused.
std::string Refused(const std::string& yaml) {
  CapturedHost host;
  const auto node = config::ParseYaml(yaml, "bekci.yml");
  REQUIRE(node.ok());
  config::Errors errors;
  const config::Values values = config::Check(*node, kSpec.options, &errors);
  REQUIRE(errors.empty());
  const auto made = MakeHost(values, {&host.fs, &host.clock, &host.log}, host.calls);
  return made.ok() ? "" : made.status().message();
}

std::string PageWith(collect::Collector& collector, std::vector<std::string> only, std::vector<std::string> exclude) {
  collect::CollectContext context{base::MonotonicTime::Max(), std::move(only), std::move(exclude)};
  FamilySink sink;
  sink.Begin();
  static_cast<void>(collector.Collect(context, sink));
  std::string names;
  for (const auto& family : model::ToFamilies(sink.FinishRound())) names += family.name + "\n";
  return names;
}

}  // namespace

TEST_CASE(
    "a part that found nothing three times is asked again after a minute, and then each time it finds something") {
  CapturedHost host(std::vector<CapturedFile>{});
  const auto collector = host.Make();
  const auto shows_conntrack = [&] {
    return PageWith(*collector, {"conntrack"}, {}).find("node_nf_conntrack_entries\n") != std::string::npos;
  };
  for (int i = 0; i < 3; ++i) CHECK_FALSE(shows_conntrack());
  host.fs.Put("/proc/sys/net/netfilter/nf_conntrack_count", "5\n");
  host.fs.Put("/proc/sys/net/netfilter/nf_conntrack_max", "9\n");
  CHECK_FALSE(shows_conntrack());
  host.clock.Advance(base::seconds(60));
  CHECK(shows_conntrack());
  host.fs.Put("/proc/sys/net/netfilter/nf_conntrack_count", "6\n");
  CHECK(CapturedHost::Page(*collector).find("\nnode_nf_conntrack_entries 6\n") != std::string::npos);
}

TEST_CASE("the README lists the parts as they are") {
  testing::CheckReadmeTable("exporters/host/README.md", "parts", testing::PartTable(AllParts()));
}

TEST_CASE("parts are sorted by name and complete") {
  const auto parts = AllParts();
  CHECK(std::is_sorted(parts.begin(), parts.end(), [](auto* a, auto* b) { return a->name < b->name; }));
  for (const PartSpec* part : parts) {
    CAPTURE(part->name);
    CHECK_FALSE(part->help.empty());
    CHECK_FALSE(part->metrics.empty());
    CHECK((part->make != nullptr));
  }
}

TEST_CASE("unknown parts and filters that exclude each other are refused in words") {
  CHECK(Refused("parts: {disable: [filesystems]}") ==
        "bekci.yml:1: the host collector has no part \"filesystems\", did you mean \"filesystem\"?");
  CHECK(Refused("netdev: {device_include: eth, device_exclude: lo}") ==
        "bekci.yml:1: device_exclude and device_include exclude each other, keep one");
  CHECK(Refused("netdev: {device_include: eth}") == "");
}

TEST_CASE("collect[] and exclude[] choose parts, and host means all of them") {
  CapturedHost host;
  const auto collector = host.Make();
  const std::string all = PageWith(*collector, {}, {});
  CHECK(PageWith(*collector, {"host"}, {}) == all);
  CHECK(PageWith(*collector, {"loadavg"}, {}) ==
        "node_load1\nnode_load15\nnode_load5\nnode_scrape_collector_duration_seconds\nnode_scrape_collector_success\n");
  CHECK(PageWith(*collector, {}, {"loadavg"}).find("node_load1") == std::string::npos);
  CHECK(PageWith(*collector, {}, {"host"}) == "");
}

TEST_CASE("a round whose time is over says so for every part that was left, and adds nothing else") {
  CapturedHost host;
  const auto collector = host.Make();
  collect::CollectContext context;
  context.deadline = host.clock.Monotonic();
  FamilySink sink;
  sink.Begin();
  CHECK(collector->Collect(context, sink).ok());
  const auto families = model::ToFamilies(sink.FinishRound());
  REQUIRE(families.size() == 2);
  for (const model::Metric& metric : families[1].metrics) CHECK(metric.value == 0);
}

TEST_CASE("a steady host brings the same schema round after round") {
  CapturedHost host;
  const auto collector = host.Make();
  collect::CollectContext context;
  context.deadline = base::MonotonicTime::Max();
  FamilySink sink;
  for (int round = 0; round < 3; ++round) {
    sink.Begin();
    CHECK(collector->Collect(context, sink).ok());
    CHECK(sink.Finish().schema_changed == (round == 0));
  }
}

}  // namespace bekci::exporters::host::host_test
