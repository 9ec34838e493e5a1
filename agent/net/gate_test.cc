// The whole server on real loopback sockets: limits, deadlines, hostile and slow clients, keep-alive, graceful end.
// Deadlines are shortened by options; every wait is for an event with a time-out far beyond it.
#include <doctest/doctest.h>
#include <sys/resource.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "agent/base/file_system.h"
#include "agent/net/server.h"
#include "agent/net/test_client.h"

namespace bekci::net::gate_test {
namespace {

using base::milliseconds;

HttpResponse Echo(const HttpRequest& request) {
  if (request.path == "/throw") throw std::runtime_error("boom");
  HttpResponse response;
  response.body = request.method + " " + request.path;
  for (const auto& [key, value] : request.query) response.body += " " + key + "=" + value;
  response.body += " body=" + request.body + " from=" + request.client_address;
  if (const auto size = request.Query("size"); !size.empty()) response.body.assign(std::stoul(std::string(size)), 'x');
  if (request.path == "/split") response.headers.emplace_back("X-A", "a\r\nX-Evil: 1");
  return response;
}

struct TestServer {
  explicit TestServer(ServerOptions options = {}, Handler handler = &Echo) {
    if (options.listen_addresses.front() == "127.0.0.1:10112") options.listen_addresses = {"127.0.0.1:0"};
    auto started = StartServer(options, std::move(handler), log);
    REQUIRE_MESSAGE(started.ok(), started.status().message());
    server = std::move(started).value();
  }
  TestClient Connect() const { return TestClient(server->addresses().front()); }
  base::CaptureLogger log;
  std::unique_ptr<Server> server;
};

const char kGet[] = "GET /a?b=c HTTP/1.1\r\nHost: h\r\n\r\n";

TEST_CASE("a request is answered with what the handler saw, and the connection stays open") {
  const TestServer server;
  TestClient client = server.Connect();
  for (int i = 0; i < 3; ++i) {
    client.Send(kGet);
    const TestAnswer answer = client.ReadAnswer();
    CHECK(answer.status == 200);
    CHECK(answer.body == "GET /a b=c body= from=127.0.0.1");
    CHECK(answer.Header("Connection") == "keep-alive");
    CHECK_FALSE(answer.Header("Date").empty());
  }
  CHECK(server.server->stats().accepted == 1);
  CHECK(server.server->stats().requests == 3);
}

TEST_CASE("bodies arrive whole: with a length, chunked, in single bytes, after 100-continue") {
  const TestServer server;
  TestClient client = server.Connect();
  client.Send("POST /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello");
  CHECK(client.ReadAnswer().body == "POST /p body=hello from=127.0.0.1");
  for (const char c : std::string(
           "POST /p HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n")) {
    client.Send(std::string(1, c));
  }
  CHECK(client.ReadAnswer().body == "POST /p body=hello from=127.0.0.1");
  client.Send("PUT /p HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  CHECK(client.ReadUntil("\r\n\r\n") == "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("hello");
  CHECK(client.ReadAnswer().body == "PUT /p body=hello from=127.0.0.1");
}

TEST_CASE("pipelined requests are answered in order") {
  const TestServer server;
  TestClient client = server.Connect();
  std::string all;
  for (int i = 0; i < 20; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
  client.Send(all);
  for (int i = 0; i < 20; ++i) CHECK(client.ReadAnswer().body == "GET /" + std::to_string(i) + " body= from=127.0.0.1");
}

TEST_CASE("HEAD is GET without the body, and the next answer is not confused by it") {
  const TestServer server;
  TestClient client = server.Connect();
  client.Send("HEAD /a HTTP/1.1\r\nHost: h\r\n\r\n");
  const std::string head = client.ReadUntil("\r\n\r\n");
  CHECK(head.find("Content-Length: 27\r\n") != std::string::npos);
  client.Send(kGet);
  CHECK(client.ReadAnswer().status == 200);
}

TEST_CASE("what is wrong is refused with its status and the connection ends") {
  ServerOptions options;
  options.max_body_bytes = 100;
  const TestServer server(options);
  struct Row {
    std::string text;
    int status;
  };
  const Row rows[] = {
      {"GET / HTTP/1.1\nHost: h\n\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400},
      {"GET /../etc/passwd HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"GET /?a=%zz HTTP/1.1\r\nHost: h\r\n\r\n", 400},
      {"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n", 413},
      {"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
      {"GET /" + std::string(20000, 'a'), 431},
      {"BREW / HTTP/1.1\r\nHost: h\r\n\r\n", 501},
      {"GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text.substr(0, 60));
    TestClient client = server.Connect();
    client.Send(row.text);
    CHECK(client.ReadAnswer().status == row.status);
    CHECK(client.AtEnd());
  }
}

TEST_CASE("a handler that throws costs its own request only") {
  TestServer server;
  TestClient client = server.Connect();
  client.Send("GET /throw HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(client.ReadAnswer().status == 500);
  CHECK(server.log.CountContaining("boom") == 1);
  client.Send(kGet);
  CHECK(client.ReadAnswer().status == 200);
}

TEST_CASE("a header value with a line end never splits the answer") {
  TestServer server;
  TestClient client = server.Connect();
  client.Send("GET /split HTTP/1.1\r\nHost: h\r\n\r\n");
  const TestAnswer answer = client.ReadAnswer();
  CHECK(answer.status == 200);
  CHECK(answer.head.find("Evil") == std::string::npos);
  CHECK(server.log.bugs() == 1);
}

TEST_CASE("who the client is and whether it came through TLS is nothing a header can say") {
  const TestServer server;
  TestClient client = server.Connect();
  client.Send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 6.6.6.6\r\nForwarded: for=6.6.6.6;proto=https\r\n\r\n");
  CHECK(client.ReadAnswer().body == "GET / body= from=127.0.0.1");
}

TEST_CASE("a CORS preflight is the handler's to answer") {
  const TestServer server;
  TestClient client = server.Connect();
  client.Send("OPTIONS /x HTTP/1.1\r\nHost: h\r\nOrigin: http://evil\r\nAccess-Control-Request-Method: POST\r\n\r\n");
  const TestAnswer answer = client.ReadAnswer();
  CHECK(answer.body == "OPTIONS /x body= from=127.0.0.1");
  CHECK(answer.Header("Access-Control-Allow-Origin").empty());
}

TEST_CASE("slow clients are dropped at their deadline while a good one is answered all the time") {
  ServerOptions options;
  options.handler_threads = 2;
  options.head_deadline = milliseconds(300);
  options.body_deadline = milliseconds(300);
  const TestServer server(options);
  std::vector<TestClient> bad;
  for (int i = 0; i < 40; ++i) {
    bad.push_back(server.Connect());
    if (i % 3 == 1) bad.back().Send("GET / HTTP/1.1\r\nHo");
    if (i % 3 == 2) bad.back().Send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nabc");
  }
  TestClient good = server.Connect();
  int answered = 0;
  while (server.server->stats().dropped_slow < 40) {
    good.Send(kGet);
    REQUIRE(good.ReadAnswer().status == 200);
    ++answered;
  }
  CHECK(answered > 5);
  for (size_t i = 0; i < bad.size(); ++i) {
    CAPTURE(i);
    if (i % 3 != 0) CHECK(bad[i].ReadAnswer().status == 408);
    CHECK(bad[i].AtEnd());
  }
}

TEST_CASE("limits in all and per address close what is too much, and idle connections make room") {
  ServerOptions options;
  options.max_connections = 10;
  options.max_connections_per_address = 6;
  const TestServer server(options);
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) clients.push_back(server.Connect());
  CHECK(clients[6].AtEnd());
  CHECK(clients[7].AtEnd());
  CHECK(server.server->stats().dropped_limit == 2);
  clients[0].Send(kGet);
  CHECK(clients[0].ReadAnswer().status == 200);

  options.max_connections = 3;
  const TestServer small(options);
  std::vector<TestClient> idle;
  for (int i = 0; i < 6; ++i) {
    idle.push_back(small.Connect());
    idle.back().Send(kGet);
    CHECK(idle.back().ReadAnswer().status == 200);
  }
  CHECK(small.server->stats().dropped_limit == 0);
  CHECK(idle.front().AtEnd());
}

TEST_CASE("requests beyond the handler threads wait, and are told so when it takes too long") {
  std::atomic<bool> release{false};
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  ServerOptions options;
  options.handler_threads = 2;
  options.answer_deadline = milliseconds(300);
  TestServer server(options, [&](const HttpRequest&) {
    const int now = ++running;
    if (now > most.load()) most.store(now);
    while (!release.load()) std::this_thread::sleep_for(milliseconds(1));
    --running;
    return HttpResponse();
  });
  std::vector<TestClient> clients;
  for (int i = 0; i < 6; ++i) {
    clients.push_back(server.Connect());
    clients.back().Send(kGet);
  }
  int busy = 0;
  for (int i = 2; i < 6; ++i) busy += clients[static_cast<size_t>(i)].ReadAnswer().status == 503 ? 1 : 0;
  release.store(true);
  CHECK(busy == 4);
  CHECK(clients[0].ReadAnswer().status == 200);
  CHECK(clients[1].ReadAnswer().status == 200);
  CHECK(most.load() == 2);
  CHECK(server.server->stats().refused_busy == 4);
}

TEST_CASE("an urgent request is answered while all other threads are busy and many wait") {
  std::atomic<bool> release{false};
  std::atomic<int> ordinary{0};
  ServerOptions options;
  options.handler_threads = 3;
  options.urgent_paths = {"/metrics"};
  TestServer server(options, [&](const HttpRequest& request) {
    if (request.path == "/metrics") return HttpResponse();
    ++ordinary;
    while (!release.load()) std::this_thread::sleep_for(milliseconds(1));
    return HttpResponse();
  });
  std::vector<TestClient> clients;
  for (int i = 0; i < 8; ++i) {
    clients.push_back(server.Connect());
    clients.back().Send(kGet);
  }
  for (int i = 0; i < 3; ++i) {
    TestClient scraper = server.Connect();
    scraper.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(scraper.ReadAnswer().status == 200);
  }
  CHECK(ordinary.load() <= 2);  // one thread is kept
  release.store(true);
  for (TestClient& client : clients) CHECK(client.ReadAnswer().status == 200);
}

TEST_CASE("urgent requests without end leave other requests their threads") {
  std::atomic<bool> release{false};
  ServerOptions options;
  options.handler_threads = 2;
  options.urgent_paths = {"/metrics"};
  TestServer server(options, [&](const HttpRequest& request) {
    while (request.path == "/metrics" && !release.load()) std::this_thread::sleep_for(milliseconds(1));
    return HttpResponse();
  });
  TestClient first = server.Connect();
  first.Send("GET /metrics HTTP/1.1\r\nHost: h\r\n\r\n");
  while (server.server->stats().requests < 1) std::this_thread::sleep_for(milliseconds(1));
  TestClient other = server.Connect();
  other.Send(kGet);
  CHECK(other.ReadAnswer().status == 200);
  release.store(true);
  CHECK(first.ReadAnswer().status == 200);
}

TEST_CASE("a handler that takes too long is answered for, and its thread is not counted free") {
  std::atomic<bool> release{false};
  ServerOptions options;
  options.handler_threads = 1;
  options.handler_deadline = milliseconds(100);
  TestServer server(options, [&](const HttpRequest& request) {
    while (request.path == "/slow" && !release.load()) std::this_thread::sleep_for(milliseconds(1));
    return HttpResponse();
  });
  TestClient slow = server.Connect();
  slow.Send("GET /slow HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(slow.ReadAnswer().status == 504);
  TestClient next = server.Connect();
  next.Send(kGet);
  release.store(true);
  CHECK(next.ReadAnswer().status == 200);
}

TEST_CASE("a large answer reaches a slow reader whole and holds no handler thread") {
  ServerOptions options;
  options.handler_threads = 1;
  const TestServer server(options);
  TestClient slow = server.Connect();
  slow.Send("GET /?size=900000 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(slow.ReadUntil("\r\n\r\n").find("200 OK") != std::string::npos);
  TestClient good = server.Connect();
  good.Send(kGet);  // the only thread must be free although nobody reads the 900 kB
  CHECK(good.ReadAnswer().status == 200);
  CHECK(slow.Read(900000) == std::string(900000, 'x'));
  slow.Send("GET /?size=50000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  const TestAnswer answer = slow.ReadAnswer();
  CHECK(answer.body.size() == 50000000);
}

TEST_CASE("answers that nobody takes are given up when there is no room, and others are answered") {
  ServerOptions options;
  options.handler_threads = 1;
  options.max_buffered_bytes = 15 << 20;
  options.crowded_deadline = milliseconds(200);
  const TestServer server(options);
  std::vector<TestClient> deaf;
  for (int i = 0; i < 4; ++i) {
    deaf.push_back(server.Connect());
    deaf.back().Send("GET /?size=12000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  TestClient good = server.Connect();
  good.Send(kGet);
  CHECK(good.ReadAnswer().status == 200);  // long before the answer deadline of a minute
  CHECK(server.server->stats().dropped_slow >= 1);
  CHECK(deaf[0].ReadAnswer().status == 0);
}

TEST_CASE("a reader that stops is dropped at the answer deadline") {
  ServerOptions options;
  options.answer_deadline = milliseconds(200);
  const TestServer server(options);
  TestClient client = server.Connect();
  client.Send("GET /?size=30000000 HTTP/1.1\r\nHost: h\r\n\r\n");
  CHECK(AwaitTrue([&] { return server.server->stats().dropped_slow == 1; }));
  CHECK(AwaitTrue([&] { return server.server->stats().open_connections == 0; }));
}

TEST_CASE("an idle connection is closed after its time") {
  ServerOptions options;
  options.idle_deadline = milliseconds(100);
  const TestServer server(options);
  TestClient client = server.Connect();
  client.Send(kGet);
  CHECK(client.ReadAnswer().status == 200);
  CHECK(client.AtEnd());
  CHECK(server.server->stats().dropped_slow == 0);
}

TEST_CASE("HTTP/1.0 and half-closed clients get their answer and the end") {
  const TestServer server;
  TestClient old = server.Connect();
  old.Send("GET / HTTP/1.0\r\n\r\n");
  CHECK(old.ReadAnswer().Header("Connection") == "close");
  CHECK(old.AtEnd());
  TestClient half = server.Connect();
  half.Send("GET /a HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  half.FinishSending();
  CHECK(half.ReadAnswer().status == 200);
  CHECK(half.AtEnd());
}

TEST_CASE("a handler can see that its client has hung up, before and while it runs") {
  std::atomic<int> started{0};
  std::atomic<int> saw_gone{0};
  const auto handler = [&](const HttpRequest& request) {
    ++started;
    if (request.path == "/wait" && AwaitTrue([&] { return request.gone->load(); })) ++saw_gone;
    return HttpResponse();
  };
  ServerOptions options;
  options.handler_threads = 1;
  const TestServer server(options, handler);
  {
    TestClient first = server.Connect();
    first.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    CHECK(AwaitTrue([&] { return started.load() == 1; }));
    TestClient second = server.Connect();  // hangs up while it waits for the one thread
    second.Send("GET /wait HTTP/1.1\r\nHost: h\r\n\r\n");
    second.FinishSending();
    CHECK(saw_gone.load() == 0);
    first.FinishSending();
    CHECK(first.ReadAnswer().status == 200);
  }
  CHECK(AwaitTrue([&] { return saw_gone.load() == 2; }));
  TestClient quiet = server.Connect();
  quiet.Send(kGet);
  CHECK(quiet.ReadAnswer().status == 200);
}

TEST_CASE("a handler whose server stops sees that nobody waits") {
  std::atomic<bool> started{false};
  std::atomic<bool> saw_gone{false};
  const auto handler = [&](const HttpRequest& request) {
    started = true;
    saw_gone = AwaitTrue([&] { return request.gone->load(); });
    return HttpResponse();
  };
  TestServer server({}, handler);
  TestClient client = server.Connect();
  client.Send(kGet);
  CHECK(AwaitTrue([&] { return started.load(); }));
  server.server.reset();
  CHECK(saw_gone.load());
}

TEST_CASE("it listens on IPv6, on unix sockets, on every address, and says why it cannot") {
  ServerOptions options;
  options.listen_addresses = {"unix:/tmp/bekci-gate-test.sock", "[::1]:0", ":0"};
  {
    const TestServer server(options);
    for (const std::string& address : server.server->addresses()) {
      CAPTURE(address);
      TestClient client(address);
      client.Send(kGet);
      CHECK(client.ReadAnswer().status == 200);
    }
    options.listen_addresses = {server.server->addresses()[1]};
    base::CaptureLogger log;
    const auto second = StartServer(options, &Echo, log);
    REQUIRE_FALSE(second.ok());
    CHECK(second.status().message().find("Address already in use; another bekci") != std::string::npos);
  }
  base::RealFileSystem files;
  CHECK_FALSE(files.Exists("/tmp/bekci-gate-test.sock"));
}

TEST_CASE("stopping finishes what a handler works on and takes less than a second") {
  std::atomic<bool> inside{false};
  auto server = std::make_unique<TestServer>(ServerOptions(), [&](const HttpRequest&) {
    inside.store(true);
    std::this_thread::sleep_for(milliseconds(100));
    HttpResponse response;
    response.body = "done";
    return response;
  });
  TestClient working = server->Connect();
  TestClient idle = server->Connect();
  working.Send(kGet);
  REQUIRE(AwaitTrue([&] { return inside.load(); }));
  const auto begin = std::chrono::steady_clock::now();
  server->server.reset();
  const auto took = std::chrono::steady_clock::now() - begin;
  CHECK(took < milliseconds(1000));
  CHECK(working.ReadAnswer().body == "done");
  CHECK(idle.AtEnd());
}

}  // namespace
}  // namespace bekci::net::gate_test
