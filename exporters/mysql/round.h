// Round: the statements of the parts of one scrape, sent as one batch, each in the dialect that this server
// understands.
//
// Per connection and statement it is remembered which dialect was understood, and of which the server has none: that is
// asked again after a while (a plug-in may have been installed). A part whose statement ran out of time is left out of
// the next rounds, longer each time that happens again, so that one slow table cannot hold all the others up.
//
// Thread rule: one thread at a time.
#pragma once

#include <deque>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "exporters/mysql/connection.h"
#include "exporters/mysql/part.h"

namespace bekci::exporters::mysql {

// What is known of one statement of a part.
struct Asked {
  const Statement* statement = nullptr;
  Answer answer;
  size_t dialect = 0;
  bool lacking = false;             // this server has none of its dialects
  base::MonotonicTime ask_again{};  // when lacking
};

struct PartRun {
  const PartSpec* spec = nullptr;
  std::unique_ptr<Part> part;
  std::deque<Asked> asked;            // as part->statements()
  base::Status status;                // of this round
  base::Code last = base::Code::kOk;  // of the round before, so that only a change is logged
  bool wanted = false;                // in this round
  base::Duration duration{};
  int time_outs = 0;   // in a row
  int rounds_off = 0;  // still to be left out
};

class Round {
 public:
  explicit Round(const base::Clock& clock) : clock_(clock) {}

  // A new connection: nothing is known of the server.
  static void Forget(std::span<PartRun> parts);
  // Asks all that the wanted parts want to know; sets status and duration of each. An error: the connection is lost,
  // and parts that were not answered by then have that error.
  base::Status Ask(Connection& connection, std::span<PartRun> parts, base::MonotonicTime deadline);
  // A new scrape, in which the server has not answered anything yet.
  void Begin() { answered_ = false; }
  // Whether the server has answered anything since Begin.
  bool answered() const { return answered_; }

 private:
  struct Place {
    PartRun* run;
    Asked* asked;
  };
  void Gather(std::span<PartRun> parts);
  base::Status Send(Connection& connection, base::MonotonicTime deadline);
  // Goes to the next dialect of a statement that was not understood; true when there is one to try.
  bool NextDialect(Asked* asked);
  static base::Status StatusOf(const PartRun& run, const base::Status& lost);
  void Judge(std::span<PartRun> parts, const base::Status& lost) const;
  static void BackOff(PartRun* run);

  const base::Clock& clock_;
  std::vector<Place> places_;
  std::vector<std::string_view> statements_;
  std::vector<Answer*> answers_;
  bool answered_ = false;
};

}  // namespace bekci::exporters::mysql
