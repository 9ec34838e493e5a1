// Promises of BoundedQueue.
#include "agent/base/queue.h"

#include <doctest/doctest.h>

#include <memory>
#include <numeric>
#include <thread>
#include <vector>

namespace bekci::base::queue_test {
namespace {

TEST_CASE("elements come out in the order they went in") {
  BoundedQueue<int> queue(3);
  for (int i = 1; i <= 3; ++i) CHECK(queue.TryPush(int{i}));
  CHECK(queue.size() == 3);
  CHECK(queue.Pop() == 1);
  CHECK(queue.Pop() == 2);
  CHECK(queue.Pop() == 3);
}

TEST_CASE("a full queue refuses and leaves the element with its owner") {
  BoundedQueue<std::unique_ptr<int>> queue(1);
  CHECK(queue.TryPush(std::make_unique<int>(1)));
  auto second = std::make_unique<int>(2);
  CHECK_FALSE(queue.TryPush(std::move(second)));
  REQUIRE(second != nullptr);
  CHECK(*second == 2);
}

TEST_CASE("dropping the oldest returns what was lost") {
  BoundedQueue<int> queue(2);
  CHECK_FALSE(queue.PushDroppingOldest(1).has_value());
  CHECK_FALSE(queue.PushDroppingOldest(2).has_value());
  CHECK(queue.PushDroppingOldest(3) == 1);
  CHECK(queue.Pop() == 2);
  CHECK(queue.Pop() == 3);
}

TEST_CASE("a closed queue takes nothing more, hands out the rest, and then says so") {
  BoundedQueue<int> queue(4);
  CHECK(queue.TryPush(1));
  queue.Close();
  CHECK_FALSE(queue.TryPush(2));
  CHECK_FALSE(queue.PushOrWait(2));
  CHECK(queue.PushDroppingOldest(7) == 7);
  CHECK(queue.Pop() == 1);
  CHECK_FALSE(queue.Pop().has_value());
}

TEST_CASE("closing frees whoever waits at either end") {
  BoundedQueue<int> empty(1);
  std::thread consumer([&] { CHECK_FALSE(empty.Pop().has_value()); });
  BoundedQueue<int> full(1);
  REQUIRE(full.TryPush(1));
  std::thread producer([&] { CHECK_FALSE(full.PushOrWait(2)); });
  empty.Close();
  full.Close();
  consumer.join();
  producer.join();
}

TEST_CASE("with many producers and consumers nothing is lost and nothing comes twice") {
  constexpr int kEach = 2'000;
  BoundedQueue<int> queue(8);
  std::vector<std::vector<int>> taken(2);
  std::vector<std::thread> consumers;
  for (auto& mine : taken) {
    consumers.emplace_back([&queue, &mine] {
      while (auto element = queue.Pop()) mine.push_back(*element);
    });
  }
  std::vector<std::thread> producers;
  for (int p = 0; p < 3; ++p) {
    producers.emplace_back([&queue, p] {
      for (int i = 0; i < kEach; ++i) queue.PushOrWait(p * kEach + i);
    });
  }
  for (auto& thread : producers) thread.join();
  queue.Close();
  for (auto& thread : consumers) thread.join();

  std::vector<int> seen(3 * kEach, 0);
  for (const auto& mine : taken) {
    for (const int element : mine) ++seen[static_cast<size_t>(element)];
  }
  CHECK(seen == std::vector<int>(3 * kEach, 1));
}

}  // namespace
}  // namespace bekci::base::queue_test
