// Discoverer: while the configuration has no collectors: section, looks now and then what runs on this host and has it
// collected. Services start after the agent at boot, are installed, and get their grants later.
//
// It looks at once, then every minute for a while, then every ten minutes. What it finds is told once: an Info line
// when it is collected, a Warn line with the way out when it cannot be.
//
// Thread rule: a thread of its own, "discover"; Start and Stop by one other, LookNow by any.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "agent/app/discovery.h"
#include "agent/base/clock.h"
#include "agent/base/log.h"
#include "agent/base/mutex.h"
#include "agent/base/status.h"

namespace bekci::app {

class Discoverer {
 public:
  struct Hooks {
    std::function<bool()> wanted;                                       // there is no collectors: section now
    std::function<base::Result<std::vector<Discovery>>()> look;         // blocks
    std::function<base::Status(std::vector<Discovery> found)> take_in;  // reloads with what was found
  };
  Discoverer(Hooks hooks, base::Clock& clock, base::Logger& log);
  ~Discoverer() { Stop(); }
  Discoverer(const Discoverer&) = delete;
  Discoverer& operator=(const Discoverer&) = delete;

  void Start();
  void Stop();  // waits for a look that is under way; nothing is looked for afterwards

  // Looks soon, whatever the pace: after a reload.
  void LookNow();

 private:
  void Run();
  void Look();
  void Tell(const std::vector<Discovery>& found);

  const Hooks hooks_;
  base::Clock& clock_;
  base::Logger& log_;
  std::string last_;            // what was taken in, as text
  std::string last_error_;      // of looking
  std::set<std::string> told_;  // lines that were logged; what is gone from it may be told again
  base::Mutex mutex_;
  base::CondVar changed_;
  bool stopping_ GUARDED_BY(mutex_) = false;
  bool now_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace bekci::app
