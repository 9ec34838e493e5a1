// JSON that strangers send, read with bounds: how deep it nests is looked at before anything is built, types are
// checked where a value is taken, and what is wrong is told with the place where it stands.
//
// Thread rule: a JsonBody is one thread's at a time.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::web::notify {

using Json = nlohmann::json;

inline constexpr int kMaxJsonDepth = 32;

// Errors: invalid: it is no JSON, with the byte where it stops being that, or nests too deeply.
base::Result<Json> ParseJsonBody(std::string_view text, int max_depth = kMaxJsonDepth);

// Takes members of objects and remembers the first thing that is wrong. What is absent or null is not there.
class JsonReader {
 public:
  // Null: absent, null, or `object` is none.
  static const Json* Find(const Json& object, const char* key);

  // `place` is for the error: "alerts[3].".
  std::string Text(const Json& object, const char* key, std::string_view place = {});
  // Null and an error where it is there and no object (array).
  const Json* Object(const Json& object, const char* key, std::string_view place = {});
  const Json* Array(const Json& object, const char* key, std::string_view place = {});
  // A whole number; 0 where it is not there.
  int64_t Integer(const Json& object, const char* key, std::string_view place = {});

  void Wrong(std::string message);
  // Invalid, with the first error.
  const base::Status& status() const { return status_; }

 private:
  const Json* Typed(const Json& object, const char* key, std::string_view place, Json::value_t type,
                    std::string_view name);

  base::Status status_;
};

}  // namespace bekci::web::notify
