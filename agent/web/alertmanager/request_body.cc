#include "agent/web/alertmanager/request_body.h"

#include <algorithm>
#include <cctype>
#include <nlohmann/json.hpp>
#include <utility>

#include "agent/base/rfc3339.h"
#include "agent/base/text.h"
#include "agent/wire/json_depth.h"
#include "agent/wire/json_writer.h"

namespace bekci::web::alertmanager {
namespace {

using Json = nlohmann::json;

constexpr int kMaxDepth = 16;
constexpr int kBadRequest = 400;
// Codes of the schema.
constexpr int kInvalidType = 601;
constexpr int kRequired = 602;
constexpr int kTooFewItems = 612;

std::string_view GoName(const Json& value) {
  if (value.is_object()) return "object";
  if (value.is_array()) return "array";
  if (value.is_string()) return "string";
  return value.is_boolean() ? "bool" : "number";
}

// Reads members of objects; remembers the first that has a wrong type. What is absent or null is not there.
class Reader {
 public:
  explicit Reader(std::string_view what) : what_(what) {}

  // The document; null when it is none.
  Json Parse(std::string_view text) {
    if (!wire::JsonNestsAtMost(text, kMaxDepth)) {
      Unreadable("it is nested too deeply");
      return {};
    }
    Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) {
      Unreadable("it is not JSON");
      return {};
    }
    return document;
  }

  const Json* Find(const Json& object, const char* key) {
    const auto found = object.find(key);
    return found == object.end() || found->is_null() ? nullptr : &*found;
  }

  std::optional<std::string> Text(const Json& object, const char* key) {
    const Json* value = Find(object, key);
    if (value == nullptr) return std::nullopt;
    if (value->is_string()) return value->get<std::string>();
    WrongType(*value, key, "string");
    return std::nullopt;
  }

  std::optional<bool> Flag(const Json& object, const char* key) {
    const Json* value = Find(object, key);
    if (value == nullptr) return std::nullopt;
    if (value->is_boolean()) return value->get<bool>();
    WrongType(*value, key, "bool");
    return std::nullopt;
  }

  // 0: no time at all, as Go writes it, or an empty text.
  std::optional<base::Timestamp> Time(const Json& object, const char* key) {
    const auto text = Text(object, key);
    if (!text) return std::nullopt;
    if (text->empty()) return base::Timestamp{};
    auto ms = base::ParseRfc3339(*text);
    if (!ms) ms = base::ParseRfc3339(*text + "Z");  // without a zone it is UTC
    if (!ms) {
      const std::string shown = base::Quoted(text->substr(0, 100));
      Unreadable("parsing time " + shown + " as \"2006-01-02 15:04:05\": cannot parse " + shown + " as \"2006\"");
      return std::nullopt;
    }
    constexpr int64_t kSecondYear = -62'104'060'800'000;
    return base::Timestamp{*ms < kSecondYear ? 0 : *ms};
  }

  std::optional<bekci::notify::message::TextMap> Map(const Json& object, const char* key) {
    const Json* value = Find(object, key);
    if (value == nullptr) return std::nullopt;
    bekci::notify::message::TextMap map;
    if (!value->is_object()) {
      WrongType(*value, key, "models.LabelSet");
      return map;
    }
    for (const auto& [name, one] : value->items()) {
      if (one.is_string()) {
        map[name] = one.get<std::string>();
      } else if (one.is_null()) {
        map[name] = "";
      } else {
        WrongType(one, key, "string");
      }
    }
    return map;
  }

  void WrongType(const Json& value, std::string_view key, std::string_view type) {
    Unreadable("json: cannot unmarshal " + std::string(GoName(value)) + " into Go struct field " + std::string(key) +
               " of type " + std::string(type));
  }
  void Unreadable(std::string_view why) {
    if (refusal_) return;
    refusal_ = Refusal{kBadRequest, kBadRequest,
                       "parsing " + std::string(what_) + " body from \"\" failed, because " + std::string(why)};
  }
  // What has the right type and lacks something; types are looked at first.
  void Require(bool given, const std::string& name) {
    if (!given) Invalid(kRequired, name + " in body is required");
  }
  void Invalid(int code, std::string message) {
    if (!invalid_) invalid_ = Refusal{422, code, std::move(message)};
  }
  std::optional<Refusal> refusal() const { return refusal_ ? refusal_ : invalid_; }

