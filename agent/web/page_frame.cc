#include "agent/web/page_frame.h"

#include <utility>

#include "agent/web/assets.h"

namespace bekci::web {
namespace {

// Our pages load a style sheet and an icon of our own and nothing else, ask nobody else, and may not be framed.
constexpr const char* kContentPolicy =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

struct Link {
  std::string_view path;  // relative
  std::string_view name;
};
constexpr Link kLinks[] = {{"", "Overview"},
                           {"alerts", "Alerts"},
                           {"escalations", "Escalations"},
                           {"slo", "Objectives"},
                           {"metrics", "Metrics"}};

}  // namespace

void BeginPage(const PageFrame& frame, std::string_view title, std::string_view path, Html* html) {
  html->Raw(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>");
  if (!title.empty()) html->Text(title).Raw(" - ");
  html->Text(frame.host)
      .Raw(
          " - bekci</title>\n<link rel=\"icon\" type=\"image/svg+xml\" href=\"static/icon.svg\">\n"
          "<link rel=\"stylesheet\" href=\"static/bekci.css\">\n</head>\n<body>\n<header><div class=\"bar\">")
      .Asset(Icon())
      .Raw("<div><h1>")
      .Text(frame.host)
      .Raw("</h1><p>bekci ")
      .Text(frame.version)
      .Raw("</p></div>\n<nav>");
  for (const Link& link : kLinks) {
    html->Raw("<a href=\"").Text(link.path.empty() ? "." : link.path).Raw("\"");
    if (link.path == path) html->Raw(" aria-current=\"page\"");
    html->Raw(">").Text(link.name).Raw("</a>");
  }
  html->Raw("</nav></div></header>\n<main>\n");
}

void EndPage(Html* html) {
  html->Raw(
      "<footer>The state on this page is that of the moment it was asked for.</footer>\n</main>\n</body>\n</html>\n");
}

net::HttpResponse PageAnswer(std::string body, int status) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "text/html; charset=utf-8";
  response.body = std::move(body);
  response.headers = {{"Content-Security-Policy", kContentPolicy},
                      {"X-Content-Type-Options", "nosniff"},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-store"}};
  return response;
}

void Tile(std::string_view name, std::string_view value, std::string_view more, std::string_view style, Html* html) {
  html->Raw("<div class=\"tile\"><dt>").Text(name).Raw("</dt><dd");
  if (!style.empty()) html->Raw(" class=\"").Text(style).Raw("\"");
  html->Raw(">").Text(value).Raw("</dd>");
  if (!more.empty()) html->Raw("<dd>").Text(more).Raw("</dd>");
  html->Raw("</div>\n");
}

void Badge(std::string_view style, std::string_view word, Html* html) {
  html->Raw("<span class=\"state ").Text(style).Raw("\">").Text(word).Raw("</span>");
}

std::string Ago(base::Duration since) {
  const auto seconds = static_cast<int64_t>(base::ToSeconds(since));
  if (seconds < 1) return "now";
  if (seconds < 120) return std::to_string(seconds) + " s ago";
  if (seconds < 7200) return std::to_string(seconds / 60) + " min ago";
  if (seconds < 172800) return std::to_string(seconds / 3600) + " h ago";
  return std::to_string(seconds / 86400) + " d ago";
}

}  // namespace bekci::web
