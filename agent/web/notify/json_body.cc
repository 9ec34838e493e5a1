#include "agent/web/notify/json_body.h"

#include "agent/wire/json_depth.h"

namespace bekci::web::notify {
base::Result<Json> ParseJsonBody(std::string_view text, int max_depth) {
  if (text.empty()) return base::Invalid("the body is empty");
  if (!wire::JsonNestsAtMost(text, max_depth)) {
    return base::Invalid("the body nests deeper than " + std::to_string(max_depth) + " levels");
  }
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& error) {
    return base::Invalid("the body is not JSON: something is wrong at byte " + std::to_string(error.byte));
  } catch (const Json::exception&) {  // numbers beyond every range
    return base::Invalid("the body is not JSON that can be read");
  }
}

const Json* JsonReader::Find(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

const Json* JsonReader::Typed(const Json& object, const char* key, std::string_view place, Json::value_t type,
                              std::string_view name) {
  const Json* const value = Find(object, key);
  if (value == nullptr || value->type() == type) return value;
  Wrong(std::string(place) + key + ": must be " + std::string(name));
  return nullptr;
}

std::string JsonReader::Text(const Json& object, const char* key, std::string_view place) {
  const Json* const value = Typed(object, key, place, Json::value_t::string, "text");
  return value == nullptr ? std::string() : value->get<std::string>();
}

const Json* JsonReader::Object(const Json& object, const char* key, std::string_view place) {
  return Typed(object, key, place, Json::value_t::object, "an object");
}

const Json* JsonReader::Array(const Json& object, const char* key, std::string_view place) {
  return Typed(object, key, place, Json::value_t::array, "a list");
}

int64_t JsonReader::Integer(const Json& object, const char* key, std::string_view place) {
  const Json* const value = Find(object, key);
  if (value == nullptr) return 0;
  const bool fits = value->is_number_unsigned() ? value->get<uint64_t>() <= INT64_MAX : value->is_number_integer();
  if (fits) return value->get<int64_t>();
  Wrong(std::string(place) + key + ": must be a whole number");
  return 0;
}

void JsonReader::Wrong(std::string message) {
  if (status_.ok()) status_ = base::Invalid(std::move(message));
}

}  // namespace bekci::web::notify
