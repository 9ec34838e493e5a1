// Fuzzes what the core makes of a worker's bytes: the stream is cut into frames, the frames go to two instances'
// assemblers, and every round that comes out must hold together.
#include <algorithm>
#include <cstring>
#include <map>

#include "agent/base/status.h"
#include "agent/collect/frame_reader.h"
#include "agent/collect/round_assembler.h"
#include "proto/worker.pb.h"

namespace {

using namespace bekci;
using collect::RoundAssembler;

constexpr uint64_t kMaxSeries = 64;

void CheckRound(const RoundAssembler::Finished& finished) {
  if (finished.round == nullptr) return;
  size_t points = 0;
  for (const model::MetricFamily& family : finished.round->extra) points += family.metrics.size();
  BEKCI_CHECK(points <= kMaxSeries);
  if (finished.round->schema == nullptr) return;
  BEKCI_CHECK(finished.round->schema->series() <= kMaxSeries);
  BEKCI_CHECK(finished.round->values.size() == finished.round->schema->slots());
  (void)model::ToFamilies(*finished.round);
}

base::Status Handle(const worker::Frame& frame, std::map<uint64_t, RoundAssembler>& assemblers) {
  auto of = [&assemblers](uint64_t slot) -> RoundAssembler& {
    return assemblers.try_emplace(slot % 2, kMaxSeries).first->second;
  };
  if (frame.has_schema()) return of(frame.schema().slot()).OnSchema(frame.schema());
  if (frame.has_values()) return of(frame.values().slot()).OnValues(frame.values());
  if (frame.has_extra()) return of(frame.extra().slot()).OnExtra(frame.extra());
  if (!frame.has_done()) return base::OkStatus();
  ASSIGN_OR_RETURN(const RoundAssembler::Finished finished, of(frame.done().slot()).OnDone(frame.done()));
  CheckRound(finished);
  return base::OkStatus();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  collect::FrameReader reader(collect::kMaxWorkerFrameBytes);
  std::map<uint64_t, RoundAssembler> assemblers;
  worker::Frame frame;
  while (size > 0) {
    const std::span<char> space = reader.Space();
    const size_t n = std::min(space.size(), size);
    std::memcpy(space.data(), data, n);
    reader.Filled(n);
    data += n;
    size -= n;
    std::string_view bytes;
    while (true) {
      const auto whole = reader.Next(&bytes);
      if (!whole.ok()) return 0;
      if (!*whole) break;
      if (!frame.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return 0;
      if (!Handle(frame, assemblers).ok()) return 0;
    }
  }
  return 0;
}
