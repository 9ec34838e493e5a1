#include "agent/web/api_answer.h"

#include <utility>

#include "agent/wire/compression.h"

namespace bekci::web {
namespace {

struct ErrorRow {
  std::string_view type;
  int status;
};

// In the order of ApiError.
constexpr ErrorRow kErrors[] = {
    {"bad_data", 400},  {"execution", 422},      {"timeout", 503},     {"canceled", 499},
    {"not_found", 404}, {"not_acceptable", 406}, {"unavailable", 503}, {"internal", 500},
};

// Below it a packet or two carry the answer as it is.
constexpr size_t kWorthCompressing = 4096;

void WriteNotes(wire::JsonWriter* json, std::string_view key, std::span<const std::string> notes) {
  if (notes.empty()) return;
  json->Key(key);
  json->BeginArray();
  for (const std::string& note : notes) json->String(note);
  json->EndArray();
}

net::HttpResponse JsonResponse(int status, std::string body) {
  net::HttpResponse response;
  response.status = status;
  response.content_type = "application/json";
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

ApiError KindOf(base::Code code) {
  switch (code) {
    case base::Code::kInvalid:
    case base::Code::kLimit:
      return ApiError::kBadData;
    case base::Code::kNotFound:
      return ApiError::kNotFound;
    case base::Code::kTimeout:
      return ApiError::kTimeout;
    case base::Code::kUnavailable:
      return ApiError::kUnavailable;
    default:
      return ApiError::kInternal;
  }
}

}  // namespace

ApiAnswer::ApiAnswer() {
  json_.BeginObject();
  json_.Member("status", "success");
  json_.Key("data");
}

net::HttpResponse ApiAnswer::Finish(std::span<const std::string> warnings, std::span<const std::string> infos) {
  WriteNotes(&json_, "warnings", warnings);
  WriteNotes(&json_, "infos", infos);
  json_.EndObject();
  return JsonResponse(200, std::move(body_));
}

net::HttpResponse ErrorAnswer(ApiError kind, std::string_view message) {
  const ErrorRow& row = kErrors[static_cast<size_t>(kind)];
  std::string body;
  wire::JsonWriter json(&body);
  json.BeginObject();
  json.Member("status", "error");
  json.Member("errorType", row.type);
  json.Member("error", message);
  json.EndObject();
  return JsonResponse(row.status, std::move(body));
}

net::HttpResponse ErrorAnswer(const base::Status& status) {
  return ErrorAnswer(KindOf(status.code()), status.message());
}

void WriteLabels(wire::JsonWriter* json, const model::Labels& labels) {
  json->BeginObject();
  for (const auto& [name, value] : labels) json->Member(name, value);
  json->EndObject();
}

void CompressAnswer(const net::HttpRequest& request, net::HttpResponse* response) {
  if (response->body.size() < kWorthCompressing) return;
  // Gzip where both are equally welcome: Go's and Grafana's clients ask for it alone.
  const auto encoding = wire::NegotiateEncoding(request.Header("Accept-Encoding"), wire::ContentEncoding::kGzip);
  if (encoding == wire::ContentEncoding::kIdentity) return;
  auto compressed = wire::Compress(encoding, response->body);
  if (!compressed.ok()) return;  // sent as it is
  response->body = *std::move(compressed);
  response->headers.emplace_back("Content-Encoding", wire::ContentEncodingName(encoding));
  response->headers.emplace_back("Vary", "Accept-Encoding");
}

}  // namespace bekci::web
