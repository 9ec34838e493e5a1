#include "agent/web/notify/address_limit.h"

#include <doctest/doctest.h>

namespace bekci::web::notify::address_limit_test {
namespace {

constexpr base::MonotonicTime kStart = {1'000'000'000};

TEST_CASE("an address has its burst, then one request for each interval") {
  AddressLimit limit(3, base::seconds(2));
  for (int i = 0; i < 3; ++i) CHECK(limit.Take("192.0.2.7", kStart));
  CHECK_FALSE(limit.Take("192.0.2.7", kStart));
  CHECK(limit.Take("192.0.2.8", kStart));
  CHECK_FALSE(limit.Take("192.0.2.7", kStart + base::seconds(1)));
  CHECK(limit.Take("192.0.2.7", kStart + base::seconds(3)));
}

TEST_CASE("the hosts of an IPv6 network are one address, mapped ones are their own") {
  AddressLimit limit(1, base::seconds(2));
  CHECK(limit.Take("2001:db8::1", kStart));
  CHECK_FALSE(limit.Take("2001:db8::ffff:2", kStart));
  CHECK(limit.Take("2001:db8:0:1::1", kStart));
  CHECK(limit.Take("::ffff:192.0.2.1", kStart));
  CHECK(limit.Take("::ffff:192.0.2.2", kStart));
}

TEST_CASE("a flood of addresses takes no more room, and who was here before keeps his own bucket") {
  AddressLimit limit(2, base::seconds(2), 10);
  CHECK(limit.Take("192.0.2.7", kStart));
  for (int i = 0; i < 1000; ++i) limit.Take("198.51.100." + std::to_string(i), kStart);
  CHECK(limit.size() <= 11);
  CHECK(limit.Take("192.0.2.7", kStart));
  CHECK_FALSE(limit.Take("203.0.113.1", kStart));
  // Full buckets are forgotten, so that there is room again.
  CHECK(limit.Take("203.0.113.2", kStart + base::minutes(1)));
  CHECK(limit.size() <= 2);
}

}  // namespace
}  // namespace bekci::web::notify::address_limit_test
