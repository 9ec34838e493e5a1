#include "agent/base/byte_budget.h"

#include <doctest/doctest.h>

#include <thread>
#include <vector>

namespace bekci::base::byte_budget_test {

TEST_CASE("charges hold what they say, never more together than the budget, and give it back") {
  ByteBudget budget(100);
  {
    ByteCharge one(&budget);
    ByteCharge other(&budget);
    CHECK(one.Set(60));
    CHECK(!other.Set(41));
    CHECK(other.refused());
    CHECK(other.held() == 0);
    CHECK(other.Set(40));
    CHECK(!other.refused());
    CHECK(budget.used() == 100);
    CHECK(!one.Set(61));
    CHECK(one.held() == 60);
    CHECK(one.Set(10));
    CHECK(other.Set(90));
    CHECK(!one.Set(UINT64_MAX));
  }
  CHECK(budget.used() == 0);
  ByteCharge boundless(nullptr);
  CHECK(boundless.Set(UINT64_MAX));
}

TEST_CASE("many threads never hold more than the budget") {
  ByteBudget budget(1000);
  std::vector<std::thread> threads;
  for (uint64_t i = 1; i <= 4; ++i) {
    threads.emplace_back([&budget, i] {
      ByteCharge charge(&budget);
      uint64_t most = 0;
      for (uint64_t n = 0; n < 20'000; ++n) {
        (void)charge.Set(n * i % 700);
        most = std::max(most, budget.used());
      }
      CHECK(most <= 1000);
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(budget.used() == 0);
}

}  // namespace bekci::base::byte_budget_test
