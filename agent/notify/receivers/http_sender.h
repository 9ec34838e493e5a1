// HttpSender: questions of one integration over HTTP: its connections, its secrets, its time-outs.
//
// Connections and tokens are used by one delivery at a time; several deliveries at once each have their own, and what
// one leaves open the next one uses. Secrets are read anew for every question. An answer is read up to 64 KiB. A
// question that is not a GET goes nowhere but where it was sent.
//
// Thread rule: any thread, several at once.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "agent/base/mutex.h"
#include "agent/client/http_secrets.h"
#include "agent/net/http_fetcher.h"
#include "agent/notify/receivers/reply.h"

namespace bekci::notify::receivers {

inline constexpr size_t kMaxAnswerBytes = 64 << 10;

struct HttpQuestion {
  std::string method = "POST";
  std::string url;
  std::string content_type = "application/json";
  std::string body = {};
  net::HttpFetcher::Fields fields = {};
  net::HttpFetcher::Fields secrets = {};  // header fields beside those of http_config
  size_t max_answer_bytes = kMaxAnswerBytes;
};

class HttpSender {
 public:
  // clock, fs and interruption outlive it; the last ends what is under way, null: nothing does.
  HttpSender(client::HttpOptions options, const base::Clock& clock, base::FileSystem& fs, std::string user_agent,
             const net::Interruption* interruption = nullptr);
  ~HttpSender();
  HttpSender(const HttpSender&) = delete;
  HttpSender& operator=(const HttpSender&) = delete;

  // Never beyond `deadline`. `known_secrets` grows by the values of all secrets that were sent, for redaction.
  HttpReply Ask(const HttpQuestion& question, base::MonotonicTime deadline, std::vector<std::string>* known_secrets);

 private:
  struct Session;
  class Lease;
  std::unique_ptr<Session> Take();
  void GiveBack(std::unique_ptr<Session> session);
  HttpReply AskOver(Session& session, const HttpQuestion& question, base::MonotonicTime deadline,
                    std::vector<std::string>* known_secrets) const;

  const client::HttpOptions options_;
  const base::Clock& clock_;
  base::FileSystem& fs_;
  const std::string user_agent_;
  const net::Interruption* const interruption_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<Session>> idle_ GUARDED_BY(mutex_);
};

}  // namespace bekci::notify::receivers
