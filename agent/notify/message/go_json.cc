#include "agent/notify/message/go_json.h"

#include <charconv>
#include <cmath>
#include <vector>

#include "agent/notify/message/data_types.h"
#include "agent/template/go_format.h"
#include "agent/template/time_types.h"
#include "agent/wire/json_writer.h"

namespace bekci::notify::message {
namespace {

using templates::Kind;
using templates::Value;

constexpr int kMaxDepth = 50;

class Writer {
 public:
  Writer(size_t limit, std::string* out) : out_(*out), most_(out->size() + limit) {}

  base::Status Write(const Value& value, int depth) {
    if (depth > kMaxDepth) return base::LimitReached("a value is nested too deep for JSON");
    if (out_.size() > most_) return base::LimitReached("the JSON is too long");
    switch (value.kind()) {
      case Kind::kNil:
        out_ += "null";
        break;
      case Kind::kBool:
        out_ += value.boolean() ? "true" : "false";
        break;
      case Kind::kInt:
        out_ += std::to_string(value.integer());
        break;
      case Kind::kUint:
        out_ += std::to_string(value.natural());
        break;
      case Kind::kFloat:
        return AppendGoJson(value.real(), &out_);
      case Kind::kComplex:
        return base::Invalid("json: unsupported type: complex128");
      case Kind::kText:
        AppendGoJson(value.text(), &out_);
        break;
      case Kind::kList:
        return List(value, depth);
      case Kind::kMap:
        return Map(value, depth);
      case Kind::kObject:
        return Object(value, depth);
    }
    return base::OkStatus();
  }

 private:
  void Separate(bool* first) {
    if (!*first) out_ += ',';
    *first = false;
  }

  base::Status List(const Value& value, int depth) {
    out_ += '[';
    bool first = true;
    for (const Value& item : value.list()) {
      Separate(&first);
      RETURN_IF_ERROR(Write(item, depth + 1));
    }
    out_ += ']';
    return base::OkStatus();
  }

  base::Status Map(const Value& value, int depth) {
    std::vector<templates::MapEntry> entries;
    value.type()->map->entries(value, &entries);
    out_ += '{';
    bool first = true;
    for (const auto& [key, item] : entries) {
      Separate(&first);
      AppendGoJson(key, &out_);
      out_ += ':';
      RETURN_IF_ERROR(Write(item, depth + 1));
    }
    out_ += '}';
    return base::OkStatus();
  }

  base::Status Object(const Value& value, int depth) {
    if (value.type() == &templates::kTimeType || value.type() == &templates::kTimePointerType) {
      AppendGoJson(Rfc3339(value.data<templates::Moment>()), &out_);
      return base::OkStatus();
    }
    out_ += '{';
    bool first = true;
    for (const templates::Field& field : value.type()->fields) {
      if (field.name == "Escalation" && value.data<DataView>().escalation.id.empty()) continue;
      Separate(&first);
      AppendGoJson(JsonName(*value.type(), field.name), &out_);
      out_ += ':';
      RETURN_IF_ERROR(Write(field.get(value), depth + 1));
    }
    out_ += '}';
    return base::OkStatus();
  }

  std::string& out_;
  size_t most_;
};

}  // namespace

void AppendGoJson(std::string_view text, std::string* out) {
  wire::AppendJsonString(out, text, wire::JsonEscape::kHtml);
}

base::Status AppendGoJson(double number, std::string* out) {
  if (!std::isfinite(number))
    return base::Invalid("json: unsupported value: " + templates::ValueText(Value::Float(number)));
  const double size = std::fabs(number);
  const bool exponent = size != 0 && (size < 1e-6 || size >= 1e21);
  char text[400];
  const auto end = std::to_chars(text, text + sizeof text, number,
                                 exponent ? std::chars_format::scientific : std::chars_format::fixed)
                       .ptr;
  std::string_view digits(text, static_cast<size_t>(end - text));
  out->append(digits);
  // e-09 is written e-9.
  const size_t n = out->size();
  if (exponent && n >= 4 && (*out)[n - 4] == 'e' && (*out)[n - 3] == '-' && (*out)[n - 2] == '0') out->erase(n - 2, 1);
  return base::OkStatus();
}

std::string Rfc3339(const templates::Moment& moment) {
  std::string out;
  templates::AppendTime(moment, "2006-01-02T15:04:05.999999999Z07:00", &out);
  return out;
}

std::string Rfc3339(base::Timestamp time) {
  return Rfc3339(MomentOf(time));
}

base::Status AppendGoJson(const Value& value, size_t limit, std::string* out) {
  return Writer(limit, out).Write(value, 0);
}

templates::Moment MomentOf(base::Timestamp time) {
  if (time.ms == 0) return kZeroMoment;
  int64_t seconds = time.ms / 1000;
  int64_t rest = time.ms % 1000;
  if (rest < 0) {
    rest += 1000;
    --seconds;
  }
  return {.seconds = seconds, .nanoseconds = static_cast<int32_t>(rest * 1'000'000)};
}

}  // namespace bekci::notify::message
