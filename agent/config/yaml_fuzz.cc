// Any bytes as a configuration file: ParseYaml must answer within its limits, Check against a table of every type must
// answer with values or errors, and what the printer makes of a tree must parse to that tree again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "agent/config/docs.h"
#include "agent/config/node.h"
#include "agent/config/option.h"
#include "agent/config/yaml_printer.h"

namespace bekci::config {
namespace {

constexpr std::string_view kWords[] = {"debug", "info", "warn"};
constexpr Option kInner[] = {
    {.key = "name", .type = Type::kString, .required = true},
    {.key = "size", .type = Type::kSize, .default_text = "1KiB", .min = 0, .max = 1e9},
    {.key = "file", .type = Type::kSecretFile},
};
constexpr Option kMiddle[] = {
    {.key = "inner", .type = Type::kSection, .section = kInner},
    {.key = "every", .type = Type::kDuration, .default_text = "15s", .min = 1, .max = 60},
};
constexpr Option kTable[] = {
    {.key = "s", .type = Type::kString},
    {.key = "secret", .type = Type::kString, .secret = true},
    {.key = "b", .type = Type::kBool},
    {.key = "i", .type = Type::kInteger, .default_text = "3", .min = -5, .max = 100},
    {.key = "f", .type = Type::kFloat},
    {.key = "d", .type = Type::kDuration},
    {.key = "z", .type = Type::kSize},
    {.key = "r", .type = Type::kRegex},
    {.key = "c", .type = Type::kChoice, .choices = kWords},
    {.key = "p", .type = Type::kSecretFile},
    {.key = "l", .type = Type::kStrings, .default_text = "[a, b]"},
    {.key = "m", .type = Type::kStringMap},
    {.key = "one", .type = Type::kSection, .section = kMiddle},
    {.key = "many", .type = Type::kSections, .section = kInner},
    {.key = "t", .type = Type::kTree},
};

// Same kinds, texts and order. A plain text with odd characters may have been quoted by the printer: it is no number
// either way.
bool Same(const Node& a, const Node& b) {
  if (a.kind != b.kind || a.scalar != b.scalar || a.items.size() != b.items.size()) return false;
  if (a.entries.size() != b.entries.size()) return false;
  if (a.is_scalar() && a.quoted != b.quoted && IsPlainText(a.scalar)) return false;
  for (size_t i = 0; i < a.items.size(); ++i) {
    if (!Same(a.items[i], b.items[i])) return false;
  }
  for (size_t i = 0; i < a.entries.size(); ++i) {
    if (!Same(a.entries[i].first, b.entries[i].first) || !Same(a.entries[i].second, b.entries[i].second)) return false;
  }
  return true;
}

void Fail(const char* what, const std::string& detail) {
  std::fprintf(stderr, "%s\n%s\n", what, detail.c_str());
  std::abort();
}

void Try(std::string_view text) {
  const auto parsed = ParseYaml(text, "fuzz.yml");
  if (!parsed.ok()) {
    const std::string message = parsed.status().message();
    if (!message.starts_with("fuzz.yml:")) Fail("an error without a place", message);
    if (message.find('\n') != std::string::npos) Fail("an error of several lines", message);
    return;
  }
  const std::string printed = PrintYaml(*parsed);
  const auto again = ParseYaml(printed, "printed.yml", {.bytes = 64 << 20});
  if (!again.ok()) Fail("what was printed does not parse", again.status().message() + "\n" + printed);
  if (!Same(*parsed, *again)) Fail("what was printed parses to another tree", printed);
  Errors errors;
  const Values values = Check(*parsed, kTable, &errors, "/etc");
  for (const std::string& line : errors.lines()) {
    if (line.find('\n') != std::string::npos) Fail("an error of several lines", line);
  }
  if (values.Integer("i") < -5 || values.Integer("i") > 100) Fail("a value out of range", printed);
  if (values.Section("one").Duration("every") < base::seconds(1)) Fail("a duration out of range", printed);
}

}  // namespace
}  // namespace bekci::config

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bekci::config::Try(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
