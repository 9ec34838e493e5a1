// FrameSocket: one end of the socket pair between core and worker.
//
// The worker writes with Write, which blocks: it has nothing better to do than to wait for the core. The core writes
// with Post, which never blocks: a worker that was stopped must not stop a page. What the socket does not take is kept
// and goes out with the next Post or Flush.
//
// Thread rule: any thread may write, one thread reads.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/base/mutex.h"
#include "agent/base/status.h"
#include "agent/collect/frame_reader.h"

namespace bekci::collect {

class FrameSocket {
 public:
  explicit FrameSocket(int fd) : fd_(fd) {}  // takes the descriptor over
  ~FrameSocket();
  FrameSocket(const FrameSocket&) = delete;
  FrameSocket& operator=(const FrameSocket&) = delete;

  // Whole frames, in one piece. Errors: unavailable when the other end is gone.
  base::Status Write(std::string_view frames);

  // Whole frames, now or later. Errors: unavailable; limit when 64 MiB already wait.
  base::Status Post(std::string_view frames);
  // Tries to send what waits. True when nothing waits any more (or the other end is gone).
  bool Flush();
  // Waits at most `milliseconds` until the socket takes bytes again.
  void WaitWritable(int milliseconds) const;

  // Reads once into `reader`; waits for bytes. False at the end of the stream.
  bool Read(FrameReader* reader);
  // Waits at most `milliseconds` for something to read (or the end).
  bool WaitReadable(int milliseconds) const;

  // Ends the stream both ways: a blocked Read returns false.
  void Shutdown();

 private:
  size_t SendSome(std::string_view bytes, int flags, bool* broken);

  const int fd_;
  base::Mutex mutex_;
  std::string waiting_ GUARDED_BY(mutex_);
};

}  // namespace bekci::collect
