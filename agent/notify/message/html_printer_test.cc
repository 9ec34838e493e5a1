#include "agent/notify/message/html_printer.h"

#include <doctest/doctest.h>

#include <array>

#include "agent/notify/message/html_css.h"
#include "agent/notify/message/html_entities.h"
#include "agent/notify/message/html_escapes.h"

namespace bekci::notify::message::html_printer_test {
namespace {

// `pieces` of template text with the value `value` between each two.
std::string Html(std::initializer_list<std::string_view> pieces, std::string_view value) {
  HtmlPrinter printer;
  std::string out;
  bool first = true;
  for (const std::string_view piece : pieces) {
    if (!first) {
      const base::Status added = printer.AddValue(templates::Value::Text(value), 1 << 20, &out);
      if (!added.ok()) return "error: " + added.message();
    }
    first = false;
    if (const base::Status added = printer.AddText(piece, &out); !added.ok()) return "error: " + added.message();
  }
  const base::Status end = printer.End();
  return end.ok() ? out : "error: " + end.message();
}

TEST_CASE("no value leaves the place it was put at, whatever it holds") {
  std::string attack;
  for (int byte = 0; byte < 256; ++byte) attack += static_cast<char>(byte);
  attack += "</title></style>--></a>*/ expression(1) javascript:x \\22 \\3c ";
  struct Frame {
    std::string_view before;
    std::string_view after;
    std::string_view forbidden;
  };
  constexpr std::array<Frame, 8> kFrames = {{{"<p>[", "]</p>", "<>\"'"},
                                             {"<title>[", "]</title>", "<>\"'"},
                                             {"<a title=\"[", "]\">", "<>\"'"},
                                             {"<a title='[", "]'>", "<>\"'"},
                                             {"<a title=[", "]>", "<>\"'=` \t\n\f\r"},
                                             {"<a href=\"[", "]\">", "<>\"'() \\"},
                                             {"<p style=\"a:[", "]\">", "<>\"';{}()\\"},
                                             {"<style>a{b:'[", "]'}</style>", "<>\"'{}()"}}};
  for (const Frame& frame : kFrames) {
    CAPTURE(std::string(frame.before));
    const std::string html = Html({frame.before, frame.after}, attack);
    REQUIRE(html.size() > frame.before.size() + frame.after.size());
    const std::string value = html.substr(frame.before.size(), html.size() - frame.before.size() - frame.after.size());
    CHECK(value.find_first_of(frame.forbidden) == std::string::npos);
  }
}

TEST_CASE("an address with a scheme that may run something is not an address any more") {
  for (const char* bad : {"javascript:x", "JaVaScript:x", "data:text/html,x", "vbscript:x", " javascript:x", "x:y"}) {
    CAPTURE(bad);
    CHECK(Html({"<a href=\"", "\">"}, bad) == "<a href=\"#ZgotmplZ\">");
  }
  for (const char* good : {"http://x", "HTTPS://x", "mailto:a@b", "/x:y", "x", ""}) {
    CAPTURE(good);
    CHECK(Html({"<a href=\"", "\">"}, good).find("Zgotmpl") == std::string::npos);
  }
}

TEST_CASE("the context goes on from one piece of text to the next, however it is cut") {
  const std::string_view page =
      "<!-- c --><p class=\"a\" style='color:red; b:url(\"x\")'><a href=/x?y >t</a> 1 < 2 <title>a</title>"
      "<style>p{a:b}/* c */q{}</style><script>if (a < b) { \"</p>\" }</script><br/>";
  const std::string whole = Html({page}, "");
  for (size_t cut = 1; cut < page.size(); ++cut) {
    HtmlContext once;
    HtmlContext twice;
    std::string ignored;
    REQUIRE(AdvanceHtml(page.substr(0, cut), &once, &ignored).ok());
    const bool within_word = page[cut] == '>' || page[cut - 1] == '<' || page.substr(0, cut).ends_with("</") ||
                             page[cut - 1] == '/' || page[cut - 1] == '*' || page[cut - 1] == '-' ||
                             page[cut - 1] == '!' ||
                             (page[cut] >= 'a' && page[cut] <= 'z' && page[cut - 1] >= 'a' && page[cut - 1] <= 'z');
    if (within_word) continue;  // values do not stand within words of HTML
    REQUIRE(AdvanceHtml(page.substr(cut), &once, &ignored).ok());
    REQUIRE(AdvanceHtml(page, &twice, &ignored).ok());
    CAPTURE(std::string(page.substr(0, cut)));
    CHECK(once == twice);
  }
  CHECK(whole.find("1 &lt; 2") != std::string::npos);
  CHECK(whole.find("c -->") == std::string::npos);
}

TEST_CASE("values in scripts are refused, scripts without values are not touched") {
  CHECK(Html({"<script>a < b</script>", ""}, "<") == "<script>a < b</script>&lt;");
  CHECK(Html({"<script>", "</script>"}, "x").starts_with("error: a value within a script"));
  CHECK(Html({"<a onclick=\"", "\">"}, "x").starts_with("error: a value within a script"));
  CHECK(Html({"<img srcset=\"", "\">"}, "x").starts_with("error: a value within a srcset"));
  CHECK(Html({"<p ", "=\"x\">"}, "onclick") == "<p ZgotmplZ=\"x\">");
}

TEST_CASE("HTML that is not finished is an error") {
  for (const char* open : {"<p", "<p title=\"", "<!-- x", "<title>x", "<style>a{", "<script>x"}) {
    CAPTURE(open);
    CHECK(Html({open}, "").starts_with("error: the HTML ends within "));
  }
}

TEST_CASE("entities in an attribute count as what they stand for") {
  CHECK(EntitiesDecoded("a&amp;b&#58;&#x3A;&colon;&nope;&&#;&#0;") == "a&b:::&nope;&&#;\xEF\xBF\xBD");
  CHECK(Html({"<a href=\"x&quest;", "\">"}, "a/b") == "<a href=\"x&quest;a%2fb\">");
}

TEST_CASE("escapes of style sheets are read before a value is judged") {
  CHECK(CssDecoded("\\65 x\\70ression\\:\\\\") == "expression:\\");
  CHECK(CssValue("\\65xpression") == kUnsafeValue);
  CHECK(CssValue("12px") == "12px");
  CHECK(CssValue("#ff0000") == "#ff0000");
  CHECK(CssValue("a--b") == kUnsafeValue);
}

TEST_CASE("attributes are known by their names, in any case and with any prefix") {
  for (const char* url : {"href", "SRC", "data-url", "xlink:href", "xmlns:x", "data-uri", "thumb-src"}) {
    CAPTURE(url);
    CHECK(AttributeNamed(url) == HtmlAttribute::kUrl);
  }
  CHECK(AttributeNamed("onClick") == HtmlAttribute::kScript);
  CHECK(AttributeNamed("data-onload") == HtmlAttribute::kScript);
  CHECK(AttributeNamed("STYLE") == HtmlAttribute::kCss);
  CHECK(AttributeNamed("title") == HtmlAttribute::kPlain);
  CHECK(AttributeNamed("srcdoc") == HtmlAttribute::kUnsafe);
}

}  // namespace
}  // namespace bekci::notify::message::html_printer_test
