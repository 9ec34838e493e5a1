#include "agent/web/notify/envelope.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/notify/message/base64.h"
#include "agent/wire/json_writer.h"

namespace bekci::web::notify {

net::HttpResponse Refused(int status, std::string_view type, std::string_view message) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers = {{"X-Content-Type-Options", "nosniff"}, {"Cache-Control", "no-store"}};
  wire::JsonWriter json(&response.body);
  json.BeginObject();
  json.Member("status", "error");
  json.Member("errorType", type);
  json.Member("error", message);
  json.EndObject();
  return response;
}

net::HttpResponse BadRequest(std::string_view message) {
  return Refused(400, "bad_data", message);
}

net::HttpResponse NotFound(std::string_view message) {
  return Refused(404, "not_found", message);
}

net::HttpResponse TooLarge(size_t bytes, size_t limit) {
  return Refused(
      413, "too_large",
      "the body has " + std::to_string(bytes) + " bytes, more than the " + std::to_string(limit) + " allowed");
}

net::HttpResponse WrongMethod(std::string_view given, std::string_view allowed) {
  net::HttpResponse response =
      Refused(405, "bad_data", std::string(given.substr(0, 20)) + " is not allowed here, but " + std::string(allowed));
  response.headers.emplace_back("Allow", allowed);
  return response;
}

net::HttpResponse RefusedAction(const base::Status& status) {
  switch (status.code()) {
    case base::Code::kInvalid:
    case base::Code::kLimit:
      return BadRequest(status.message());
    case base::Code::kNotFound:
      return NotFound(status.message());
    case base::Code::kDenied:
    case base::Code::kOutOfOrder:
      return Refused(409, "conflict", status.message());
    case base::Code::kTimeout:
    case base::Code::kUnavailable:
      return Refused(503, "unavailable", status.message());
    default:
      return Refused(500, "internal", status.message());
  }
}

std::string_view Below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) ? path.substr(prefix.size()) : std::string_view();
}

bool SaysJson(const net::HttpRequest& request) {
  const std::string_view header = request.Header("Content-Type");
  return base::ToLower(base::Trim(header.substr(0, header.find(';')))) == "application/json";
}

std::string UserOf(std::string_view authorization) {
  constexpr std::string_view kScheme = "basic ";
  constexpr size_t kLongest = 1024;
  if (authorization.size() > kLongest) return {};
  if (!base::EqualsIgnoreCase(authorization.substr(0, kScheme.size()), kScheme)) return {};
  std::string encoded(base::Trim(authorization.substr(kScheme.size())));
  std::replace(encoded.begin(), encoded.end(), '+', '-');
  std::replace(encoded.begin(), encoded.end(), '/', '_');
  const auto decoded = bekci::notify::message::Base64UrlDecoded(encoded);
  const size_t colon = decoded.ok() ? decoded->find(':') : std::string::npos;
  return colon == std::string::npos ? std::string() : decoded->substr(0, colon);
}

}  // namespace bekci::web::notify
