// The threads of the core: every name that may appear in /proc/<pid>/task/*/comm, whose it is, what it may wait for and
// when it ends. A test holds a running agent against the table, so the table stays true.
#pragma once

#include <span>
#include <string_view>

namespace bekci::app {

struct ThreadRow {
  std::string_view name;       // as pthread_setname_np got it; "web-" stands for web-0, web-1, ...
  std::string_view owner;      // the class or file that starts and joins it
  std::string_view waits_for;  // what it may block on
  int stop_order;              // 1 ends first; equal numbers end together
};

std::span<const ThreadRow> Threads();

// The row of a thread's name, or null.
const ThreadRow* FindThread(std::string_view name);

}  // namespace bekci::app
