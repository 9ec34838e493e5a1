#include <doctest/doctest.h>

#include "exporters/host/captured_host.h"
#include "exporters/host/textfile_store.h"

namespace bekci::exporters::host::textfile_test {
namespace {

struct Store {
  base::FakeClock clock;
  base::MemoryFileSystem fs{&clock};
  base::CaptureLogger log;
  TextfileStore store{fs, log};

  void Put(const std::string& name, std::string_view text) {
    clock.Advance(base::seconds(1));
    fs.Put("/t/" + name, text);
  }
  void Refresh() { store.Refresh({"/t"}, false); }
  const model::MetricFamily* Family(std::string_view name) {
    for (const auto& family : store.families()) {
      if (family.name == name) return &family;
    }
    return nullptr;
  }
};

}  // namespace

TEST_CASE("a bad file costs only itself, is said once with its line, and is taken back when it is mended") {
  Store t;
  t.Put("good.prom", "# HELP a one\n# TYPE a gauge\na 1\n");
  t.Put("bad.prom", "fine 1\nnot a metric at all{\n");
  t.Put("not-looked-at.txt", "b 2\n");
  t.Refresh();
  t.Refresh();
  REQUIRE(t.Family("a") != nullptr);
  CHECK(t.Family("a")->help == "one");
  CHECK(t.Family("fine") == nullptr);
  CHECK(t.Family("b") == nullptr);
  CHECK(t.store.failed());
  CHECK(t.store.files().size() == 1);
  CHECK(t.log.CountContaining("/t/bad.prom:2:") == 1);
  t.Put("bad.prom", "fine 1\n");
  t.Refresh();
  CHECK_FALSE(t.store.failed());
  REQUIRE(t.Family("fine") != nullptr);
  CHECK(t.Family("fine")->help == "Metric read from /t/bad.prom");
  CHECK(t.log.CountContaining("can be used again") == 1);
}

TEST_CASE("files that a textfile may not be are refused whole") {
  struct Row {
    int line;
    const char* text;
    const char* says;
  };
  const Row rows[] = {
      {__LINE__, "a 1 123456\n", "timestamps"},
      {__LINE__, "a{\n", ":1:"},
      {__LINE__, "# TYPE a strange\na 1\n", ":1:"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    Store t;
    t.Put("x.prom", row.text);
    t.Refresh();
    CHECK(t.store.failed());
    CHECK(t.store.families().empty());
    CHECK(t.log.CountContaining(row.says) == 1);
  }
  Store t;
  REQUIRE(t.fs.CreateDirectory("/t").ok());
  REQUIRE(t.fs.CreateDirectory("/t/dir.prom").ok());
  t.fs.PutLink("/t/link.prom", "/nowhere");
  t.Refresh();
  CHECK(t.store.failed());
  CHECK(t.log.CountContaining("not a regular file") == 1);
  CHECK(t.log.CountContaining("link.prom") == 1);
}

TEST_CASE("a family in several files is one family; disagreement about type or help costs the later file that family") {
  Store t;
  t.Put("a.prom", "# HELP m help one\n# TYPE m gauge\nm{x=\"1\"} 1\n");
  t.Put("b.prom", "# HELP m help two\n# TYPE m gauge\nm{x=\"2\"} 2\nother 1\n");
  t.Put("c.prom", "# HELP m help one\n# TYPE m counter\nm{x=\"3\"} 3\n");
  t.Put("d.prom", "# HELP m help one\n# TYPE m gauge\nm{x=\"4\"} 4\nm{x=\"1\"} 9\n");
  t.Put("e.prom", "# TYPE m gauge\nm{x=\"5\"} 5\n");
  t.Refresh();
  REQUIRE(t.Family("m") != nullptr);
  const auto& metrics = t.Family("m")->metrics;
  REQUIRE(metrics.size() == 3);
  CHECK(metrics[0].value == 1);
  CHECK(metrics[1].value == 4);
  CHECK(metrics[2].value == 5);
  CHECK(t.Family("other") != nullptr);
  CHECK(t.log.CountContaining("disagrees") == 2);
  CHECK(t.log.CountContaining("repeats a series") == 1);
}

TEST_CASE(
    "files and directories that go away take their series with them; a missing directory is an error unless allowed") {
  Store t;
  t.Put("a.prom", "a 1\n");
  t.Refresh();
  CHECK(t.store.files().size() == 1);
  REQUIRE(t.fs.Remove("/t/a.prom").ok());
  t.Refresh();
  CHECK(t.store.families().empty());
  CHECK(t.store.files().empty());
  t.store.Refresh({"/missing"}, true);
  CHECK_FALSE(t.store.failed());
  t.store.Refresh({"/missing"}, false);
  CHECK(t.store.failed());
}

TEST_CASE("directories may be patterns") {
  Store t;
  for (const char* directory : {"a", "b", ".hidden"}) {
    t.fs.Put("/var/lib/" + std::string(directory) + "/metrics/x.prom",
             "from{directory=\"" + std::string(directory) + "\"} 1\n");
  }
  t.store.Refresh({"/var/lib/*/metrics"}, false);
  REQUIRE(t.Family("from") != nullptr);
  CHECK(t.Family("from")->metrics.size() == 2);
  CHECK(t.store.files().size() == 2);
  CHECK_FALSE(t.store.failed());
  t.store.Refresh({"/no/*"}, false);
  CHECK(t.store.files().empty());
}

TEST_CASE("more series than the cap cost the file that goes over it") {
  Store t;
  std::string many;
  for (int i = 0; i < 15'000; ++i) many += "m{i=\"" + std::to_string(i) + "\"} 1\n";
  t.Put("a.prom", many);
  std::string more;
  for (int i = 0; i < 15'000; ++i) more += "n{i=\"" + std::to_string(i) + "\"} 1\n";
  t.Put("b.prom", more);
  t.Refresh();
  CHECK(t.Family("m") != nullptr);
  CHECK(t.Family("n") == nullptr);
  CHECK(t.store.failed());
  CHECK(t.log.CountContaining("20000 series") == 1);
}

TEST_CASE("the part shows files' families, their times and whether something is wrong") {
  CapturedHost host;
  host.fs.Put("/x/a.prom", "# TYPE h histogram\nh_bucket{le=\"1\"} 1\nh_bucket{le=\"+Inf\"} 2\nh_sum 3\nh_count 2\n");
  const auto collector = host.Make("textfile: {directory: /x}");
  const std::string page = CapturedHost::Page(*collector, "textfile");
  CHECK(page.find("h_bucket{le=\"+Inf\"} 2\n") != std::string::npos);
  CHECK(page.find("node_textfile_mtime_seconds{file=\"/x/a.prom\"} 1.7e+09\n") != std::string::npos);
  CHECK(page.find("node_textfile_scrape_error 0\n") != std::string::npos);
  CHECK(CapturedHost::Page(*collector, "textfile").find("h_count 2\n") != std::string::npos);
}

}  // namespace bekci::exporters::host::textfile_test
