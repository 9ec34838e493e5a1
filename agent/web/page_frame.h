// PageFrame: what all pages share: head, header with the links between them, end, and the parts that several have.
//
// Plain HTML with a style sheet of our own under /static/: nothing from elsewhere, no script, no inline style, so pages
// work under the strictest Content-Security-Policy a web configuration file can set. All pages lie directly below the
// root, so links between them need no prefix and survive a proxy that adds one.
//
// Thread rule: pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/net/http.h"
#include "agent/web/html.h"

namespace bekci::web {

struct PageFrame {
  std::string host;
  std::string version;  // "0.1.0 (3f2a91c)"
};

// Up to where the content begins. `title` stands before the host's name in the browser's title, if it is not empty;
// `path` is the page's own among those that the header links to ("alerts"; empty: the first one).
void BeginPage(const PageFrame& frame, std::string_view title, std::string_view path, Html* html);
void EndPage(Html* html);
net::HttpResponse PageAnswer(std::string body, int status = 200);

// A figure in a row of them; `style` is a class of the style sheet or empty, `more` a line below or empty.
void Tile(std::string_view name, std::string_view value, std::string_view more, std::string_view style, Html* html);

// A word on a coloured ground: good, bad, warn or wait.
void Badge(std::string_view style, std::string_view word, Html* html);

// "3 s ago", "5 min ago", "2 h ago", "4 d ago".
std::string Ago(base::Duration since);

}  // namespace bekci::web
