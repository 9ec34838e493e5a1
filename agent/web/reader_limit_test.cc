#include "agent/web/reader_limit.h"

#include <doctest/doctest.h>

namespace bekci::web::reader_limit_test {
namespace {

net::HttpRequest Asking(const char* method) {
  net::HttpRequest request;
  request.method = method;
  return request;
}

// As many reads of `route` within each other as are let in; then `innermost` is asked, and what it answers returned.
int StatusWithin(ReaderLimit& limit, int readers, const Route& innermost, const char* method) {
  if (readers == 0) return innermost.handle(Asking(method)).status;
  int status = 0;
  (void)limit.Try([&] {
    status = StatusWithin(limit, readers - 1, innermost, method);
    return net::HttpResponse();
  });
  return status;
}

TEST_CASE("readers of all routes count together, those beyond the limit hear 503, and posts are let through") {
  ReaderLimit limit;
  const Route route = limit.Limited(
      {.methods = "GET POST", .path = "/x", .handle = [](const net::HttpRequest&) { return TextAnswer(200, "read"); }});
  CHECK(StatusWithin(limit, kMaxReaders - 1, route, "GET") == 200);
  CHECK(StatusWithin(limit, kMaxReaders, route, "GET") == 503);
  CHECK(StatusWithin(limit, kMaxReaders, route, "HEAD") == 503);
  CHECK(StatusWithin(limit, kMaxReaders, route, "POST") == 200);
  CHECK(StatusWithin(limit, 0, route, "GET") == 200);
}

}  // namespace
}  // namespace bekci::web::reader_limit_test
