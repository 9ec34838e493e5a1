#include "agent/collect/sandbox.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "agent/collect/collection.h"
#include "tests/support/temporary_directory.h"

namespace bekci::collect::sandbox_test {
namespace {

class Tree {
 public:
  Tree() {
    for (const char* directory : {"/lib", "/lib/state", "/lib/state/wal", "/lib/other"}) {
      std::filesystem::create_directory(root + directory);
      std::ofstream(root + directory + "/file") << "x";
    }
  }

 private:
  TemporaryDirectory temporary_;

 public:
  const std::string& root = temporary_.path();
};

bool CanOpen(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

TEST_CASE("a hidden directory cannot be opened, and nothing can be written") {
  const Tree tree;
  // Landlock binds a thread, so one that ends takes its confinement along.
  std::thread([&tree] {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    const base::Status hidden = HideDirectory(tree.root + "/lib/state");
    if (hidden.code() == base::Code::kUnavailable) return;  // a kernel without Landlock
    CHECK(hidden.ok());
    CHECK_FALSE(CanOpen(tree.root + "/lib/state/file", O_RDONLY));
    CHECK_FALSE(CanOpen(tree.root + "/lib/state/wal/file", O_RDONLY));
    CHECK_FALSE(CanOpen(tree.root + "/lib/state/new", O_WRONLY | O_CREAT));
    CHECK(CanOpen(tree.root + "/lib/other/file", O_RDONLY));
    CHECK_FALSE(CanOpen(tree.root + "/lib/other/file", O_WRONLY));
    CHECK_FALSE(CanOpen(tree.root + "/lib/other/new", O_WRONLY | O_CREAT));
    CHECK(CanOpen("/proc/self/stat", O_RDONLY));
    CHECK(CanOpen("/etc/passwd", O_RDONLY));
    CHECK(CanOpen("/dev/null", O_RDWR));
  }).join();
  CHECK(CanOpen(tree.root + "/lib/state/file", O_RDWR));
}

TEST_CASE("the worker's arguments are taken apart, and others are kept") {
  const auto parsed = ParseWorkerArguments({"--log.level", "debug", "--fd", "3", "--memory-limit", "1000", "--threads",
                                            "2", "--hide", "/var/lib/bekci", "--scrape-memory", "77"});
  REQUIRE(parsed.ok());
  CHECK(parsed->fd == 3);
  CHECK(parsed->memory_limit_bytes == 1000);
  CHECK(parsed->threads == 2);
  CHECK(parsed->scrape_memory_bytes == 77);
  CHECK(parsed->hidden_directory == "/var/lib/bekci");
  CHECK(parsed->rest == std::vector<std::string>{"--log.level", "debug"});
  for (const std::vector<std::string>& bad :
       {std::vector<std::string>{}, {"--fd"}, {"--fd", "x"}, {"--fd", "0"}, {"--fd", "99999999999"}}) {
    CHECK(ParseWorkerArguments(bad).status().code() == base::Code::kInvalid);
  }
}

}  // namespace
}  // namespace bekci::collect::sandbox_test
