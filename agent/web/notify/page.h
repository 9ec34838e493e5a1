// Page: the frame of the pages of incidents: one file with its style in it, without script and without anything from
// elsewhere, light and dark, readable on a phone at night.
//
// Browsers are told so too: the content policy allows the one style by its hash, forms to this server alone, no frames.
//
// Thread rule: one thread at a time.
#pragma once

#include <string_view>

#include "agent/net/http.h"
#include "agent/web/html.h"

namespace bekci::web::notify {

class Page {
 public:
  // `title` and `beside` (a quiet line; may be empty) stand on top.
  Page(std::string_view title, std::string_view beside);

  Html& html() { return html_; }

  // A number in a box: what it is, the number, a quiet line below (may be empty); between BeginTiles and EndTiles.
  void BeginTiles() { html_.Raw("<dl class=\"tiles\">\n"); }
  void Tile(std::string_view name, std::string_view value, std::string_view below);
  void EndTiles() { html_.Raw("</dl>\n"); }
  // A word in a pill; `good`, `bad`, `wait` or `warm`.
  void Pill(std::string_view word, std::string_view style);
  void Notice(std::string_view text);

  // The whole answer.
  net::HttpResponse Finish(int status = 200);

 private:
  Html html_;
};

}  // namespace bekci::web::notify
