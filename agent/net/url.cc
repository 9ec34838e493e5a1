#include "agent/net/url.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/net/dialer.h"

namespace bekci::net {
namespace {

base::Status Bad(std::string_view text, std::string_view why) {
  return base::Invalid("URL " + base::Quoted(text.substr(0, 200)) + ": " + std::string(why));
}

bool IsAlphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

void AppendEscape(std::string* out, char c) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  out->push_back('%');
  out->push_back(kHex[byte >> 4]);
  out->push_back(kHex[byte & 15]);
}

std::string Escaped(std::string_view text, std::string_view kept) {
  std::string out;
  for (const char c : text) {
    if (IsAlphanumeric(c) || kept.find(c) != std::string_view::npos) {
      out.push_back(c);
    } else {
      AppendEscape(&out, c);
    }
  }
  return out;
}

// "." and ".." segments, RFC 3986 section 5.2.4.
std::string WithoutDots(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const size_t end = std::min(path.find('/', 1), path.size());
    const std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    if (segment == "/..") {
      out.resize(out.empty() ? 0 : out.rfind('/'));
      if (path.empty()) out.push_back('/');
    } else if (segment == "/.") {
      if (path.empty()) out.push_back('/');
    } else {
      out += segment;
    }
  }
  return out.empty() ? "/" : out;
}

}  // namespace

std::string Url::Authority() const {
  const bool v6 = host.find(':') != std::string::npos;
  return (v6 ? "[" + host + "]" : host) + (has_port ? ":" + std::to_string(port) : "");
}

std::string Url::ToString() const {
  return (tls ? "https://" : "http://") + Authority() + target;
}

base::Result<Url> ParseUrl(std::string_view text) {
  Url url;
  const auto printable = [](char c) { return c > ' ' && c < '\x7f'; };
  if (!std::all_of(text.begin(), text.end(), printable)) return Bad(text, "holds a byte that must be escaped");
  const size_t colon = text.find("://");
  const std::string scheme = base::ToLower(text.substr(0, colon == std::string_view::npos ? 0 : colon));
  if (scheme != "http" && scheme != "https") return Bad(text, "must begin with http:// or https://");
  url.tls = scheme == "https";
  std::string_view rest = text.substr(colon + 3);
  const size_t end = std::min(rest.find_first_of("/?#"), rest.size());
  std::string_view authority = rest.substr(0, end);
  rest.remove_prefix(end);
  if (const size_t at = authority.rfind('@'); at != std::string_view::npos) {
    url.userinfo = authority.substr(0, at);
    authority.remove_prefix(at + 1);
  }
  if (authority.empty() || authority.front() == '/' || authority.starts_with("unix:")) return Bad(text, "has no host");
  const auto address = ParseTargetAddress(authority, url.tls ? 443 : 80);
  if (!address.ok()) return address.status();
  url.host = base::ToLower(address->host);
  url.port = address->port;
  if (url.host.empty()) return Bad(text, "has no host");
  url.has_port = authority.back() != ']' && authority.rfind(':') != std::string_view::npos;
  rest = rest.substr(0, rest.find('#'));
  url.target = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return url;
}

base::Result<Url> ResolveUrl(const Url& base, std::string_view reference) {
  if (reference.starts_with("//")) return ParseUrl((base.tls ? "https:" : "http:") + std::string(reference));
  if (const size_t colon = reference.find(':');
      colon != std::string_view::npos && colon < std::min(reference.find_first_of("/?#"), reference.size())) {
    return ParseUrl(reference);
  }
  reference = reference.substr(0, reference.find('#'));
  const size_t query_at = std::min(reference.find('?'), reference.size());
  const std::string_view base_path = std::string_view(base.target).substr(0, base.target.find('?'));
  std::string path(reference.substr(0, query_at));
  if (path.empty()) {
    path = base_path;
  } else if (path.front() != '/') {
    path = std::string(base_path.substr(0, base_path.rfind('/') + 1)) + path;
  }
  Url url = base;
  url.target = WithoutDots(path) + std::string(reference.substr(query_at));
  return ParseUrl(url.ToString());
}

std::string QueryEscaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ') {
      out.push_back('+');
    } else {
      out += Escaped({&c, 1}, "-_.~");
    }
  }
  return out;
}

std::string PathEscaped(std::string_view text) {
  return Escaped(text, "-_.~$&+,/:;=@!'()*[]");
}

std::string Unescaped(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const auto byte =
        text[i] == '%' && i + 3 <= text.size() ? base::ParseUint(text.substr(i + 1, 2), 16) : std::nullopt;
    out.push_back(byte ? static_cast<char>(*byte) : text[i]);
    if (byte) i += 2;
  }
  return out;
}

}  // namespace bekci::net
