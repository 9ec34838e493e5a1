#include "agent/ruler/testing/test_report.h"

#include <doctest/doctest.h>

#include "agent/ruler/testing/text_difference.h"

namespace bekci::ruler::testing::test_report_test {
namespace {

FileReport Report() {
  FileReport report;
  report.path = "rules/\"<a>&.yml";
  TestReport good;
  good.title = "good";
  good.checks = 2;
  TestReport bad;
  bad.title = "bad \x01 \xff";
  bad.checks = 3;
  bad.mark = {std::make_shared<const std::string>("t.yml"), 7, 3};
  bad.failures.push_back({bad.mark, "a < b", {"line ]]> one", "line two"}});
  report.tests = {good, bad};
  report.skipped = 1;
  return report;
}

TEST_CASE("JUnit's XML counts as it lists, and nothing in a text can break out of it") {
  FileReport broken;
  broken.path = "x.yml";
  broken.status = base::Invalid("x.yml:1: no\nx.yml:2: nor this");
  const std::string xml = JUnitXml({Report(), broken});
  CHECK(
      xml.starts_with("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"bekci test rules\" tests=\"4\" "
                      "failures=\"1\" errors=\"1\">"));
  CHECK(xml.find("<testsuite name=\"rules/&quot;&lt;a&gt;&amp;.yml\" tests=\"3\" failures=\"1\" errors=\"0\" "
                 "skipped=\"1\"") != std::string::npos);
  CHECK(xml.find("name=\"bad \xEF\xBF\xBD \xEF\xBF\xBD\"") != std::string::npos);
  CHECK(xml.find("<failure message=\"a &lt; b\">t.yml:7: a &lt; b&#10;line ]]&gt; one&#10;line two&#10;</failure>") !=
        std::string::npos);
  CHECK(xml.find("<error message=\"x.yml:1: no\">x.yml:1: no&#10;x.yml:2: nor this</error>") != std::string::npos);
  CHECK(xml.ends_with("</testsuites>\n"));
}

TEST_CASE("a report is one line and what failed; a summary counts everything") {
  const std::string text = ReportText(Report());
  CHECK(text.starts_with("FAILED   rules/"));
  CHECK(text.find("(2 tests (1 failed), 5 checks (1 failed), 1 test skipped, ") != std::string::npos);
  CHECK(text.find("  t.yml:7: test \"bad") != std::string::npos);
  CHECK(text.find("    line two\n") != std::string::npos);
  CHECK(SummaryText({Report(), Report()})
            .starts_with("2 files (2 failed), 4 tests (2 failed), 10 checks (2 failed), 2 tests skipped, in "));
}

TEST_CASE("texts are shown around the place where they part") {
  CHECK(TextDifference("abc", "abd") ==
        std::vector<std::string>{"expected \"abc\"", "got      \"abd\"", "            ^ differs here"});
  CHECK(TextDifference("ü1", "ü2")[2] == "           ^ differs here");
  CHECK(TextDifference("a\nb", "a\nc")[0] == "expected \"a\\nb\"");
  CHECK(TextDifference("a", "ab")[2] == "           ^ differs here");
  const auto lines = TextDifference(std::string(500, 'x') + "1" + std::string(500, 'y'),
                                    std::string(500, 'x') + "2" + std::string(500, 'y'));
  const size_t mark = lines[2].find('^');
  CHECK(lines[0].size() < 150);
  CHECK(lines[0][mark] == '1');
  CHECK(lines[1][mark] == '2');
}

TEST_CASE("the more fields two maps share, the nearer they are") {
  const TextMap a = {{"x", "1"}, {"y", "2"}};
  CHECK(Likeness(a, a) > Likeness(a, {{"x", "1"}, {"y", "3"}}));
  CHECK(Likeness(a, {{"x", "1"}, {"y", "3"}}) > Likeness(a, {{"x", "1"}}));
  CHECK(Likeness(a, {{"x", "1"}}) > Likeness(a, {{"z", "1"}}));
}

}  // namespace
}  // namespace bekci::ruler::testing::test_report_test
