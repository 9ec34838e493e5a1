// The batches that the crash writer appends and the crash test looks for: both compute them from the batch's number.
//
// Series come and go: a batch has 40 that are always there and 10 that change every 300 batches. Batches are 15 s
// apart.
#pragma once

#include <cstdint>
#include <string>

#include "agent/model/labels.h"

namespace bekci::crash {

inline constexpr int64_t kStartMs = 1'700'006'400'000;
inline constexpr int64_t kStepMs = 15'000;
inline constexpr uint64_t kSteady = 40;
inline constexpr uint64_t kSeries = 50;
inline constexpr uint64_t kChurn = 300;  // batches

inline int64_t TimeOf(uint64_t batch) {
  return kStartMs + static_cast<int64_t>(batch) * kStepMs;
}
// Which of the series called `number` is there in this batch.
inline uint64_t VersionOf(uint64_t number, uint64_t batch) {
  return number < kSteady ? 0 : batch / kChurn;
}
inline model::Labels LabelsOf(uint64_t number, uint64_t version) {
  return {{"__name__", "crash"}, {"number", std::to_string(number)}, {"version", std::to_string(version)}};
}
inline double ValueOf(uint64_t number, uint64_t batch) {
  return static_cast<double>(batch * 1000 + number) / (number % 3 == 0 ? 1 : 7);
}

}  // namespace bekci::crash
