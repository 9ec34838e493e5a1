#include "agent/collect/frame_socket.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace bekci::collect {
namespace {

constexpr size_t kMaxWaitingBytes = 64 << 20;

bool Poll(int fd, short events, int milliseconds) {
  pollfd poll_fd{fd, events, 0};
  return poll(&poll_fd, 1, milliseconds) > 0;
}

}  // namespace

FrameSocket::~FrameSocket() {
  close(fd_);
}

size_t FrameSocket::SendSome(std::string_view bytes, int flags, bool* broken) {
  size_t sent = 0;
  while (sent < bytes.size()) {
    const ssize_t n = send(fd_, bytes.data() + sent, bytes.size() - sent, flags | MSG_NOSIGNAL);
    if (n > 0) {
      sent += static_cast<size_t>(n);
    } else if (errno != EINTR) {
      *broken = errno != EAGAIN && errno != EWOULDBLOCK;
      break;
    }
  }
  return sent;
}

base::Status FrameSocket::Write(std::string_view frames) {
  bool broken = false;
  base::MutexLock lock(mutex_);
  if (SendSome(frames, 0, &broken) < frames.size()) return base::Unavailable("the other end is gone");
  return base::OkStatus();
}

base::Status FrameSocket::Post(std::string_view frames) {
  bool broken = false;
  base::MutexLock lock(mutex_);
  if (!waiting_.empty()) {
    if (waiting_.size() + frames.size() > kMaxWaitingBytes) return base::LimitReached("the worker does not read");
    waiting_ += frames;
    return base::OkStatus();
  }
  const size_t sent = SendSome(frames, MSG_DONTWAIT, &broken);
  if (broken) return base::Unavailable("the worker is gone");
  waiting_ += frames.substr(sent);
  return base::OkStatus();
}

bool FrameSocket::Flush() {
  bool broken = false;
  base::MutexLock lock(mutex_);
  if (waiting_.empty()) return true;
  const size_t sent = SendSome(waiting_, MSG_DONTWAIT, &broken);
  waiting_.erase(0, sent);
  if (waiting_.empty()) std::string().swap(waiting_);
  return broken || waiting_.empty();
}

void FrameSocket::WaitWritable(int milliseconds) const {
  Poll(fd_, POLLOUT, milliseconds);
}

bool FrameSocket::WaitReadable(int milliseconds) const {
  return Poll(fd_, POLLIN, milliseconds);
}

bool FrameSocket::Read(FrameReader* reader) {
  const std::span<char> space = reader->Space();
  ssize_t n;
  do {
    n = recv(fd_, space.data(), space.size(), 0);
  } while (n < 0 && errno == EINTR);
  if (n <= 0) return false;
  reader->Filled(static_cast<size_t>(n));
  return true;
}

void FrameSocket::Shutdown() {
  shutdown(fd_, SHUT_RDWR);
}

}  // namespace bekci::collect
