#include "agent/web/notify/page.h"

#include "agent/notify/receivers/digest.h"
#include "agent/web/assets.h"

namespace bekci::web::notify {
namespace {

// Beside the style of the agent's other pages (assets/bekci.css).
constexpr std::string_view kOwnStyle = R"css(
:root { --warm: #8a5a00; --warm-ground: #fdf0d5; --taken: #e3a52f; --button: #9a5b00; --button-text: #ffffff; }
@media (prefers-color-scheme: dark) {
  :root { --warm: #f2c66d; --warm-ground: #3d2f12; --taken: #c98d1e; --button: #f2b544; --button-text: #1b1507; }
}
.warm { color: var(--warm); background: var(--warm-ground); }
.bar .state { margin-left: auto; font-size: 15px; padding: 3px 14px; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; margin: 20px 0 0; padding: 0; list-style: none; }
.chips li { background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 1px 8px;
  font-size: 13px; overflow-wrap: anywhere; }
.chips b { font-weight: 500; color: var(--quiet); }
.strip { display: block; width: 100%; height: 34px; margin: 28px 0 0; }
.strip .open { fill: var(--bad); }
.strip .taken { fill: var(--taken); }
.strip .over { fill: var(--good); }
.strip .told { fill: var(--text); }
.strip .lost { fill: var(--surface); stroke: var(--bad); stroke-width: 1; }
.ends { display: flex; justify-content: space-between; gap: 12px; color: var(--quiet); font-size: 13px;
  margin: 4px 0 0; }
.key { color: var(--quiet); font-size: 13px; margin: 2px 0 0; }
.key i { display: inline-block; width: 10px; height: 10px; border-radius: 2px; margin: 0 5px 0 12px; }
.key i:first-child { margin-left: 0; }
.key .open { background: var(--bad); }
.key .taken { background: var(--taken); }
.key .told { background: var(--text); width: 4px; }
.key .lost { background: var(--surface); border: 1px solid var(--bad); width: 6px; }
.life { list-style: none; margin: 0; padding: 8px 16px; }
.life li { display: grid; grid-template-columns: 5.5em 14px minmax(0, 1fr); gap: 10px; padding: 7px 0; }
.life .after { color: var(--quiet); text-align: right; white-space: nowrap; }
.life .dot { width: 10px; height: 10px; border-radius: 50%; margin-top: 7px; background: var(--wait); }
.life .dot.bad { background: var(--bad); }
.life .dot.good { background: var(--good); }
.life .dot.warm { background: var(--taken); }
.life .dot.told { background: var(--text); }
.life p { margin: 0; overflow-wrap: anywhere; }
.life p + p { color: var(--quiet); font-size: 13px; }
.sheet form, .filter { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; }
.filter { margin: 24px 0 12px; }
input, select { font: inherit; color: inherit; background: var(--surface); border: 1px solid var(--line);
  border-radius: 8px; padding: 8px 12px; min-width: 0; }
.filter input { flex: 1 1 16em; }
button { font: inherit; font-weight: 600; color: var(--button-text); background: var(--button); border: 0;
  border-radius: 8px; padding: 9px 18px; cursor: pointer; }
button:focus-visible, input:focus-visible, select:focus-visible { outline: 2px solid var(--accent);
  outline-offset: 2px; }
.narrow { max-width: 560px; margin: 0 auto; }
.ask { display: block; padding: 20px; margin: 20px 0 0; background: var(--surface); border: 1px solid var(--line);
  border-radius: 10px; }
.ask label { display: block; margin: 0 0 14px; color: var(--quiet); font-size: 13px; }
.ask input { display: block; width: 100%; margin-top: 4px; font-size: 16px; color: var(--text);
  background: var(--ground); }
.ask button { width: 100%; font-size: 18px; padding: 14px; }
.ask p { margin: 12px 0 0; }
.about { padding: 14px 16px; border-bottom: 1px solid var(--line); }
.about:last-child { border-bottom: 0; }
.about h3 { margin: 0; font-size: 16px; overflow-wrap: anywhere; }
.about p { margin: 4px 0 0; overflow-wrap: anywhere; }
@media (max-width: 720px) {
  .bar .state { margin-left: 0; }
  .life { padding: 8px 12px; }
  .life li { grid-template-columns: 4.4em 12px minmax(0, 1fr); gap: 8px; }
}
@media print { body { background: none; } .filter, nav { display: none; } }
)css";

struct Style {
  std::string text;
  std::string policy;
};

const Style& TheStyle() {
  static const Style kStyle = [] {
    Style style;
    style.text = std::string(StyleSheet()) + std::string(kOwnStyle);
    style.policy = "default-src 'none'; style-src 'sha256-" +
                   bekci::notify::receivers::Base64(bekci::notify::receivers::Sha256(style.text)) +
                   "'; img-src data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
    return style;
  }();
  return kStyle;
}

}  // namespace

Page::Page(std::string_view title, std::string_view beside) {
  html_
      .Raw(
          "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
          "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
          "<meta name=\"robots\" content=\"noindex\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
          "<link rel=\"icon\" href=\"data:,\">\n<title>")
      .Text(title)
      .Raw(" - bekci</title>\n<style>")
      .Asset(TheStyle().text)
      .Raw("</style>\n</head>\n<body>\n<header><div class=\"bar\">")
      .Asset(Icon())
      .Raw("<div><h1>")
      .Text(title)
      .Raw("</h1><p>")
      .Text(beside)
      .Raw("</p></div>");
}

void Page::Tile(std::string_view name, std::string_view value, std::string_view below) {
  html_.Raw("<div class=\"tile\"><dt>")
      .Text(name)
      .Raw("</dt><dd>")
      .Text(value)
      .Raw("</dd><dd>")
      .Text(below)
      .Raw("</dd></div>\n");
}

void Page::Pill(std::string_view word, std::string_view style) {
  html_.Raw("<span class=\"state ").Text(style).Raw("\">").Text(word).Raw("</span>");
}

void Page::Notice(std::string_view text) {
  html_.Raw("<p class=\"notice\">").Text(text).Raw("</p>\n");
}

net::HttpResponse Page::Finish(int status) {
  html_.Raw("</body>\n</html>\n");
  net::HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = html_.Take();
  response.headers = {{"Content-Security-Policy", TheStyle().policy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"X-Frame-Options", "DENY"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-store"}};
  return response;
}

}  // namespace bekci::web::notify
