// Neighbours: what stands beside a directory and beside each directory above it, and whether something came since.
//
// The worker's sandbox hides one directory by naming all its neighbours (sandbox.h). A list is right for the moment it
// was made, so the core watches for what comes later. At rest a look is one system call for each directory above and
// one for the mount table; entries are only listed again when one of these has changed. An entry is known by inode,
// time of birth and mount, so a file that was replaced, or a mount that was made again, counts as new. What was removed
// does not count.
//
// In a directory that everyone may write to, such as /tmp, anybody could cause a handover as often as he likes: what
// comes there is not watched, and counts only for somebody who asks for it (a reload).
//
// Thread rule: NeighboursOf and FirstNew are functions of the file system; a NeighbourWatch belongs to one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "agent/base/clock.h"

namespace bekci::collect {

struct Neighbour {
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
  int64_t born_ns = 0;            // 0 where the file system does not keep it
  uint64_t mount = 0;             // never used twice where the kernel has such numbers (6.8)
  bool public_directory = false;  // stands in one that everyone may write to
  auto operator<=>(const Neighbour&) const = default;
};

// Every entry of the directories above `directory` but those that lead to it, sorted by path. Network mounts that stand
// directly there are left out: to ask a dead one would hang. `mounts` is the content of /proc/self/mounts. Empty for
// the root directory.
std::vector<Neighbour> NeighboursOf(const std::string& directory, const std::string& mounts);

// The directories above `directory` that everyone may write to.
std::vector<std::string> PublicDirectoriesAbove(const std::string& directory);

// The path of something in `now` that was not in `before`; empty: there is nothing. Both sorted. What stands in public
// directories counts only when it is asked for.
std::string FirstNew(const std::vector<Neighbour>& before, const std::vector<Neighbour>& now, bool in_public_too);

class NeighbourWatch {
 public:
  // Changes that follow each other are looked at together, once a call has seen none, and at the latest after this.
  static constexpr base::Duration kSettle = base::seconds(10);

  // Empty: nothing is watched.
  explicit NeighbourWatch(std::string directory);
  ~NeighbourWatch();
  NeighbourWatch(const NeighbourWatch&) = delete;
  NeighbourWatch& operator=(const NeighbourWatch&) = delete;

  bool watches() const { return !directory_.empty(); }
  bool moving() const { return moving_since_.has_value(); }  // something changed and has not settled
  // To be called every second or so while `moving`, else when it suits: true when something changed and has settled,
  // public directories left aside.
  bool Changed(base::MonotonicTime now);
  // The neighbours now; also where Changed counts from.
  std::vector<Neighbour> Look();

 private:
  struct Seen {
    std::string path;
    uint64_t device = 0;
    uint64_t inode = 0;
    int64_t modified_ns = 0;  // 0: too young to be compared, counts as moved
    bool operator==(const Seen&) const = default;
  };
  void Aim();
  bool MountsMoved() const;
  bool DirectoriesMoved();

  const std::string directory_;
  const int mounts_fd_;
  std::vector<Seen> above_;
  std::optional<base::MonotonicTime> moving_since_;
};

}  // namespace bekci::collect
