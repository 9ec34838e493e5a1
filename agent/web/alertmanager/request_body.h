// What clients of Alertmanager's API post: alerts and silences, read from JSON and checked as Alertmanager checks them,
// with its codes and its words, since clients show them to people.
//
// There are two sorts of refusal: by the schema (an object with a code, made by generated code there) and by the
// handler (a JSON string). Source: Alertmanager's api/v2/openapi.yaml and go-openapi.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/net/http.h"
#include "agent/notify/alert.h"
#include "agent/notify/silences.h"

namespace bekci::web::alertmanager {

// The whole answer to a request that is refused.
struct Refusal {
  int status = 422;
  int code = 0;  // of the schema; 0: the handler's, `message` alone
  std::string message;
};
net::HttpResponse RefusalAnswer(const Refusal& refusal);

template <typename T>
struct Body {
  T value = {};
  std::optional<Refusal> refusal = std::nullopt;
};

// The header Content-Type must say JSON. nullopt: it does.
std::optional<Refusal> CheckContentType(const net::HttpRequest& request);
Body<std::vector<bekci::notify::PostedAlert>> ReadAlerts(std::string_view body);
Body<bekci::notify::Silence> ReadSilence(std::string_view body);

// 8-4-4-4-12 hexadecimal digits.
bool IsUuid(std::string_view text);

}  // namespace bekci::web::alertmanager
