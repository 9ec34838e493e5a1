#include "agent/notify/receivers/http_sender.h"

#include "agent/base/text.h"

namespace bekci::notify::receivers {
namespace {

constexpr base::Duration kConnectTimeout = base::seconds(5);
constexpr size_t kMaxIdle = 4;

bool HasField(const net::HttpFetcher::Fields& fields, std::string_view name) {
  for (const auto& [field, value] : fields) {
    if (base::EqualsIgnoreCase(field, name)) return true;
  }
  return false;
}

}  // namespace

struct HttpSender::Session {
  Session(const client::HttpOptions& options, const base::Clock& clock, base::FileSystem& fs,
          const net::Interruption* interruption)
      : fetcher(options.fetcher, clock, interruption), secrets(options, fs, clock) {}
  net::HttpFetcher fetcher;
  client::HttpSecrets secrets;
};

// A session for one question, given back whatever comes.
class HttpSender::Lease {
 public:
  explicit Lease(HttpSender& sender) : sender_(sender), session_(sender.Take()) {}
  ~Lease() { sender_.GiveBack(std::move(session_)); }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  Session& session() { return *session_; }

 private:
  HttpSender& sender_;
  std::unique_ptr<Session> session_;
};

HttpSender::HttpSender(client::HttpOptions options, const base::Clock& clock, base::FileSystem& fs,
                       std::string user_agent, const net::Interruption* interruption)
    : options_(std::move(options)),
      clock_(clock),
      fs_(fs),
      user_agent_(std::move(user_agent)),
      interruption_(interruption) {}
HttpSender::~HttpSender() = default;

std::unique_ptr<HttpSender::Session> HttpSender::Take() {
  {
    base::MutexLock lock(mutex_);
    if (!idle_.empty()) {
      auto session = std::move(idle_.back());
      idle_.pop_back();
      return session;
    }
  }
  return std::make_unique<Session>(options_, clock_, fs_, interruption_);
}

void HttpSender::GiveBack(std::unique_ptr<Session> session) {
  base::MutexLock lock(mutex_);
  if (idle_.size() < kMaxIdle) idle_.push_back(std::move(session));
}

HttpReply HttpSender::Ask(const HttpQuestion& question, base::MonotonicTime deadline,
                          std::vector<std::string>* known_secrets) {
  Lease lease(*this);
  return AskOver(lease.session(), question, deadline, known_secrets);
}

HttpReply HttpSender::AskOver(Session& session, const HttpQuestion& question, base::MonotonicTime deadline,
                              std::vector<std::string>* known_secrets) const {
  HttpReply reply;
  const auto url = net::ParseUrl(question.url);
  if (!url.ok()) {
    // Not the parser's own words: they repeat the URL, which may be a secret.
    reply.status = base::Invalid("the URL cannot be asked: it is not http://HOST/... or https://HOST/...");
    return reply;
  }
  auto secrets = session.secrets.Fields(deadline);
  if (!secrets.ok()) {
    reply.status = std::move(secrets).status();
    return reply;
  }
  net::HttpFetcher::Request request;
  request.fields = {{"User-Agent", user_agent_}, {"Accept", "*/*"}};
  if (!question.content_type.empty()) request.fields.emplace_back("Content-Type", question.content_type);
  request.fields.insert(request.fields.end(), question.fields.begin(), question.fields.end());
  request.fields.insert(request.fields.end(), options_.headers.begin(), options_.headers.end());
  request.secrets = question.secrets;
  // What the kind itself authenticates with stands above http_config.
  for (auto& field : *secrets) {
    if (!HasField(question.secrets, field.first)) request.secrets.push_back(std::move(field));
  }
  if (!url->userinfo.empty() && !HasField(request.secrets, "Authorization")) {
    request.secrets.emplace_back("Authorization", net::BasicAuthorization(net::Unescaped(url->userinfo)));
  }
  for (const auto& [name, value] : request.secrets) {
    known_secrets->push_back(value);
    // "Bearer TOKEN": the token alone.
    const size_t blank = value.find(' ');
    if (blank != std::string::npos) known_secrets->push_back(value.substr(blank + 1));
  }
  const auto password = client::ReadSecret(fs_, options_.password);
  if (options_.basic_auth && password.ok()) known_secrets->push_back(*password);
  request.max_body_bytes = question.max_answer_bytes;
  request.method = question.method;
  if (question.method != "GET") request.post_body = question.body;
  request.cut_body = true;
  request.connect_timeout = kConnectTimeout;
  request.sent = &reply.sent;
  auto answer = session.fetcher.Ask(*url, std::move(request), deadline);
  if (!answer.ok()) {
    reply.status = std::move(answer).status();
    return reply;
  }
  reply.code = answer->status;
  reply.retry_after = ParseRetryAfter(answer->Field("retry-after"), clock_.Now());
  reply.body = std::move(answer->body);
  return reply;
}

}  // namespace bekci::notify::receivers
