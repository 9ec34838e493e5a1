#include "agent/net/http_fetcher.h"

#include "agent/base/text.h"

namespace bekci::net {
namespace {

constexpr int kMaxRedirects = 10;  // as Go's client

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

std::string Base64(std::string_view data) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (; !data.empty(); data.remove_prefix(std::min<size_t>(3, data.size()))) {
    uint32_t group = 0;
    for (size_t i = 0; i < 3; ++i) group = group << 8 | (i < data.size() ? static_cast<unsigned char>(data[i]) : 0u);
    for (size_t i = 0; i < 4; ++i) out.push_back(i <= data.size() ? kDigits[group >> (18 - 6 * i) & 63] : '=');
  }
  return out;
}

TargetAddress AddressOf(const Url& url) {
  return TargetAddress{url.host, url.port, {}};
}

}  // namespace

std::string BasicAuthorization(std::string_view userinfo) {
  return "Basic " + Base64(userinfo);
}

HttpFetcher::HttpFetcher(FetcherOptions options, const base::Clock& clock, const Interruption* interruption)
    : options_(std::move(options)), clock_(clock), interruption_(interruption) {}

HttpClient& HttpFetcher::ConnectionTo(const Url& url, const Url* proxy) {
  // Behind a proxy that reads the requests, all hosts share its connection but for their Host field.
  Origin& origin = origins_[(url.tls ? "https://" : "http://") + url.Authority()];
  origin.used = true;
  if (origin.http == nullptr) {
    auto tls = url.tls ? std::make_unique<ClientTlsOptions>(options_.tls) : nullptr;
    const Url& next = proxy != nullptr && !url.tls ? *proxy : url;
    origin.http = std::make_unique<HttpClient>(AddressOf(next), std::move(tls), url.Authority(), clock_);
    origin.http->set_interruption(interruption_);
    if (proxy != nullptr && url.tls) {
      const std::string& user = proxy->userinfo;
      origin.http->set_tunnel({AddressOf(*proxy), user.empty() ? std::string() : BasicAuthorization(Unescaped(user)),
                               options_.proxies.connect_fields});
    }
  }
  return *origin.http;
}

base::Result<HttpAnswer> HttpFetcher::Ask(const Url& url, Request request, base::MonotonicTime deadline) {
  for (auto& [key, origin] : origins_) origin.used = false;
  Url at = url;
  bool trusted = true;  // secrets may go there; once they may not, they may not again
  const bool follow =
      options_.follow_redirects && !request.post_body && (request.method.empty() || request.method == "GET");
  const auto connect_deadline = [&] {
    return request.connect_timeout > base::Duration::zero() ? clock_.Monotonic() + request.connect_timeout
                                                            : base::MonotonicTime::Max();
  };
  for (int redirects = 0;; ++redirects) {
    Fields fields = request.fields;
    if (trusted) fields.insert(fields.end(), request.secrets.begin(), request.secrets.end());
    const Url* const proxy = options_.proxies.For(at);
    const bool plain_proxy = proxy != nullptr && !at.tls;
    if (plain_proxy && !proxy->userinfo.empty()) {
      fields.emplace_back("Proxy-Authorization", BasicAuthorization(Unescaped(proxy->userinfo)));
    }
    const std::string target = plain_proxy ? at.ToString() : at.target;
    auto answer = ConnectionTo(at, proxy).Ask(
        {target, fields, request.max_body_bytes, std::move(request.buffer), request.post_body, request.charge,
         request.method, request.cut_body, connect_deadline(), request.sent},
        deadline);
    if (!answer.ok() || !follow || !IsRedirect(answer->status) || answer->Field("location").empty()) {
      std::erase_if(origins_, [](const auto& entry) { return !entry.second.used; });
      return answer;
    }
    if (redirects == kMaxRedirects) return base::LimitReached("stopped after 10 redirects");
    auto next = ResolveUrl(at, answer->Field("location"));
    if (!next.ok()) return std::move(next).status().WithContext("redirect");
    trusted = trusted && next->host == url.host && (next->tls || !url.tls);
    at = std::move(*next);
    request.buffer = std::move(answer->body);
  }
}

}  // namespace bekci::net
