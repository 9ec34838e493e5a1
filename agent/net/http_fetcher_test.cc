// Redirects, secrets and proxies, against our own server. The tunnel's good case is in
// tests/e2e/test_scrape_configs.py.
#include "agent/net/http_fetcher.h"

#include <doctest/doctest.h>

#include <atomic>

#include "agent/base/log.h"
#include "agent/net/server.h"

namespace bekci::net::http_fetcher_test {
namespace {

const base::RealClock kClock;

struct TestServer {
  explicit TestServer(Handler handler) {
    ServerOptions options;
    options.listen_addresses = {"127.0.0.1:0"};
    auto started = StartServer(options, std::move(handler), log);
    REQUIRE(started.ok());
    server = std::move(*started);
  }
  std::string Address() const { return server->addresses().front(); }
  Url At(const std::string& target) const { return *ParseUrl("http://" + Address() + target); }
  base::CaptureLogger log;
  std::unique_ptr<Server> server;
};

HttpResponse Redirect(int status, std::string location) {
  HttpResponse response;
  response.status = status;
  response.headers = {{"Location", std::move(location)}};
  return response;
}

base::Result<HttpAnswer> Fetch(HttpFetcher& fetcher, const Url& url) {
  HttpFetcher::Request request;
  request.fields = {{"X-Open", "open"}};
  request.secrets = {{"X-Secret", "secret"}};
  request.max_body_bytes = 1000;
  return fetcher.Ask(url, std::move(request), kClock.Monotonic() + base::seconds(10));
}

// The name of the same server in other letters: another host as far as anyone who keeps secrets is concerned.
std::string ByName(const std::string& address) {
  return "localhost" + address.substr(address.rfind(':'));
}

}  // namespace

TEST_CASE("redirects are followed, with the headers, and secrets stay with the host that was asked") {
  std::string address;
  const TestServer server([&address](const HttpRequest& request) {
    HttpResponse response;
    if (request.path == "/once") return Redirect(302, "two?x=1");
    if (request.path == "/two") return Redirect(308, "http://" + address + "/end");
    if (request.path == "/away") return Redirect(307, "http://" + ByName(address) + "/back");
    if (request.path == "/back") return Redirect(301, "http://" + address + "/end");
    response.body =
        request.path + " " + std::string(request.Header("X-Open")) + " " + std::string(request.Header("X-Secret"));
    return response;
  });
  address = server.Address();
  HttpFetcher fetcher({}, kClock);
  CHECK(Fetch(fetcher, server.At("/end"))->body == "/end open secret");
  CHECK(Fetch(fetcher, server.At("/once"))->body == "/end open secret");
  CHECK(Fetch(fetcher, server.At("/away"))->body == "/end open ");
  CHECK(Fetch(fetcher, server.At("/end"))->body == "/end open secret");

  FetcherOptions stay;
  stay.follow_redirects = false;
  HttpFetcher strict(std::move(stay), kClock);
  const auto answer = Fetch(strict, server.At("/once"));
  REQUIRE(answer.ok());
  CHECK(answer->status == 302);
  CHECK(answer->reason == "Found");
}

TEST_CASE("a loop of redirects ends, and one that leads nowhere says so") {
  std::atomic<int> asked = 0;
  const TestServer server([&asked](const HttpRequest& request) {
    ++asked;
    return Redirect(302, request.path == "/loop" ? "/loop" : "ftp://host/");
  });
  HttpFetcher fetcher({}, kClock);
  const auto loop = Fetch(fetcher, server.At("/loop"));
  CHECK(loop.status().code() == base::Code::kLimit);
  CHECK(loop.status().message() == "stopped after 10 redirects");
  CHECK(asked == 11);
  CHECK(Fetch(fetcher, server.At("/ftp")).status().message().starts_with("redirect: URL \"ftp://host/\""));
}

TEST_CASE("every method goes out as it is called, is never redirected, and says whether it left") {
  const TestServer server([](const HttpRequest& request) {
    if (request.path == "/away") return Redirect(302, "/end");
    HttpResponse response;
    response.body = request.method + " " + request.body;
    return response;
  });
  HttpFetcher fetcher({}, kClock);
  const auto ask = [&](const std::string& method, const std::string& target, bool* sent) {
    HttpFetcher::Request request;
    request.method = method;
    if (method != "GET") request.post_body = "body";
    request.max_body_bytes = 1000;
    request.connect_timeout = base::seconds(5);
    request.sent = sent;
    return fetcher.Ask(server.At(target), std::move(request), kClock.Monotonic() + base::seconds(10));
  };
  bool sent = false;
  for (const std::string method : {"PUT", "PATCH", "DELETE", "POST"}) {
    CHECK(ask(method, "/end", &sent)->body == method + " body");
    CHECK(sent);
    CHECK(ask(method, "/away", &sent)->status == 302);
  }
  CHECK(ask("GET", "/away", &sent)->body == "GET ");
  sent = false;
  CHECK(ask("B AD", "/end", &sent).status().code() == base::Code::kInvalid);
  CHECK(!sent);
}

TEST_CASE("what waits for a peer that says nothing ends at once when it is interrupted, and nothing is asked after") {
  Interruption interruption;
  base::Mutex mutex;
  base::CondVar released;
  bool release = false;
  const TestServer server([&](const HttpRequest&) {
    interruption.Interrupt();
    base::MutexLock lock(mutex);
    while (!release) released.Wait(mutex);
    return HttpResponse();
  });
  HttpFetcher fetcher({}, kClock, &interruption);
  HttpFetcher::Request request;
  const auto answer = fetcher.Ask(server.At("/poll"), request, kClock.Monotonic() + base::minutes(5));
  CHECK(answer.status().code() == base::Code::kUnavailable);
  CHECK(answer.status().message().find("given up") != std::string::npos);
  {
    base::MutexLock lock(mutex);
    release = true;
    released.NotifyAll();
  }
  CHECK(!fetcher.Ask(server.At("/poll"), request, kClock.Monotonic() + base::minutes(5)).ok());
}

TEST_CASE("a proxy is asked for whole addresses, with its own password") {
  const TestServer proxy([](const HttpRequest& request) {
    HttpResponse response;
    response.body = std::string(request.Header("Host")) + " " + request.path + " " +
                    std::string(request.Header("Proxy-Authorization"));
    return response;
  });
  FetcherOptions options;
  options.proxies.for_http = options.proxies.for_https = *ParseUrl("http://user:p%40ss@" + proxy.Address());
  HttpFetcher fetcher(std::move(options), kClock);
  const auto plain = Fetch(fetcher, *ParseUrl("http://no-such-host.invalid:81/metrics"));
  REQUIRE_MESSAGE(plain.ok(), plain.status().message());
  CHECK(plain->body == "no-such-host.invalid:81 /metrics Basic dXNlcjpwQHNz");
  const auto tunnelled = Fetch(fetcher, *ParseUrl("https://no-such-host.invalid/metrics"));
  REQUIRE(!tunnelled.ok());
  CHECK_MESSAGE(tunnelled.status().message().find("does not pass on to no-such-host.invalid:443") != std::string::npos,
                tunnelled.status().message());
}

TEST_CASE("a password is encoded as RFC 4648 says, whatever its length") {
  CHECK(BasicAuthorization("Aladdin:open sesame") == "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
  CHECK(BasicAuthorization("a:bc") == "Basic YTpiYw==");
  CHECK(BasicAuthorization("a:b") == "Basic YTpi");
  CHECK(BasicAuthorization("a:bcd") == "Basic YTpiY2Q=");
}

}  // namespace bekci::net::http_fetcher_test
