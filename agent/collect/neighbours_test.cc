#include "agent/collect/neighbours.h"

#include <doctest/doctest.h>
#include <stdlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "tests/support/temporary_directory.h"

namespace bekci::collect::neighbours_test {
namespace {

using base::MonotonicTime;
using base::seconds;

class Tree {
 public:
  Tree() {
    for (const char* directory : {"/lib", "/lib/state", "/lib/state/wal", "/lib/other", "/mount"}) Make(directory);
  }
  void Make(const std::string& directory) const {
    std::filesystem::create_directory(root + directory);
    Write(directory + "/file");
  }
  void Write(const std::string& file) const { std::ofstream(root + file) << "x"; }
  std::string State() const { return root + "/lib/state"; }
  // Those of this tree alone: others may be busy in /tmp.
  std::vector<Neighbour> Neighbours() const {
    auto all = NeighboursOf(State(), "");
    std::erase_if(all, [this](const Neighbour& n) { return !n.path.starts_with(root + "/"); });
    return all;
  }

 private:
  TemporaryDirectory temporary_;

 public:
  const std::string& root = temporary_.path();
};

TEST_CASE("everything beside a directory is a neighbour, level by level, but network mounts") {
  const Tree tree;
  const auto all = NeighboursOf(tree.State(), "server:/x " + tree.root + "/mount nfs4 rw 0 0\n");
  auto has = [&all](const std::string& path) { return std::ranges::find(all, path, &Neighbour::path) != all.end(); };
  CHECK(has("/proc"));
  CHECK(has("/etc"));
  CHECK(has(tree.root + "/lib/other"));
  CHECK(has(tree.root + "/lib/file"));
  CHECK_FALSE(has("/tmp"));
  CHECK_FALSE(has(tree.root));
  CHECK_FALSE(has(tree.root + "/lib"));
  CHECK_FALSE(has(tree.root + "/lib/state"));
  CHECK_FALSE(has(tree.root + "/mount"));
  CHECK(NeighboursOf("/", "").empty());
  CHECK(NeighboursOf("", "").empty());
}

TEST_CASE("what was made or replaced is new, what was changed or removed is not") {
  const Tree tree;
  const auto before = tree.Neighbours();
  CHECK(FirstNew(before, before, true).empty());
  tree.Write("/lib/file");
  tree.Make("/lib/state/new");
  tree.Make("/lib/other/new");
  std::filesystem::remove_all(tree.root + "/mount");
  CHECK(FirstNew(before, tree.Neighbours(), false).empty());
  tree.Make("/mount");  // again: another one, though it may have the number of the first
  CHECK(FirstNew(before, tree.Neighbours(), false) == tree.root + "/mount");
  std::filesystem::remove_all(tree.root + "/mount");
  tree.Write("/lib/written");
  std::filesystem::rename(tree.root + "/lib/written", tree.root + "/lib/file");
  CHECK(FirstNew(before, tree.Neighbours(), false) == tree.root + "/lib/file");
}

TEST_CASE("what comes into a directory that everyone may write to counts only when it is asked for") {
  const Tree tree;
  const auto is_public = [&tree] {
    const auto found = PublicDirectoriesAbove(tree.State());
    return std::ranges::find(found, tree.root + "/lib") != found.end();
  };
  CHECK_FALSE(is_public());
  std::filesystem::permissions(tree.root + "/lib", std::filesystem::perms::all | std::filesystem::perms::sticky_bit);
  CHECK(is_public());
  const auto before = tree.Neighbours();
  tree.Make("/lib/anybodys");
  CHECK(FirstNew(before, tree.Neighbours(), false).empty());
  CHECK(FirstNew(before, tree.Neighbours(), true) == tree.root + "/lib/anybodys");
  tree.Make("/ours");
  CHECK(FirstNew(before, tree.Neighbours(), false) == tree.root + "/ours");
}

TEST_CASE("a watch tells of a change once it has settled, and of nothing else") {
  const Tree tree;
  NeighbourWatch watch(tree.State());
  (void)watch.Look();
  MonotonicTime now{1};
  // Calls until a change is told; 0: none within 15 seconds.
  const auto told_after = [&](bool keep_moving = false) {
    for (int call = 1; call <= 15; ++call) {
      now = now + seconds(1);
      if (keep_moving) tree.Make("/lib/moving" + std::to_string(call));
      if (watch.Changed(now)) return call;
    }
    return 0;
  };
  tree.Make("/lib/new");
  CHECK(told_after() >= 2);
  CHECK(told_after(true) >= 10);  // it never settles, and is told all the same
  // What anybody could do as often as he likes is not a change. At first the tree is too young to be compared.
  std::filesystem::permissions(tree.root + "/lib", std::filesystem::perms::all);
  for (int tries = 0; tries < 100'000 && told_after() != 0;) ++tries;
  tree.Make("/lib/anybodys");
  CHECK(told_after() == 0);
  NeighbourWatch none("");
  tree.Make("/lib/newer");
  CHECK_FALSE(none.Changed(now));
  CHECK(none.Look().empty());
}

}  // namespace
}  // namespace bekci::collect::neighbours_test
