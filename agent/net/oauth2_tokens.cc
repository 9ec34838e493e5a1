#include "agent/net/oauth2_tokens.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "agent/base/text.h"

namespace bekci::net {
namespace {

using Json = nlohmann::json;

constexpr base::Duration kEarly = base::seconds(10);  // as Go's client
constexpr double kLongest = 10 * 365 * 86400.0;       // seconds; what says more never ends
constexpr size_t kMaxAnswerBytes = 1 << 20;
constexpr size_t kMaxWords = 200;

std::string TextOf(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

// Seconds; servers write a number, or a number as a text. 0: no end.
double ExpiresIn(const Json& object) {
  const auto found = object.find("expires_in");
  if (found == object.end()) return 0;
  if (found->is_number()) return found->get<double>();
  return found->is_string() ? base::ParseDouble(found->get<std::string>()).value_or(0) : 0;
}

// {} when it is none. Deep nesting is nobody's token.
Json ParseObject(const std::string& text) {
  constexpr int kMaxDepth = 8;
  const auto bounded = [](int depth, Json::parse_event_t, Json&) { return depth <= kMaxDepth; };
  Json json = Json::parse(text, bounded, /*allow_exceptions=*/false);
  return json.is_object() ? std::move(json) : Json::object();
}

// What an endpoint says when it refuses: its own words, in a line.
base::Status Refused(const Url& url, const HttpAnswer& answer) {
  const Json said = ParseObject(answer.body);
  std::string words = TextOf(said, "error");
  if (const std::string more = TextOf(said, "error_description"); !more.empty()) words += " (" + more + ")";
  return base::Denied("token endpoint " + url.ToString() + ": HTTP status " + std::to_string(answer.status) +
                      (words.empty() ? "" : ", " + base::Quoted(words.substr(0, kMaxWords))));
}

bool IsToken(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f'; });
}

// The scheme as it is spelled in a header.
std::string SchemeOf(const std::string& token_type) {
  if (token_type.empty() || base::EqualsIgnoreCase(token_type, "bearer")) return "Bearer";
  if (base::EqualsIgnoreCase(token_type, "mac")) return "MAC";
  return base::EqualsIgnoreCase(token_type, "basic") ? "Basic" : token_type;
}

std::string Form(const std::vector<std::pair<std::string, std::string>>& fields) {
  std::string form;
  for (const auto& [name, value] : fields) {
    form += (form.empty() ? "" : "&") + QueryEscaped(name) + "=" + QueryEscaped(value);
  }
  return form;
}

}  // namespace

OAuth2Tokens::OAuth2Tokens(OAuth2Options options, const base::Clock& clock)
    : options_(std::move(options)), clock_(clock), fetcher_(options_.fetcher, clock) {}

base::Result<std::string> OAuth2Tokens::Authorization(const std::string& client_secret, base::MonotonicTime deadline) {
  if (token_.authorization.empty() || secret_ != client_secret || clock_.Monotonic() + kEarly >= token_.ends) {
    token_ = Token();
    ASSIGN_OR_RETURN(token_, Fetch(client_secret, deadline));
    secret_ = client_secret;
  }
  return token_.authorization;
}

base::Result<OAuth2Tokens::Token> OAuth2Tokens::Fetch(const std::string& client_secret, base::MonotonicTime deadline) {
  if (style_ != Style::kUnknown) return FetchWith(style_, client_secret, deadline);
  base::Result<Token> token = FetchWith(Style::kHeader, client_secret, deadline);
  style_ = Style::kHeader;
  if (token.ok() || token.status().code() != base::Code::kDenied) {
    if (!token.ok()) style_ = Style::kUnknown;
    return token;
  }
  token = FetchWith(Style::kForm, client_secret, deadline);
  style_ = token.ok() ? Style::kForm : Style::kUnknown;
  return token;
}

base::Result<OAuth2Tokens::Token> OAuth2Tokens::FetchWith(Style style, const std::string& client_secret,
                                                          base::MonotonicTime deadline) {
  std::vector<std::pair<std::string, std::string>> form = {{"grant_type", "client_credentials"}};
  if (!options_.scopes.empty()) form.emplace_back("scope", base::Join(options_.scopes, " "));
  form.insert(form.end(), options_.endpoint_params.begin(), options_.endpoint_params.end());
  HttpFetcher::Request request;
  request.fields = {
      {"User-Agent", "bekci"}, {"Accept", "application/json"}, {"Content-Type", "application/x-www-form-urlencoded"}};
  if (style == Style::kHeader) {
    request.secrets = {
        {"Authorization", BasicAuthorization(QueryEscaped(options_.client_id) + ":" + QueryEscaped(client_secret))}};
  } else {
    form.emplace_back("client_id", options_.client_id);
    form.emplace_back("client_secret", client_secret);
  }
  request.post_body = Form(form);
  request.max_body_bytes = kMaxAnswerBytes;
  auto answer = fetcher_.Ask(options_.token_url, std::move(request), deadline);
  if (!answer.ok()) return std::move(answer).status().WithContext("token endpoint " + options_.token_url.ToString());
  if (answer->status < 200 || answer->status > 299) return Refused(options_.token_url, *answer);

  const Json said = ParseObject(answer->body);
  const std::string access_token = TextOf(said, "access_token");
  if (!TextOf(said, "error").empty()) return Refused(options_.token_url, *answer);
  if (!IsToken(access_token)) {
    return base::Corrupt("token endpoint " + options_.token_url.ToString() + ": the answer holds no access_token");
  }
  Token token;
  token.authorization = SchemeOf(TextOf(said, "token_type")) + " " + access_token;
  const double seconds = ExpiresIn(said);
  if (seconds > 0 && seconds < kLongest) {
    token.ends = clock_.Monotonic() + base::milliseconds(static_cast<int64_t>(seconds * 1000));
  }
  return token;
}

}  // namespace bekci::net
