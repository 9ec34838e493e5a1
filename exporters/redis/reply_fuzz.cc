// RESP from an enemy: hiredis' reader with our arena, in pieces of any size, and every part's walk over what came out.
//
// The first byte chooses the size of the pieces; the rest is what the server sends.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "exporters/redis/config_part.h"
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {
namespace {

// Answers every command with the next of the given replies, over and over.
class Parrot : public Channel {
 public:
  explicit Parrot(const std::vector<const Reply*>& replies) : replies_(replies) {}
  base::Result<Replies> Run(const Pipeline& pipeline, base::MonotonicTime) override {
    given_.clear();
    if (++runs_ > 50) return base::Timeout("enough");
    for (size_t i = 0; i < pipeline.size(); ++i) given_.push_back(replies_[next_++ % replies_.size()]);
    return Replies(given_);
  }

 private:
  const std::vector<const Reply*>& replies_;
  std::vector<const Reply*> given_;
  size_t next_ = 0;
  int runs_ = 0;
};

Settings Everything() {
  Settings settings;
  settings.clients = settings.all_config = settings.rdb_file_size = true;
  settings.max_clients = 10;
  settings.config_command = "CONFIG";
  settings.check_keys = settings.check_streams = settings.count_keys = {{0, "*"}, {3, "a*"}};
  settings.check_single_keys = settings.check_single_streams = {{0, "key"}, {2, "other"}};
  settings.scan = {1000, 100, 50, false};
  return settings;
}

void WalkAll(const std::vector<const Reply*>& replies, const ServerFacts& facts) {
  base::MemoryFileSystem fs;
  base::FakeClock clock;
  base::CaptureLogger log;
  const Settings settings = Everything();
  const collect::Environment environment{&fs, &clock, &log};
  CommandStats commands;
  commands.Add({"get", 1, 1});
  LabelTexts labels;
  const RoundView round{facts, commands, labels, clock.Now(), clock.Monotonic() + base::seconds(5)};
  std::vector<std::unique_ptr<Part>> parts;
  parts.push_back(std::make_unique<ConfigPart>(settings, fs));
  for (const PartSpec* spec : AllParts()) {
    if (auto part = spec->make(settings, environment)) parts.push_back(std::move(part));
  }
  collect::FamilySink sink;
  sink.set_max_series(20'000);
  sink.Begin();
  for (const auto& part : parts) {
    Pipeline pipeline;
    part->Ask(facts, &pipeline);
    Parrot parrot(replies);
    const auto answers = parrot.Run(pipeline, round.deadline);
    if (pipeline.size() > 0 && answers.ok()) (void)part->Take(round, *answers, sink);
    (void)part->Converse(round, parrot, sink);
  }
  (void)sink.FinishRound();
}

}  // namespace
}  // namespace bekci::exporters::redis

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bekci::exporters::redis;  // NOLINT(google-build-using-namespace)
  if (size < 1) return 0;
  ReplyReader reader(1 << 20);
  const size_t piece = static_cast<size_t>(data[0]) + 1;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<const Reply*> replies;
  while (!rest.empty() && replies.size() < 64) {
    const std::string_view bytes = rest.substr(0, piece);
    rest.remove_prefix(bytes.size());
    if (!reader.Feed(bytes).ok()) break;
    for (;;) {
      const auto reply = reader.Next();
      if (!reply.ok()) {
        rest = {};
        break;
      }
      if (*reply == nullptr) break;
      replies.push_back(*reply);
    }
  }
  if (replies.empty()) return 0;
  ServerFacts facts;
  facts.known = facts.cluster = true;
  facts.redis = {7, 2};
  facts.valkey = {8, 1};
  WalkAll(replies, facts);
  facts.sentinel = true;
  WalkAll(replies, facts);
  return 0;
}
