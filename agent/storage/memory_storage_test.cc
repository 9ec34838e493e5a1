#include "agent/storage/memory_storage.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace bekci::storage::memory_storage_test {
namespace {

using model::Labels;
using model::Matcher;

const Labels kA{{model::kMetricName, "m"}, {"l", "a"}};
const Labels kB{{model::kMetricName, "m"}, {"l", "b"}};

void Fill(MemoryStorage* storage) {
  auto appender = storage->NewAppender();
  for (int64_t t = 0; t < 5; ++t) {
    REQUIRE(appender->Append(0, kA, t * 1000, static_cast<double>(t)).ok());
    if (t < 2) REQUIRE(appender->Append(0, kB, t * 1000, 7).ok());
  }
  REQUIRE(appender->Commit().ok());
}

TEST_CASE("what was committed is read back, in the range asked for, in the order of labels") {
  MemoryStorage storage;
  Fill(&storage);
  const auto querier = std::move(storage.OpenQuerier(1000, 3000)).value();
  const std::vector<Matcher> matchers = {Matcher::Equal("__name__", "m")};
  const auto list = std::move(querier->Select(matchers, {})).value();
  REQUIRE(list.size() == 2);
  CHECK(list[0]->labels() == kA);
  Samples samples;
  REQUIRE(list[0]->Read(1000, 3000, &samples).ok());
  CHECK(samples.times == std::vector<int64_t>{1000, 2000, 3000});
  CHECK(samples.values == std::vector<double>{1, 2, 3});
  REQUIRE(list[1]->Read(1000, 3000, &samples).ok());
  CHECK(samples.times == std::vector<int64_t>{1000});
}

TEST_CASE("series without a sample in the querier's range are not selected, nor their labels named") {
  MemoryStorage storage;
  Fill(&storage);
  const auto querier = std::move(storage.OpenQuerier(2000, 9000)).value();
  CHECK(std::move(querier->Select({}, {})).value().size() == 1);
  CHECK(std::move(querier->LabelValues("l", {})).value() == std::vector<std::string>{"a"});
  CHECK(std::move(querier->LabelNames({})).value() == std::vector<std::string>{"__name__", "l"});
}

TEST_CASE("a sample that is not newer is refused unless it says the same again") {
  MemoryStorage storage;
  Fill(&storage);
  auto appender = storage.NewAppender();
  CHECK(appender->Append(0, kA, 4000, 4).ok());
  CHECK(appender->Append(0, kA, 4000, 5).status().code() == base::Code::kInvalid);
  CHECK(appender->refusal() == Refusal::kDuplicate);
  CHECK(appender->Append(0, kA, 3000, 3).status().code() == base::Code::kOutOfOrder);
  CHECK(appender->refusal() == Refusal::kOutOfOrder);
  CHECK(appender->Append(0, kA, 5000, 5).ok());
}

TEST_CASE("without Commit nothing was appended, and an open querier sees nothing newer than itself") {
  MemoryStorage storage;
  Fill(&storage);
  const auto before = std::move(storage.OpenQuerier(0, 100'000)).value();
  {
    auto dropped = storage.NewAppender();
    REQUIRE(dropped->Append(0, kB, 9000, 1).ok());
  }
  auto appender = storage.NewAppender();
  REQUIRE(appender->Append(0, kA, 8000, 1).ok());
  REQUIRE(appender->Commit().ok());
  Samples samples;
  REQUIRE(std::move(before->Select({}, {})).value()[0]->Read(0, 100'000, &samples).ok());
  CHECK(samples.times.back() == 4000);
  const auto after = std::move(storage.OpenQuerier(0, 100'000)).value();
  const auto list = std::move(after->Select({}, {})).value();
  REQUIRE(list[0]->Read(0, 100'000, &samples).ok());
  CHECK(samples.times.back() == 8000);
  REQUIRE(list[1]->Read(0, 100'000, &samples).ok());
  CHECK(samples.times.back() == 1000);
}

TEST_CASE("start timestamps stand beside the samples once one is known, 0 where not") {
  MemoryStorage storage;
  auto appender = storage.NewAppender();
  REQUIRE(appender->Append(0, kA, 1000, 1).ok());
  appender->SetStart(500);
  REQUIRE(appender->Append(0, kA, 2000, 1).ok());
  REQUIRE(appender->Commit().ok());
  const auto querier = std::move(storage.OpenQuerier(0, 9000)).value();
  Samples samples;
  REQUIRE(std::move(querier->Select({}, {})).value()[0]->Read(0, 9000, &samples).ok());
  CHECK(samples.starts == std::vector<int64_t>{0, 500});
}

TEST_CASE("a histogram is read with the hint that a chunked store would give it") {
  using enum model::CounterResetHint;
  MemoryStorage storage;
  auto appender = storage.NewAppender();
  struct Row {
    double count;
    model::CounterResetHint given, read;
    double threshold = 0;
    bool after_float = false;
  };
  const std::vector<Row> rows = {{1, kNo, kUnknown},         {2, kUnknown, kNo},    {2, kUnknown, kNo},
                                 {1, kUnknown, kUnknown},    {3, kUnknown, kNo},    {4, kYes, kUnknown},
                                 {5, kUnknown, kUnknown, 1}, {6, kUnknown, kNo, 1}, {7, kGauge, kGauge, 1},
                                 {8, kUnknown, kUnknown, 1}, {9, kUnknown, kNo, 1}, {9, kUnknown, kUnknown, 1, true}};
  int64_t t = 0;
  for (const Row& row : rows) {
    if (row.after_float) REQUIRE(appender->Append(0, kA, ++t, 1).ok());
    auto h = std::make_shared<model::NativeHistogram>();
    h->count = row.count;
    h->zero_count = row.count;
    h->zero_threshold = row.threshold;
    h->reset_hint = row.given;
    REQUIRE(appender->AppendHistogram(0, kA, ++t, h).ok());
    REQUIRE(appender->AppendHistogram(0, kA, t, h).ok());  // the same again
  }
  REQUIRE(appender->Commit().ok());
  const auto querier = std::move(storage.OpenQuerier(0, 100)).value();
  Samples samples;
  REQUIRE(std::move(querier->Select({}, {})).value()[0]->Read(0, 100, &samples).ok());
  REQUIRE(samples.histograms.size() == rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    INFO(i);
    CHECK(samples.histograms[i]->reset_hint == rows[i].read);
  }
}

}  // namespace
}  // namespace bekci::storage::memory_storage_test
