// Tokens against our own server: where the secret stands, how long a token is used, and what a refusal says.
#include "agent/net/oauth2_tokens.h"

#include <doctest/doctest.h>

#include "agent/base/log.h"
#include "agent/net/server.h"

namespace bekci::net::oauth2_tokens_test {
namespace {

// A token endpoint: remembers what it was asked, answers as told.
class Endpoint {
 public:
  Endpoint() {
    ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto started = StartServer(
        options,
        [this](const HttpRequest& request) {
          const base::MutexLock lock(mutex_);
          ++asked_;
          authorization_ = request.Header("Authorization");
          form_ = request.body;
          HttpResponse response;
          const bool in_form = request.body.find("client_secret=") != std::string::npos;
          response.status = only_in_form_ && !in_form ? 401 : status_;
          response.body = response.status == 200 ? answer_ : R"({"error":"invalid_client","error_description":"no"})";
          return response;
        },
        log_);
    REQUIRE(started.ok());
    server_ = std::move(*started);
    options_.token_url = *ParseUrl("http://" + server_->addresses().front() + "/token");
    options_.client_id = "shop agent";
    options_.scopes = {"read", "write"};
    options_.endpoint_params = {{"audience", "a&b"}};
  }
  void Answer(int status, std::string answer, bool only_in_form = false) {
    const base::MutexLock lock(mutex_);
    status_ = status;
    answer_ = std::move(answer);
    only_in_form_ = only_in_form;
  }
  int asked() const {
    const base::MutexLock lock(mutex_);
    return asked_;
  }
  std::string authorization() const {
    const base::MutexLock lock(mutex_);
    return authorization_;
  }
  std::string form() const {
    const base::MutexLock lock(mutex_);
    return form_;
  }
  OAuth2Options options_;

 private:
  mutable base::Mutex mutex_;
  int asked_ GUARDED_BY(mutex_) = 0;
  int status_ GUARDED_BY(mutex_) = 200;
  bool only_in_form_ GUARDED_BY(mutex_) = false;
  std::string answer_ GUARDED_BY(mutex_) = R"({"access_token":"t1","token_type":"bearer","expires_in":60})";
  std::string authorization_ GUARDED_BY(mutex_);
  std::string form_ GUARDED_BY(mutex_);
  base::CaptureLogger log_;
  std::unique_ptr<Server> server_;
};

// Connections wait on the real clock; only the age of tokens is told by this one.
struct Client {
  explicit Client(const Endpoint& endpoint) : tokens(endpoint.options_, clock) {}
  base::Result<std::string> Ask(const std::string& secret = "s3cret/") {
    return tokens.Authorization(secret, clock.Monotonic() + base::seconds(10));
  }
  base::FakeClock clock;
  OAuth2Tokens tokens;
};

}  // namespace

TEST_CASE("a token is asked for as RFC 6749 says, used until shortly before it ends, and asked for again then") {
  Endpoint endpoint;
  Client client(endpoint);
  CHECK(*client.Ask() == "Bearer t1");
  CHECK(endpoint.form() == "grant_type=client_credentials&scope=read+write&audience=a%26b");
  CHECK(endpoint.authorization() == BasicAuthorization("shop+agent:s3cret%2F"));
  client.clock.Advance(base::seconds(49));
  CHECK(*client.Ask() == "Bearer t1");
  CHECK(endpoint.asked() == 1);
  endpoint.Answer(200, R"({"access_token":"t2","token_type":"MAC","expires_in":"3600"})");
  client.clock.Advance(base::seconds(1));
  CHECK(*client.Ask() == "MAC t2");
  endpoint.Answer(200, R"({"access_token":"t3"})");
  CHECK(*client.Ask("another") == "Bearer t3");
  client.clock.Advance(base::seconds(1'000'000));
  CHECK(*client.Ask("another") == "Bearer t3");
  CHECK(endpoint.asked() == 3);
}

TEST_CASE("an endpoint that does not read the header gets the secret in the form, and at once from then on") {
  Endpoint endpoint;
  endpoint.Answer(200, R"({"access_token":"t1","expires_in":60})", true);
  Client client(endpoint);
  CHECK(*client.Ask() == "Bearer t1");
  CHECK(endpoint.asked() == 2);
  CHECK(endpoint.form().ends_with("&client_id=shop+agent&client_secret=s3cret%2F"));
  CHECK(endpoint.authorization().empty());
  client.clock.Advance(base::seconds(60));
  CHECK(*client.Ask() == "Bearer t1");
  CHECK(endpoint.asked() == 3);
}

TEST_CASE("a refusal has the endpoint's words and never the secret, and the next try is a new one") {
  Endpoint endpoint;
  endpoint.Answer(401, "");
  Client client(endpoint);
  const auto refused = client.Ask();
  REQUIRE(!refused.ok());
  CHECK(refused.status().code() == base::Code::kDenied);
  CHECK(refused.status().message() ==
        "token endpoint " + endpoint.options_.token_url.ToString() + R"x(: HTTP status 401, "invalid_client (no)")x");
  endpoint.Answer(200, R"({"access_token":"t1"})");
  CHECK(*client.Ask() == "Bearer t1");
}

TEST_CASE("an answer without a usable token is an error, whatever it is") {
  Endpoint endpoint;
  const std::string deep = R"({"access_token":)" + std::string(100'000, '[');
  for (const std::string& answer : {std::string(), std::string("access_token=t"), std::string("[]"), std::string("{}"),
                                    std::string(R"({"access_token":7})"), std::string(R"({"access_token":"a\r\nb"})"),
                                    std::string(R"({"error":"x","access_token":"t"})"), deep}) {
    endpoint.Answer(200, answer);
    Client client(endpoint);
    CHECK_MESSAGE(!client.Ask().ok(), answer.substr(0, 50));
  }
}

}  // namespace bekci::net::oauth2_tokens_test
