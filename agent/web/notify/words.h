// Times, spans and names as people read them on the pages of incidents.
//
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/model/labels.h"

namespace bekci::web::notify {

// "2026-11-21 10:57:46"; UTC, which the page says once.
std::string TimeWords(base::Timestamp at);
// The two largest parts: "41s", "4m 12s", "2h 5m", "3d 4h". What is negative reads as "0s".
std::string SpanWords(base::Duration span);
// "one alert", "3 alerts".
std::string CountWords(size_t count, std::string_view noun);

// The alert's name; where it has none, "(no alertname)".
std::string_view NameOf(const model::Labels& labels);

// Parts of a line of the records about a message: "L2 team/webhook[0]: delivered: 200 OK".
struct SendWords {
  std::string_view who;      // "L2 team/webhook[0]"
  std::string_view outcome;  // "delivered"
  std::string_view detail;   // "200 OK"; may be empty
};
// nullopt: the line is written otherwise.
std::optional<SendWords> ReadSend(std::string_view text);

// 26 characters of Crockford's base 32, as incidents of both sorts are named.
bool LooksLikeId(std::string_view text);

// A name from the network: control characters become spaces, the ends are trimmed, cut at a character within `bytes`.
std::string CleanText(std::string_view text, size_t bytes);

}  // namespace bekci::web::notify
