// Records out and in, the CGI answer, JSON and the pages in it: recordings of FPM 8.2, and damage done to them.
#include "exporters/phpfpm/fastcgi.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "agent/base/file_system.h"
#include "exporters/phpfpm/fake_fpm.h"
#include "exporters/phpfpm/json_walk.h"
#include "exporters/phpfpm/php_cache.h"
#include "exporters/phpfpm/status_page.h"

namespace bekci::exporters::phpfpm::fastcgi_test {
namespace {

std::string TestData(const std::string& name) {
  base::RealFileSystem fs;
  return fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/phpfpm/testdata/" + name).value();
}

std::string Body(const std::string& name) {
  const std::string text = TestData(name);
  const auto answer = ParseCgiAnswer(text);
  REQUIRE(answer.ok());
  return std::string(answer->body);
}

constexpr size_t kCap = 10'000;

struct Reading {
  base::Status status;
  bool done = false;
  std::string output;
  std::string errors;
};

Reading Read(std::string_view bytes, size_t piece = 1 << 20) {
  Reading reading;
  FastCgiReader reader(kCap);
  while (!bytes.empty() && !reading.done && reading.status.ok()) {
    auto state = reader.Feed(bytes.substr(0, piece));
    reading.status = state.status();
    reading.done = state.ok() && *state == FastCgiReader::State::kDone;
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  reading.output = reader.output();
  reading.errors = reader.error_output();
  return reading;
}

}  // namespace

TEST_CASE("a request is begin, parameters and no input, and does not ask to keep the connection") {
  const std::string bytes = EncodeRequest({"/status", "/status", "json&full"});
  CHECK(bytes.substr(0, 16) == std::string("\1\1\0\1\0\10\0\0\0\1\0\0\0\0\0\0", 16));
  CHECK(bytes.substr(16, 4) == std::string("\1\4\0\1", 4));
  CHECK(bytes.find("REQUEST_URI/status?json&full") != std::string::npos);
  CHECK(bytes.substr(bytes.size() - 16) == std::string("\1\4\0\1\0\0\0\0\1\5\0\1\0\0\0\0", 16));
  // Long values have a four-byte length.
  const std::string path = "/" + std::string(300, 'p');
  CHECK(EncodeRequest({path, path, ""}).find(std::string("\xf\x80\0\1\x2dSCRIPT_FILENAME/p", 22)) != std::string::npos);
}

TEST_CASE("an answer is put together whatever the pieces, its errors kept apart") {
  const std::string bytes = Record(6, "Content-type: text/plain\r\n\r\npo") + Record(7, "a warning") + Record(6, "ng") +
                            Record(3, std::string(8, '\0'));
  for (const size_t piece : {size_t{1}, size_t{3}, size_t{8}, size_t{1000}}) {
    const Reading reading = Read(bytes, piece);
    CHECK(reading.done);
    CHECK(reading.output == "Content-type: text/plain\r\n\r\npong");
    CHECK(reading.errors == "a warning");
  }
  for (size_t size = 0; size < bytes.size(); ++size) CHECK(!Read(bytes.substr(0, size)).done);
}

TEST_CASE("what is not FastCGI, answers another request or is too long is refused") {
  CHECK(Read("HTTP/1.1 400 Bad Request\r\n").status.code() == base::Code::kCorrupt);
  std::string other = Record(6, "x");
  other[3] = 2;
  CHECK(Read(other).status.code() == base::Code::kCorrupt);
  CHECK(Read(Record(9, "x")).status.code() == base::Code::kCorrupt);
  CHECK(Read(Record(3, "short")).status.code() == base::Code::kCorrupt);
  CHECK(Read(Record(3, std::string("\0\0\0\0\2\0\0\0", 8))).status.code() == base::Code::kUnavailable);
  CHECK(Read(Record(3, std::string("\0\0\0\0\x77\0\0\0", 8))).status.code() == base::Code::kCorrupt);
  CHECK(Read(Record(6, std::string(6000, 'x')) + Record(6, std::string(6000, 'x'))).status.code() ==
        base::Code::kLimit);
  CHECK(Read(Record(7, std::string(60'000, 'e'))).errors.size() == FastCgiReader::kMaxErrorBytes);
}

TEST_CASE("FPM's own words for a wrong path come with their status") {
  const std::string text = TestData("notfound.cgi");
  const auto answer = ParseCgiAnswer(text);
  REQUIRE(answer.ok());
  CHECK(answer->status == 404);
  CHECK(answer->body == "File not found.\n");
  for (const char* bad : {"", "no head", "Status: abc\r\n\r\n", "Status: 99\r\n\r\n", "X: y\r\n"}) {
    CHECK(ParseCgiAnswer(bad).status().code() == base::Code::kCorrupt);
  }
}

TEST_CASE("the status page of FPM 8.2 is read, workers and all") {
  PoolStatus status;
  REQUIRE(ParseStatusPage(Body("status-full-8.2.cgi"), &status).ok());
  CHECK(status.pool == "shop");
  CHECK(status.accepted_connections == 2975);
  CHECK(status.listen_queue_length == 4096);
  CHECK(status.idle_processes == 2);
  CHECK(status.max_active_processes == 2);
  REQUIRE(status.workers.size() == 3);
  CHECK(status.workers[0].state == "Running");
  CHECK(status.workers[0].uri == "/status?full&json");
  CHECK(status.workers[2].pid == 29072);
  CHECK(status.workers[2].requests == 991);
  CHECK(status.workers[2].request_duration_us == 109);
  CHECK(status.workers[2].last_request_memory == 2097152);
}

TEST_CASE("a page cut off anywhere is refused; one of somebody else's too") {
  const std::string body = Body("status-full-8.2.cgi");
  PoolStatus status;
  for (size_t size = 0; size < body.size(); ++size) {
    CHECK(ParseStatusPage(body.substr(0, size), &status).code() == base::Code::kCorrupt);
  }
  CHECK(ParseStatusPage("{\"pool\": \"x\"}", &status).code() == base::Code::kCorrupt);
  CHECK(ParseStatusPage("[1, 2]", &status).code() == base::Code::kCorrupt);
}

TEST_CASE("an overflowed duration counts as 0, an odd byte in a URL hides nothing, an old spelling is known") {
  std::string body = Body("status-full-8.2.cgi");
  body.replace(body.find("\"request duration\":92"), 21, "\"request duration\":18446744073709551000");
  body.replace(body.find("?full&json"), 10, "?\xff\xfe");
  body.replace(body.find("\"Running\""), 9, "\"Getting request informations\"");
  PoolStatus status;
  REQUIRE(ParseStatusPage(body, &status).ok());
  CHECK(status.workers[0].request_duration_us == 0);
  CHECK(status.workers[0].uri == "/status???");
  CHECK(status.workers[0].CanonicalState() == "Getting request information");
}

TEST_CASE("JSON is bounded in depth and number of values") {
  size_t values = 0;
  const auto count = [&](std::span<const std::string>, const JsonScalar&) { ++values; };
  CHECK(WalkJson(std::string(100'000, '['), count).code() == base::Code::kLimit);
  std::string many = "[0";
  for (size_t i = 0; i <= kMaxJsonValues; ++i) many += ",0";
  CHECK(WalkJson(many + "]", count).code() == base::Code::kLimit);
  CHECK(values == kMaxJsonValues);
  CHECK(WalkJson("{\"a\": 1e999}", count).code() == base::Code::kCorrupt);
}

TEST_CASE("the script's answer becomes OPcache's and APCu's families") {
  PhpCache cache;
  REQUIRE(cache.Parse(Body("opcache-8.2.cgi")).ok());
  collect::FamilySink sink;
  sink.Begin();
  cache.Emit(sink, "www", "uri");
  const model::Round round = sink.FinishRound();
  CHECK(round.values.size() == 41);
  CHECK(std::count(round.values.begin(), round.values.end(), 9264256) == 1);
  CHECK(cache.Parse("{\"opcache\": {}}").code() == base::Code::kCorrupt);
  sink.Begin();
  cache.Emit(sink, "www", "uri");
  CHECK(sink.FinishRound().values.empty());
}

}  // namespace bekci::exporters::phpfpm::fastcgi_test
