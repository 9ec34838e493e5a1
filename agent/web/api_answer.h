// ApiAnswer: the envelope of the Prometheus API: {"status":"success","data":...} or {"status":"error",...} with the
// HTTP code that belongs to the kind of error. Data is written straight into the body.
//
// Source: Prometheus' HTTP API documentation, web/api/v1/api.go (respond, respondError).
// Thread rule: values.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/model/labels.h"
#include "agent/net/http.h"
#include "agent/wire/json_writer.h"

namespace bekci::web {

enum class ApiError : uint8_t {
  kBadData,
  kExecution,
  kTimeout,
  kCanceled,
  kNotFound,
  kNotAcceptable,
  kUnavailable,
  kInternal
};

// Answers are held whole until the client has taken them. What is larger is refused with a hint.
inline constexpr size_t kMaxAnswerBytes = size_t{256} << 20;

class ApiAnswer {
 public:
  // The body so far: {"status":"success","data":
  ApiAnswer();
  wire::JsonWriter& json() { return json_; }
  bool too_large() const { return body_.size() > kMaxAnswerBytes; }
  // Warnings and infos, then the whole answer. What was written as data is complete.
  net::HttpResponse Finish(std::span<const std::string> warnings = {}, std::span<const std::string> infos = {});

 private:
  std::string body_;
  wire::JsonWriter json_{&body_};
};

net::HttpResponse ErrorAnswer(ApiError kind, std::string_view message);
// A failed check of a parameter (invalid, limit): bad_data; what the store says: by its code.
net::HttpResponse ErrorAnswer(const base::Status& status);

// {"a":"b",...}; __name__ is a label like any other.
void WriteLabels(wire::JsonWriter* json, const model::Labels& labels);

// Compressed, if the client takes that and it is worth it.
void CompressAnswer(const net::HttpRequest& request, net::HttpResponse* response);

}  // namespace bekci::web
