// /proc/mdstat: the state of Linux software RAID arrays, written by the kernel for people.
//
//     md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]
//           195310144 blocks [2/1] [U_]
//           [=>...................]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec
//
// An array is a line that begins with its name and the indented lines below it. Source: md_seq_show() in the kernel's
// drivers/md/md.c; what is made of it follows node_exporter. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bekci::exporters::host {

struct MdArray {
  std::string name;
  std::string_view state;  // active, inactive, recovering, resync, check, or another word of the kernel's
  double disks_active = 0;
  double disks_required = 0;
  double disks_failed = 0;
  double disks_spare = 0;
  double blocks = 0;  // of 1024 bytes
  double blocks_synced = 0;
};

// Appends the arrays of `text`; an array whose lines cannot be read is left out and named in `problems`. The states
// point into `text`.
void ParseMdstat(std::string_view text, std::vector<MdArray>* arrays, std::vector<std::string>* problems);

}  // namespace bekci::exporters::host
