// RoundWriter: the worker's writer of rounds, the counterpart of RoundAssembler.
//
// A round whose schema the core knows is one VALUES and one DONE, built in one reused buffer and sent with one system
// call by the thread that collected. Larger rounds are cut into frames of at most 64 KiB, and the socket is free for
// others between them.
//
// Thread rule: one writer per thread; the socket is shared.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/collect/family_sink.h"
#include "agent/collect/frame_socket.h"

namespace bekci::collect {

class RoundWriter {
 public:
  explicit RoundWriter(FrameSocket& socket);
  ~RoundWriter();

  struct Head {
    uint64_t id = 0;
    uint64_t slot = 0;
    uint32_t stream = 0;
    uint64_t schema_id = 0;  // 0: no values
    bool refused = false;    // never began
  };
  // Sends what `output` holds, its schema too when asked, and DONE.
  // Errors: limit when a single series does not fit a frame (nothing was sent then); unavailable.
  base::Status WriteRound(const Head& head, const FamilySink& sink, const FamilySink::Output& output, bool with_schema,
                          const base::Status& status, base::Duration duration);
  // A round that brought nothing but its status.
  base::Status WriteDone(const Head& head, const base::Status& status, base::Duration duration,
                         const std::optional<ScrapeCounts>& counts = {});

 private:
  struct Frames;  // protobuf messages, reused
  base::Status AppendSchema(const Head& head, const FamilySink& sink);
  base::Status AppendValues(const Head& head, std::span<const double> values);
  base::Status AppendExtra(const Head& head, std::span<const model::MetricFamily> families);
  base::Status SendIfLarge();
  base::Status Send();

  FrameSocket& socket_;
  std::unique_ptr<Frames> frames_;
  std::string buffer_;
};

}  // namespace bekci::collect
