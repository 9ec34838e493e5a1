// Any bytes as a query: the parser answers within its limits; what it accepts prints to a text that parses to the same
// tree, the pretty form too; what it refuses names a place.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/promql/parser.h"
#include "agent/promql/printer.h"
#include "agent/promql/same_tree.h"

namespace bekci::promql {
namespace {

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void MustBeSame(const Expr& tree, const std::string& text) {
  const auto again = ParseExpr(text, Features::All());
  if (!again.ok()) Fail("what was printed does not parse", again.status().message() + "\n" + text);
  if (!SameTree(tree, **again)) Fail("what was printed parses to another tree", text);
}

void Try(std::string_view query) {
  const auto tree = ParseExpr(query, Features::All());
  if (!tree.ok()) {
    if (tree.status().message().find(": parse error: ") == std::string::npos) {
      Fail("an error without a place", tree.status().message());
    }
    return;
  }
  MustBeSame(**tree, Print(**tree));
  MustBeSame(**tree, Prettify(**tree));
  (void)ParseExpr(query, Features());
  (void)ParseMetricSelector(query);
}

}  // namespace
}  // namespace bekci::promql

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::promql::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
