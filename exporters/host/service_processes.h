// ServiceProcesses: the numbers of a service from its processes, for hosts where it has no control group of its own
// (containers, no systemd): CPU, memory, IO and the number of processes, added up by the name of the program.
//
// Counters go on when a process ends (php-fpm replaces its workers all the time): each process adds what it used since
// it was last looked at, and what is known of it stays in the sum. What a process does between the last look and its
// end is lost. A process found at the start brings all it used so far.
//
// The list of processes is looked at again only every ten seconds, and the name of a process is read once (and once
// more, as a new process takes its final name when it starts its program). So the steady cost is two small reads for
// each process of a service. Bounded: at most kMaxProcesses are followed.
//
// Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {

class ServiceProcesses {
 public:
  static constexpr size_t kMaxProcesses = 1024;
  static constexpr size_t kMaxServices = 64;

  // `patterns`: shell patterns of program names as in /proc/<pid>/comm: "php-fpm*", "mysqld".
  ServiceProcesses(const HostEnvironment& environment, std::vector<std::string> patterns);

  // Processes whose control group is one of `groups` ("system.slice/nginx.service") are somebody else's to count.
  void Emit(const std::vector<std::string>& groups, FamilySink& sink);

 private:
  struct Totals {
    double user_seconds = 0, system_seconds = 0;
    double read_bytes = 0, written_bytes = 0;
    bool has_io = false;                       // /proc/<pid>/io answers its owner and root alone
    double resident_bytes = 0, processes = 0;  // of this round
  };
  struct Process {
    Process(AttributeReader& reader, const std::string& directory)
        : stat(reader, directory + "/stat"), io(reader, directory + "/io") {}
    AttributeFile stat;
    AttributeFile io;
    std::string service;
    uint64_t start_ticks = 0;  // tells a process from a later one with its number
    uint64_t user_ticks = 0, system_ticks = 0;
    uint64_t read_bytes = 0, written_bytes = 0;
  };

  void Scan(const std::vector<std::string>& groups);
  void Consider(const std::string& pid, const std::vector<std::string>& groups);
  bool Update(Process* process);
  bool AddIo(Process* process, Totals* totals);

  const HostEnvironment& environment_;
  const std::vector<std::string> patterns_;
  const double page_bytes_;
  const double ticks_per_second_;
  AttributeReader reader_;
  base::MonotonicTime next_scan_;
  std::map<std::string, int> looks_;          // pid -> how often its name was read without a match
  std::map<std::string, Process> processes_;  // by pid
  std::map<std::string, Totals> totals_;      // by service; stays when its processes are gone
  std::string text_;
};

}  // namespace bekci::exporters::host
