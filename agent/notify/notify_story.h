// Story: a Notifier with a journal in memory and receivers that write down what they get, driven by a script: the
// timelines of the tests are data.
//
//     0s post a=1           an alert with the label a="1"; more labels follow, and of
//                             start=-10m end=+2m resolved note=text (an annotation)
//     30s silence s 10m a=1 a silence named s for ten minutes; "unsilence s" ends it
//     5m fail hook 2        the next two attempts at the receiver fail and may be tried again;
//                             also reject (for good), deny, limit, lost (no answer came)
//     5m hang hook          attempts at the receiver get no answer until "answer hook"
//     1h kill               the process dies and starts again
//     1h crash              as kill, and the power was lost
//     1h reload
//     2h                    time passes
//
// What was sent comes as lines: "30s hook firing 1,2!": when, to which receiver, status, the values of the label `a` in
// the message's order, "!" behind those that are resolved; then the reason where asked for.
//
// Thread rule: one thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/faulty_file_system.h"
#include "agent/base/log.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "agent/notify/notifier.h"
#include "agent/notify/notify_journal.h"

namespace bekci::notify {

// A configuration of one route, "{}", to the receiver "hook", for a test to change.
routing::AlertmanagerConfig TestConfig();
// Adds a child of the root (which must stand before its own children); its timers are the root's.
routing::Route& AddRoute(routing::AlertmanagerConfig* config, const model::Matcher& matcher,
                         const std::string& receiver);

class Story {
 public:
  explicit Story(routing::AlertmanagerConfig config = TestConfig(), Escalator* escalator = nullptr);
  ~Story();

  // Before the first line of the script.
  bool send_resolved = true;
  bool show_reasons = false;
  NotifierOptions options;

  // Runs the script and returns what was sent.
  std::vector<std::string> Run(std::string_view script);

  Notifier& notifier() { return *notifier_; }
  Instant now() const { return now_; }
  base::FaultyFileSystem& disk() { return disk_; }
  base::MemoryFileSystem& memory() { return memory_; }
  const std::vector<std::string>& delivery_ids() const { return delivery_ids_; }
  const std::map<std::string, std::string>& silence_ids() const { return silence_ids_; }
  void set_config(routing::AlertmanagerConfig config);
  void StartProcess();
  void StopProcess() { notifier_.reset(); }

 private:
  class Recorder;
  void Line(std::string_view line);
  void AdvanceTo(base::Timestamp at);
  void Work();
  void Send();
  void Answer(const Attempt& attempt);
  NotifierSetup Setup();
  PostedAlert Parse(const std::vector<std::string_view>& words, size_t from) const;

  base::MemoryFileSystem memory_;
  base::FaultyFileSystem disk_{memory_};
  base::SeededRandom random_{7};
  base::CaptureLogger log_;
  base::FakeClock clock_;
  Escalator* const escalator_;
  std::shared_ptr<const routing::AlertmanagerConfig> config_;
  std::unique_ptr<Notifier> notifier_;
  std::unique_ptr<NotifyJournal> journal_;
  Instant now_;
  Instant began_;
  std::vector<std::string> sent_;
  std::vector<std::string> delivery_ids_;
  std::map<std::string, std::string> silence_ids_;
  std::map<std::string, std::vector<receivers::Outcome>> outcomes_;  // by receiver, for the attempts to come
  std::map<std::string, std::vector<Attempt>> unanswered_;
  std::set<std::string> hanging_;
};

}  // namespace bekci::notify
