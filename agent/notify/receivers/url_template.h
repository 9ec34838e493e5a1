// URLs of a configuration: fixed ones, ones with templates in them, and paths put behind a base.
//
// A template may fill in a path or a query. It may not choose the host, unless the host itself was written as a
// template: labels must not steer requests into the local network.
//
// Source: receivers.md section 11. Thread rule: as HttpJob.
#pragma once

#include <string>
#include <string_view>

#include "agent/notify/receivers/http_integration.h"

namespace bekci::notify::receivers {

enum class Host : unsigned char { kMayBeTemplate, kLiteral };

// `text`, the value of `key`, expanded. Fails the job when it leads elsewhere than its literal scheme, host and port.
std::string ExpandedUrl(HttpJob& job, std::string_view key, const std::string& text, Host host);
// The same check for tests and for the start: whether scheme and host of `text` are written out.
bool HasLiteralHost(std::string_view text);

// `base` with `path` behind it and exactly one slash between: "https://a/v2" and "alerts" are "https://a/v2/alerts".
std::string JoinUrl(std::string_view base, std::string_view path);
// `url` with one more parameter of the query, both escaped.
std::string WithParameter(std::string_view url, std::string_view name, std::string_view value);

// application/x-www-form-urlencoded, parameters without a value left out.
class Form {
 public:
  Form& Add(std::string_view name, std::string_view value);
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};
inline constexpr std::string_view kFormType = "application/x-www-form-urlencoded";

// Errors: invalid, naming the key, not the URL, which may be a secret. A text that is empty or a template passes.
base::Status CheckUrl(std::string_view key, const std::string& text);

}  // namespace bekci::notify::receivers
