// FPM's status page (?json&full): the numbers of a pool and what each worker does.
//
// Source: fpm_status.c of PHP. Durations are microseconds there; a version with the known overflow prints a number
// beyond 2^63, which counts as 0. Before PHP 7.4 one state is spelled "Getting request informations".
// Thread rule: pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"

namespace bekci::exporters::phpfpm {

// The states of a worker in FPM's words and order; anything else counts as none of them.
inline constexpr std::string_view kIdle = "Idle";
inline constexpr std::string_view kRunning = "Running";
inline constexpr std::string_view kReadingHeaders = "Reading headers";
inline constexpr std::string_view kStates[] = {
    kIdle, kRunning, "Finishing", kReadingHeaders, "Getting request information", "Ending"};

struct Worker {
  uint64_t pid = 0;
  std::string state;  // as FPM spells it
  double start_since = 0;
  double requests = 0;
  double request_duration_us = 0;
  double last_request_cpu = 0;     // percent
  double last_request_memory = 0;  // bytes; 0 while a request runs
  std::string uri;                 // with query
  std::string script;
  std::string method;

  // The state in the spelling of kStates.
  std::string_view CanonicalState() const;
};

struct PoolStatus {
  std::string pool;
  double start_since = 0;
  double accepted_connections = 0;
  double listen_queue = 0;
  double max_listen_queue = 0;
  double listen_queue_length = 0;
  double idle_processes = 0;
  double active_processes = 0;
  double total_processes = 0;
  double max_active_processes = 0;
  double max_children_reached = 0;
  double slow_requests = 0;
  std::vector<Worker> workers;  // empty without `full`
};

inline constexpr size_t kMaxWorkers = 5000;

// Reuses the memory of `out`. Errors: corrupt (no JSON, or JSON that is no status page), limit.
base::Status ParseStatusPage(std::string_view body, PoolStatus* out);

}  // namespace bekci::exporters::phpfpm
