// Holds every #include under agent/ and exporters/ against the picture of the layers, so that the picture stays true:
//
//     app
//     web
//     ruler | notify | remote | collect   <-- exporters/* (see collect, net, wire, config, model, base)
//     promql | template | tsdb | client
//     storage | wire | config | net
//     model
//     base
//
// An include may only point down; boxes on one line do not see each other. Of the line promql | template | tsdb |
// client only ruler sees promql and template, notify sees template, web sees both, and who asks others sees client;
// tsdb is handed in by app through storage. kLayers below is this picture, and the place to change it.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "tests/style/source_tree.h"

namespace bekci::style::layers_test {
namespace {

struct Layer {
  std::string_view box;
  int height;              // the line of the picture, from the ground up
  std::string_view below;  // what it may include, apart from itself
};

constexpr std::array<Layer, 16> kLayers = {{
    {"base", 0, ""},
    {"model", 1, "base"},
    {"storage", 2, "model base"},
    {"wire", 2, "model base"},
    {"config", 2, "model base"},
    {"net", 2, "model base"},
    {"promql", 3, "storage wire config net model base"},
    {"template", 3, "storage wire config net model base"},
    {"tsdb", 3, "storage wire config net model base"},
    {"client", 3, "storage wire config net model base"},
    {"ruler", 4, "promql template storage wire config net model base"},
    {"notify", 4, "client template storage wire config net model base"},
    {"remote", 4, "client storage wire config net model base"},
    {"collect", 4, "client storage wire config net model base"},
    {"web", 5, "ruler notify remote collect client promql template storage wire config net model base"},
    {"app", 6, "web ruler notify remote collect client promql template tsdb storage wire config net model base"},
}};
constexpr std::string_view kExporterSees = "collect net wire config model base";

// "agent/base/text.h" -> {"agent", "base"}
struct Place {
  std::string_view top;
  std::string_view box;
};
Place PlaceOf(std::string_view path) {
  const auto parts = base::Split(path, '/');
  return {parts[0], parts.size() > 2 ? parts[1] : std::string_view()};
}

const Layer* FindLayer(std::string_view box) {
  const auto found = std::find_if(kLayers.begin(), kLayers.end(), [&](const Layer& l) { return l.box == box; });
  return found == kLayers.end() ? nullptr : &*found;
}

bool Names(std::string_view list, std::string_view box) {
  const auto boxes = base::Split(list, ' ');
  return !box.empty() && std::find(boxes.begin(), boxes.end(), box) != boxes.end();
}

std::string Text(std::string_view view) {
  return std::string(view);
}

// Why `from`, a box of agent/, may not include from agent/`to`; empty when it may.
std::string RefuseInAgent(std::string_view from, std::string_view to) {
  const Layer* layer = FindLayer(from);
  if (layer == nullptr) return "agent/" + Text(from) + " is no box of the picture: give it a line in kLayers";
  if (from == to || Names(layer->below, to)) return "";
  const Layer* target = FindLayer(to);
  if (target == nullptr) return "agent/" + Text(to) + " is no box of the picture: give it a line in kLayers";
  const std::string end =
      "; " + Text(from) + " may include: " + (layer->below.empty() ? "nothing" : Text(layer->below));
  if (target->height > layer->height) {
    return Text(to) + " lies above " + Text(from) + ", and an include may only point down: hand it in from above" + end;
  }
  if (target->height == layer->height) {
    return Text(from) + " and " + Text(to) +
           " are boxes on one line and do not see each other: move what both need down" + end;
  }
  return Text(to) + " reaches " + Text(from) + " only through an interface below both, connected by app" + end;
}

// Why `file` may not include `what`; empty when it may, or when it is no include of ours.
std::string Refuse(const SourceFile& file, std::string_view what) {
  const Place from = PlaceOf(file.path);
  const Place to = PlaceOf(what);
  if (to.top == "tests") return file.IsTest() ? "" : "only tests may include from tests/";
  if (from.top == "agent" && to.top == "exporters") {
    return "agent/ knows no collector by name: the table generated from the folders of exporters/ does";
  }
  if (from.top == "agent" && to.top == "agent") return RefuseInAgent(from.box, to.box);
  if (from.top != "exporters") return "";
  if (to.top == "exporters" && to.box != from.box) {
    return "a collector is one folder and sees no other: move what both need to agent/collect";
  }
  if (to.top == "agent" && !Names(kExporterSees, to.box)) {
    return "a collector sees " + Text(kExporterSees) + ", not " + Text(to.box);
  }
  return "";
}

std::vector<std::string> CheckLayers(const std::vector<SourceFile>& files) {
  std::vector<std::string> findings;
  for (const SourceFile& file : files) {
    for (const Include& include : IncludesOf(file)) {
      const std::string reason = Refuse(file, include.what);
      if (reason.empty()) continue;
      findings.push_back(file.path + ":" + std::to_string(include.line) + ": includes \"" + include.what +
                         "\": " + reason);
    }
  }
  return findings;
}

TEST_CASE("every include points down in the picture of the layers") {
  const auto files = LoadTree(BEKCI_SOURCE_DIR, {"agent", "exporters"});
  REQUIRE(files.size() > 20);
  const auto findings = CheckLayers(files);
  INFO(Report(findings));
  CHECK(findings.empty());
}

TEST_CASE("the table agrees with itself: boxes see lower lines only, and whole ones but for the line of tsdb") {
  for (const Layer& layer : kLayers) {
    for (const std::string_view box : base::Split(layer.below, ' ')) {
      if (box.empty()) continue;
      REQUIRE(FindLayer(box) != nullptr);
      CHECK(FindLayer(box)->height < layer.height);
    }
    for (const Layer& other : kLayers) {
      const bool open = other.height < layer.height && other.height != 3;
      if (open) CHECK(Names(layer.below, other.box));
    }
  }
}

TEST_CASE("an include that points up, sideways or around is refused with the reason") {
  const struct {
    const char* file;
    const char* what;
    const char* reason;
  } rows[] = {
      {"agent/base/a.h", "agent/model/labels.h", "model lies above base"},
      {"agent/wire/a.cc", "agent/net/http.h", "boxes on one line"},
      {"agent/collect/a.cc", "agent/web/b.h", "web lies above collect"},
      {"agent/web/a.cc", "agent/tsdb/head.h", "only through an interface"},
      {"agent/notify/a.cc", "agent/promql/parser.h", "only through an interface"},
      {"agent/ruler/a.cc", "agent/notify/store.h", "boxes on one line"},
      {"agent/attic/a.cc", "agent/base/text.h", "agent/attic is no box"},
      {"agent/web/a.cc", "agent/attic/b.h", "agent/attic is no box"},
      {"agent/app/a.cc", "exporters/host/host.h", "knows no collector by name"},
      {"agent/wire/a.cc", "tests/support/x.h", "only tests"},
      {"exporters/redis/a.cc", "exporters/host/host.h", "sees no other"},
      {"exporters/redis/a.cc", "agent/web/server.h", "a collector sees collect net wire"},
      {"exporters/redis/a.cc", "agent/storage/appender.h", "not storage"},
  };
  for (const auto& row : rows) {
    const SourceFile file{row.file, "// A file.\n#include <vector>\n#  include \"" + std::string(row.what) + "\"\n"};
    const auto findings = CheckLayers({file});
    REQUIRE(findings.size() == 1);
    INFO(findings[0]);
    CHECK(findings[0].starts_with(std::string(row.file) + ":3: includes "));
    CHECK(findings[0].find(row.reason) != std::string::npos);
  }
}

TEST_CASE("what the picture allows is allowed") {
  const struct {
    const char* file;
    const char* what;
  } rows[] = {{"agent/model/a.cc", "agent/base/text.h"},       {"agent/ruler/a.cc", "agent/promql/parser.h"},
              {"agent/notify/a.cc", "agent/template/parse.h"}, {"agent/app/a.cc", "agent/tsdb/head.h"},
              {"agent/wire/a.cc", "agent/wire/b.h"},           {"agent/wire/a_test.cc", "tests/support/x.h"},
              {"exporters/host/a.cc", "exporters/host/b.h"},   {"exporters/host/a.cc", "agent/collect/collector.h"},
              {"agent/wire/a.cc", "proto/metrics.pb.h"},       {"agent/net/a.cc", "openssl/ssl.h"}};
  for (const auto& row : rows) {
    const std::string text = "#include \"" + std::string(row.what) + "\"\n";
    CHECK(CheckLayers({SourceFile{row.file, text}}).empty());
  }
}

}  // namespace
}  // namespace bekci::style::layers_test
