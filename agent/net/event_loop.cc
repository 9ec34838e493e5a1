// See event_loop.h.
#include "agent/net/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>

namespace bekci::net {

EventLoop::~EventLoop() {
  Clear();
  if (epoll_fd_ >= 0) close(epoll_fd_);
  if (wake_fd_ >= 0) close(wake_fd_);
}

base::Status EventLoop::Open() {
  epoll_fd_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd_ < 0) return base::FromErrno(errno, "epoll_create1");
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd_ < 0) return base::FromErrno(errno, "eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;  // every Wake is reported once, and the counter need not be read
  event.data.ptr = nullptr;
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) != 0) return base::FromErrno(errno, "epoll_ctl");
  return base::OkStatus();
}

bool EventLoop::Adopt(std::unique_ptr<EventTarget> target, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = target.get();
  if (epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) != 0) return false;
  EventTarget* key = target.get();
  targets_.emplace(key, std::move(target));
  return true;
}

void EventLoop::Change(EventTarget* target, int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = target;
  (void)epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::Bury(EventTarget* target) {
  const auto found = targets_.find(target);
  if (found == targets_.end()) return;
  target->buried_ = true;
  buried_.push_back(std::move(found->second));
  targets_.erase(found);
}

void EventLoop::Clear() {
  while (!targets_.empty()) Bury(targets_.begin()->first);
  buried_.clear();
}

void EventLoop::Wait(int timeout_ms) {
  epoll_event events[128];
  const int count = epoll_wait(epoll_fd_, events, static_cast<int>(std::size(events)), timeout_ms);
  fetched_.clear();
  for (int i = 0; i < count; ++i) fetched_.push_back({static_cast<EventTarget*>(events[i].data.ptr), events[i].events});
}

bool EventLoop::Dispatch() {
  bool woken = false;
  for (const Fetched& fetched : fetched_) {
    if (fetched.target == nullptr) {
      woken = true;
    } else if (!fetched.target->buried_) {
      fetched.target->OnEvents(fetched.events);
    }
  }
  return woken;
}

void EventLoop::Wake() {
  const uint64_t one = 1;
  (void)!write(wake_fd_, &one, sizeof(one));
}

}  // namespace bekci::net