 private:
  const std::string_view what_;
  std::optional<Refusal> refusal_;
  std::optional<Refusal> invalid_;
};

// As Go's url.ParseRequestURI sees it: a path, or a scheme and something.
bool IsRequestUri(std::string_view text) {
  if (text.find_first_of(" \t\r\n\"<>\\^`{|}") != std::string_view::npos) return false;
  if (text.starts_with('/')) return true;
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == text.size()) return false;
  return std::isalpha(static_cast<unsigned char>(text[0])) != 0 &&
         std::all_of(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
           return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '+' || c == '-' || c == '.';
         });
}

notify::PostedAlert ReadAlert(Reader* reader, const Json& object, const std::string& place) {
  bekci::notify::PostedAlert alert;
  if (object.is_null()) {
    reader->Require(false, place);
    return alert;
  }
  if (!object.is_object()) {
    reader->WrongType(object, place, "models.PostableAlert");
    return alert;
  }
  const auto labels = reader->Map(object, "labels");
  alert.annotations = reader->Map(object, "annotations").value_or(bekci::notify::message::TextMap{});
  alert.starts_at = reader->Time(object, "startsAt").value_or(base::Timestamp{});
  alert.ends_at = reader->Time(object, "endsAt").value_or(base::Timestamp{});
  alert.generator_url = reader->Text(object, "generatorURL").value_or("");
  if (!alert.generator_url.empty() && !IsRequestUri(alert.generator_url)) {
    reader->Invalid(kInvalidType, place + ".generatorURL in body must be of type uri: " +
                                      base::Quoted(alert.generator_url.substr(0, 200)));
  }
  reader->Require(labels.has_value(), place + ".labels");
  if (labels) {
    alert.labels = model::Labels::FromPairs(std::vector<model::Labels::Pair>(labels->begin(), labels->end()));
  }
  return alert;
}

struct MatcherFields {
  std::string name, value;
  bool is_regex = false;
  bool is_equal = true;
};

std::vector<MatcherFields> ReadMatchers(Reader* reader, const Json& list) {
  std::vector<MatcherFields> matchers;
  if (!list.is_array()) {
    reader->WrongType(list, "matchers", "models.Matchers");
    return matchers;
  }
  if (list.empty()) reader->Invalid(kTooFewItems, "matchers in body should have at least 1 items");
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string place = "matchers." + std::to_string(i);
    if (!list[i].is_object()) {
      if (!list[i].is_null()) reader->WrongType(list[i], place, "models.Matcher");
      reader->Require(false, place);
      continue;
    }
    const auto is_regex = reader->Flag(list[i], "isRegex");
    const auto name = reader->Text(list[i], "name");
    const auto value = reader->Text(list[i], "value");
    reader->Require(is_regex.has_value(), place + ".isRegex");
    reader->Require(name.has_value(), place + ".name");
    reader->Require(value.has_value(), place + ".value");
    matchers.push_back({name.value_or(""), value.value_or(""), is_regex.value_or(false),
                        reader->Flag(list[i], "isEqual").value_or(true)});
  }
  return matchers;
}

model::MatchType TypeOf(const MatcherFields& fields) {
  if (fields.is_regex) return fields.is_equal ? model::MatchType::kRegex : model::MatchType::kNotRegex;
  return fields.is_equal ? model::MatchType::kEqual : model::MatchType::kNotEqual;
}

}  // namespace

