// Sandbox: what the worker takes from itself before it touches a target's bytes.
//
// Landlock knows only what is allowed, so one directory is hidden by allowing everything beside it: for /var/lib/bekci
// every entry of /, /var and /var/lib may be read except var, lib and bekci in turn (neighbours.h). What is made later
// in just these three directories is not among them, and Landlock can add nothing to a running process: the core
// watches and lets a new worker take over (collection_worker.cc). Network mounts that stand directly in them are left
// out (asking a dead one would hang, and no collector reads there). Listing directories is not restricted. On the way
// the worker loses what the Collector contract forbids anyway: writing anywhere but /dev, and running programs. stat,
// statfs and sockets are not covered by Landlock.
//
// Source: the kernel's userspace-api/landlock.rst; ABI 1 is enough, later rights are taken where the kernel has them.
// Thread rule: called once, from the main thread, before others are started: Landlock binds the calling thread and
// those it starts.
#pragma once

#include <cstdint>
#include <string>

#include "agent/base/log.h"
#include "agent/base/status.h"

namespace bekci::collect {

// Sanitizers map terabytes and need several times the stack: limits of ours would only break them.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif
#else
inline constexpr bool kSanitized = false;
#endif

// The worker's exit code when memory ran out: operator new failed under the limit.
inline constexpr int kOutOfMemoryExit = 70;

// Everything: dies with the core, high OOM score, no new privileges, memory limit, no core dump, signals of the
// terminal ignored, no descriptors but 0, 1, 2 and `keep_fd`, `hidden_directory` gone. Each part that the kernel
// refuses is logged and does not stop the others: a watchman without his sandbox is better than none.
void ConfineProcess(int keep_fd, uint64_t memory_limit_bytes, const std::string& hidden_directory, base::Logger& log);

bool HasLandlock();
// Unavailable where the kernel has no Landlock.
base::Status HideDirectory(const std::string& directory);

}  // namespace bekci::collect
