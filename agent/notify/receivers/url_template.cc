#include "agent/notify/receivers/url_template.h"

#include <algorithm>

#include "agent/net/url.h"

namespace bekci::notify::receivers {
namespace {

// "https://host:8080" of a text that may go on with templates.
std::string_view OriginOf(std::string_view text) {
  const size_t scheme = text.find("://");
  if (scheme == std::string_view::npos) return {};
  return text.substr(0, std::min(text.find_first_of("/?#", scheme + 3), text.size()));
}

}  // namespace

bool HasLiteralHost(std::string_view text) {
  const std::string_view origin = OriginOf(text);
  return !origin.empty() && origin.find("{{") == std::string_view::npos;
}

std::string ExpandedUrl(HttpJob& job, std::string_view key, const std::string& text, Host host) {
  if (text.find("{{") == std::string::npos) return text;
  const bool literal = HasLiteralHost(text);
  if (!literal && host == Host::kLiteral) {
    job.Fail(Failure(Outcome::kPermanent, "clientError",
                     std::string(key) + ": scheme and host must be written out, not come from a template"));
    return {};
  }
  std::string url = job.Expanded(key, text);
  job.Hide(url);
  if (job.failed() || !literal) return url;
  const auto meant = net::ParseUrl(std::string(OriginOf(text)) + "/");
  const auto got = net::ParseUrl(url);
  if (!meant.ok() || !got.ok() || !meant->SameOrigin(*got) || meant->userinfo != got->userinfo) {
    job.Fail(Failure(Outcome::kPermanent, "clientError",
                     std::string(key) + ": with its templates filled in it is no URL of the host it was written for"));
    return {};
  }
  return url;
}

std::string JoinUrl(std::string_view base, std::string_view path) {
  while (base.ends_with('/')) base.remove_suffix(1);
  while (path.starts_with('/')) path.remove_prefix(1);
  return std::string(base) + "/" + std::string(path);
}

std::string WithParameter(std::string_view url, std::string_view name, std::string_view value) {
  std::string out(url);
  out += url.find('?') == std::string_view::npos ? '?' : '&';
  return out + net::QueryEscaped(name) + "=" + net::QueryEscaped(value);
}

Form& Form::Add(std::string_view name, std::string_view value) {
  if (value.empty()) return *this;
  if (!text_.empty()) text_.push_back('&');
  text_ += net::QueryEscaped(name) + "=" + net::QueryEscaped(value);
  return *this;
}

base::Status CheckUrl(std::string_view key, const std::string& text) {
  if (text.empty() || text.find("{{") != std::string::npos || net::ParseUrl(text).ok()) return base::OkStatus();
  return base::Invalid(std::string(key) + ": it is no URL, expected http://HOST/... or https://HOST/...");
}

}  // namespace bekci::notify::receivers