net::HttpResponse RefusalAnswer(const Refusal& refusal) {
  net::HttpResponse response;
  response.status = refusal.status;
  response.content_type = "application/json";
  wire::JsonWriter json(&response.body, wire::JsonEscape::kHtml);
  if (refusal.code == 0) {
    json.String(refusal.message);
    response.body += '\n';
    return response;
  }
  json.BeginObject();
  json.Member("code", int64_t{refusal.code});
  json.Member("message", refusal.message);
  json.EndObject();
  return response;
}

std::optional<Refusal> CheckContentType(const net::HttpRequest& request) {
  std::string_view header = request.Header("Content-Type");
  if (header.empty()) header = "application/octet-stream";
  const std::string type = base::ToLower(base::Trim(header.substr(0, header.find(';'))));
  if (type == "application/json") return std::nullopt;
  return Refusal{
      415, 415,
      "unsupported media type " + base::Quoted(type.substr(0, 100)) + ", only [application/json] are allowed"};
}

Body<std::vector<bekci::notify::PostedAlert>> ReadAlerts(std::string_view body) {
  if (body.empty()) return {.refusal = Refusal{422, kRequired, "alerts in body is required"}};
  Reader reader("alerts");
  const Json document = reader.Parse(body);
  Body<std::vector<bekci::notify::PostedAlert>> read;
  if (document.is_array()) {
    for (size_t i = 0; i < document.size(); ++i) {
      read.value.push_back(ReadAlert(&reader, document[i], std::to_string(i)));
    }
  } else if (!document.is_null()) {
    reader.Unreadable("json: cannot unmarshal " + std::string(GoName(document)) +
                      " into Go value of type models.PostableAlerts");
  }
  read.refusal = reader.refusal();
  return read;
}

Body<bekci::notify::Silence> ReadSilence(std::string_view body) {
  if (body.empty()) return {.refusal = Refusal{422, kRequired, "silence in body is required"}};
  Reader reader("silence");
  const Json document = reader.Parse(body);
  Body<bekci::notify::Silence> read;
  if (!document.is_object() && !document.is_null()) {
    reader.Unreadable("json: cannot unmarshal " + std::string(GoName(document)) +
                      " into Go value of type models.PostableSilence");
    read.refusal = reader.refusal();
    return read;
  }
  const Json object = document.is_null() ? Json::object() : document;
  const auto comment = reader.Text(object, "comment");
  const auto created_by = reader.Text(object, "createdBy");
  const auto ends_at = reader.Time(object, "endsAt");
  const Json* matchers = reader.Find(object, "matchers");
  const auto starts_at = reader.Time(object, "startsAt");
  reader.Require(comment.has_value(), "comment");
  reader.Require(created_by.has_value(), "createdBy");
  reader.Require(ends_at.has_value(), "endsAt");
  reader.Require(matchers != nullptr, "matchers");
  const std::vector<MatcherFields> fields =
      matchers == nullptr ? std::vector<MatcherFields>{} : ReadMatchers(&reader, *matchers);
  reader.Require(starts_at.has_value(), "startsAt");
  read.value.id = reader.Text(object, "id").value_or("");
  read.value.annotations = reader.Map(object, "annotations").value_or(bekci::notify::message::TextMap{});
  read.refusal = reader.refusal();
  if (read.refusal) return read;
  read.value.comment = *comment;
  read.value.created_by = *created_by;
  read.value.starts_at = *starts_at;
  read.value.ends_at = *ends_at;
  for (size_t i = 0; i < fields.size(); ++i) {
    auto matcher = model::Matcher::Make(TypeOf(fields[i]), fields[i].name, fields[i].value);
    if (!matcher.ok()) {
      read.refusal =
          Refusal{kBadRequest, 0,
                  "silence invalid: invalid label matcher " + std::to_string(i) + ": invalid regular expression " +
                      base::Quoted(fields[i].value.substr(0, 200)) + ": " + matcher.status().message()};
      return read;
    }
    read.value.matchers.push_back(*std::move(matcher));
  }
  return read;
}

bool IsUuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : std::isxdigit(static_cast<unsigned char>(text[i])) == 0) return false;
  }
  return true;
}

}  // namespace bekci::web::alertmanager
