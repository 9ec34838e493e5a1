// EventLoop: epoll, and who owns what it watches.
//
// A target is adopted by the loop and destroyed only between two rounds of events, so an event that was already fetched
// never meets freed memory. Level-triggered: what was not read is reported again.
//
// Thread rule: everything from the one thread that runs the loop, except Wake, which any thread may call.
#pragma once

#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "agent/base/status.h"

namespace bekci::net {

// Something with a descriptor that epoll reports on. It closes its descriptor itself.
class EventTarget {
 public:
  virtual ~EventTarget() = default;
  virtual void OnEvents(uint32_t events) = 0;  // EPOLLIN and friends

 private:
  friend class EventLoop;
  bool buried_ = false;
};

class EventLoop {
 public:
  EventLoop() = default;
  ~EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;

  base::Status Open();

  // Takes the target and watches `fd` for `events` (0: errors and hang-ups only). False when the kernel refuses; the
  // target is then destroyed.
  bool Adopt(std::unique_ptr<EventTarget> target, int fd, uint32_t events);
  void Change(EventTarget* target, int fd, uint32_t events);
  // No more events for the target from now on, also none of this round; destroyed by EndRound.
  void Bury(EventTarget* target);
  // Destroys what was buried, which closes its descriptors. To be called before every wait.
  void EndRound() { buried_.clear(); }
  // Buries all targets and destroys them.
  void Clear();

  // Waits up to `timeout_ms` (-1: without end), calls `awake`, and hands out what happened. True when somebody called
  // Wake; what was done before that call is then seen.
  template <typename Awake>
  bool RunOnce(int timeout_ms, Awake awake) {
    Wait(timeout_ms);
    awake();
    return Dispatch();
  }
  void Wake();

  size_t size() const { return targets_.size(); }

 private:
  void Wait(int timeout_ms);
  bool Dispatch();

  int epoll_fd_ = -1;
  int wake_fd_ = -1;
  struct Fetched {
    EventTarget* target;
    uint32_t events;
  };
  std::vector<Fetched> fetched_;
  std::unordered_map<EventTarget*, std::unique_ptr<EventTarget>> targets_;
  std::vector<std::unique_ptr<EventTarget>> buried_;
};

}  // namespace bekci::net
