// For tests: what real servers answered (testdata/), and a channel that gives such answers.
//
// Thread rule: one thread at a time.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "agent/collect/family_sink.h"
#include "exporters/redis/session.h"

namespace bekci::exporters::redis {

// A file of testdata/, whole. Fails the test when it is not there.
std::string Recorded(const std::string& name);

// "name{label="value"}" -> number, for what is in the sink's last round; histograms and summaries by their suffixes.
// `problems`: series that were left out (twice the same).
std::map<std::string, double> SeriesOf(collect::FamilySink& sink, std::vector<std::string>* problems = nullptr);

// Answers commands ("XINFO STREAM st") with replies given in RESP; what has none gets an error reply.
class ScriptedChannel : public Channel {
 public:
  void Answer(const std::string& command, std::string resp) { answers_[command] = std::move(resp); }
  base::Result<Replies> Run(const Pipeline& pipeline, base::MonotonicTime deadline) override;
  const std::vector<std::string>& asked() const { return asked_; }
  size_t round_trips() const { return round_trips_; }

 private:
  std::map<std::string, std::string> answers_;
  std::vector<std::string> asked_;
  size_t round_trips_ = 0;
  ReplyReader reader_;
  std::vector<const Reply*> replies_;
};

// The commands of a pipeline as words joined by spaces.
std::vector<std::string> CommandsOf(const Pipeline& pipeline);

}  // namespace bekci::exporters::redis
