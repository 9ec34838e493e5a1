// JUnit's XML, as continuous integration reads it: testsuites > testsuite (a file) > testcase (a test) > failure.
// There is no standard but what readers agree on: the schema that Jenkins publishes for its xUnit plugin.
#include <array>
#include <cstdio>

#include "agent/base/utf8.h"
#include "agent/ruler/testing/test_report.h"

namespace bekci::ruler::testing {
namespace {

// What XML 1.0 cannot carry even escaped (control characters, non-characters) becomes U+FFFD.
bool InXml(char32_t rune) {
  return rune == '\t' || rune == '\n' || rune == '\r' || (rune >= 0x20 && rune != 0xFFFE && rune != 0xFFFF);
}

void AppendEscaped(std::string* out, std::string_view text) {
  while (!text.empty()) {
    size_t size = 0;
    const char32_t rune = base::DecodeRune(text, &size);
    text.remove_prefix(size);
    switch (rune) {
      case '&':
        *out += "&amp;";
        break;
      case '<':
        *out += "&lt;";
        break;
      case '>':
        *out += "&gt;";
        break;
      case '"':
        *out += "&quot;";
        break;
      case '\n':
        *out += "&#10;";  // within an attribute it would be read as a space
        break;
      case '\t':
        *out += "&#9;";
        break;
      case '\r':
        *out += "&#13;";
        break;
      default:
        base::AppendRune(out, InXml(rune) ? rune : base::kReplacementRune);
    }
  }
}

void AppendAttribute(std::string* out, std::string_view name, std::string_view value) {
  out->append(" ").append(name).append("=\"");
  AppendEscaped(out, value);
  *out += '"';
}

void AppendSeconds(std::string* out, base::Duration took) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", base::ToSeconds(took));
  AppendAttribute(out, "time", text.data());
}

void AppendProblem(std::string* out, std::string_view element, std::string_view message, const std::string& text) {
  out->append("      <").append(element);
  AppendAttribute(out, "message", message);
  *out += '>';
  AppendEscaped(out, text);
  out->append("</").append(element).append(">\n");
}

void AppendCase(std::string* out, const TestReport& test, const std::string& path) {
  *out += "    <testcase";
  AppendAttribute(out, "name", test.title);
  AppendAttribute(out, "classname", path);
  AppendAttribute(out, "file", path);
  AppendAttribute(out, "line", std::to_string(test.mark.line));
  AppendSeconds(out, test.took);
  if (test.passed()) {
    *out += "/>\n";
    return;
  }
  *out += ">\n";
  for (const TestFailure& failure : test.failures) {
    std::string text = failure.mark.ToString() + ": " + failure.headline + "\n";
    for (const std::string& line : failure.lines) text += line + "\n";
    AppendProblem(out, "failure", failure.headline, text);
  }
  *out += "    </testcase>\n";
}

void AppendSuite(std::string* out, const FileReport& report) {
  const bool broken = !report.status.ok();
  *out += "  <testsuite";
  AppendAttribute(out, "name", report.path);
  AppendAttribute(out, "tests", std::to_string(report.tests.size() + report.skipped + (broken ? 1 : 0)));
  AppendAttribute(out, "failures", std::to_string(report.failed_tests()));
  AppendAttribute(out, "errors", broken ? "1" : "0");
  AppendAttribute(out, "skipped", std::to_string(report.skipped));
  AppendSeconds(out, report.took);
  *out += ">\n";
  if (broken) {
    *out += "    <testcase";
    AppendAttribute(out, "name", "load");
    AppendAttribute(out, "classname", report.path);
    *out += ">\n";
    AppendProblem(out, "error", report.status.message().substr(0, report.status.message().find('\n')),
                  report.status.message());
    *out += "    </testcase>\n";
  }
  for (const TestReport& test : report.tests) AppendCase(out, test, report.path);
  *out += "  </testsuite>\n";
}

}  // namespace

std::string JUnitXml(const std::vector<FileReport>& reports) {
  size_t tests = 0;
  size_t failures = 0;
  size_t errors = 0;
  for (const FileReport& report : reports) {
    tests += report.tests.size() + report.skipped + (report.status.ok() ? 0 : 1);
    failures += report.failed_tests();
    errors += report.status.ok() ? 0U : 1U;
  }
  std::string out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites";
  AppendAttribute(&out, "name", "bekci test rules");
  AppendAttribute(&out, "tests", std::to_string(tests));
  AppendAttribute(&out, "failures", std::to_string(failures));
  AppendAttribute(&out, "errors", std::to_string(errors));
  out += ">\n";
  for (const FileReport& report : reports) AppendSuite(&out, report);
  return out + "</testsuites>\n";
}

}  // namespace bekci::ruler::testing
