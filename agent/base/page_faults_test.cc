// Promises of mapped files on a disk that fails: a page that cannot be read costs itself, and is told.
#include "agent/base/page_faults.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <string>
#include <thread>
#include <vector>

#include "agent/base/bad_sectors.h"
#include "agent/base/file_system.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/thread_signals.h"
#include "tests/support/temporary_directory.h"

namespace bekci::base::page_faults_test {
namespace {

constexpr size_t kPage = 4096;

// `pages` pages, each full of one letter.
std::string Letters(size_t pages) {
  std::string content;
  for (size_t i = 0; i < pages; ++i) content.append(kPage, static_cast<char>('a' + i % 26));
  return content;
}

std::unique_ptr<const MappedFile> MapOnDisk(const TemporaryDirectory& directory, std::string_view content) {
  RealFileSystem fs;
  REQUIRE(fs.WriteFileAtomic(directory.path() + "/file", content).ok());
  auto mapped = fs.Map(directory.path() + "/file");
  REQUIRE(mapped.ok());
  return *std::move(mapped);
}

// A byte read for sure, whatever the compiler knows of the bytes around it.
char ByteAt(const MappedFile& file, size_t offset) {
  return *static_cast<const volatile char*>(file.data().data() + offset);
}

// How a child ends that does this.
template <typename F>
int EndOf(F&& f) {
  const pid_t pid = fork();
  REQUIRE(pid >= 0);
  if (pid == 0) {
    signal(SIGALRM, SIG_DFL);
    alarm(20);
    f();
    _exit(0);
  }
  int status = 0;
  REQUIRE(waitpid(pid, &status, 0) == pid);
  return status;
}

}  // namespace

TEST_CASE("a file cut short under its mapping reads as zeros from there on, and says where") {
  const TemporaryDirectory directory;
  const auto mapped = MapOnDisk(directory, Letters(8));
  CHECK(ByteAt(*mapped, 5 * kPage) == 'f');
  CHECK(mapped->fault_count() == 0);
  REQUIRE(truncate((directory.path() + "/file").c_str(), 3 * kPage) == 0);
  CHECK(ByteAt(*mapped, 2 * kPage) == 'c');
  CHECK(mapped->fault_count() == 0);
  CHECK(ByteAt(*mapped, 5 * kPage + 7) == 0);
  CHECK(mapped->fault_count() == 1);
  CHECK(ByteAt(*mapped, 5 * kPage + 8) == 0);
  CHECK(mapped->fault_count() == 1);
  CHECK(ByteAt(*mapped, 7 * kPage) == 0);
  const PageFaults faults = mapped->faults();
  CHECK(faults.count == 2);
  CHECK(faults.begin == 5 * kPage);
  CHECK(faults.end == 8 * kPage);
  CHECK(faults.Touch(8 * kPage - 1, 9 * kPage));
  CHECK(!faults.Touch(0, 5 * kPage));
  CHECK(ByteAt(*mapped, 0) == 'a');
}

TEST_CASE("one page that the disk cannot read leaves its neighbours readable, for every page") {
  MemoryFileSystem memory;
  memory.Put("/file", Letters(5));
  for (size_t bad = 0; bad < 5; ++bad) {
    CAPTURE(bad);
    BadSectors fs(memory);
    const auto before = fs.Map("/file");
    REQUIRE(before.ok());
    CHECK(ByteAt(**before, bad * kPage) == static_cast<char>('a' + bad));
    fs.Break("/file", bad);
    const auto after = fs.Map("/file");
    for (const auto* file : {&*before, &*after}) {
      for (size_t page = 0; page < 5; ++page) {
        CHECK(ByteAt(**file, page * kPage + 100) == (page == bad ? 0 : static_cast<char>('a' + page)));
      }
      CHECK((*file)->fault_count() == 1);
    }
    CHECK(fs.ReadFile("/file").status().code() == Code::kUnavailable);
    fs.Repair();
    CHECK(fs.ReadFile("/file").ok());
    CHECK(ByteAt(**fs.Map("/file"), bad * kPage) == static_cast<char>('a' + bad));
  }
}

TEST_CASE("a mapping with very many unreadable pages becomes zeros as a whole instead of thousands of mappings") {
  const TemporaryDirectory directory;
  const auto mapped = MapOnDisk(directory, Letters(2000));
  const auto other = MapOnDisk(directory, Letters(10));
  CHECK(ByteAt(*mapped, 0) == 'a');
  RealFileSystem fs;
  const auto again = fs.Map(directory.path() + "/file");
  REQUIRE(truncate((directory.path() + "/file").c_str(), kPage) == 0);
  for (size_t page = 1; page < 10; ++page) CHECK(ByteAt(**again, page * kPage) == 0);
  CHECK((*again)->fault_count() == 9);
  CHECK(mapped->fault_count() == 0);  // another file by now: it was replaced
  CHECK(ByteAt(*mapped, 1999 * kPage) == Letters(2000).back());

  MemoryFileSystem memory;
  memory.Put("/large", Letters(1000));
  BadSectors bad(memory);
  for (size_t page = 1; page < 1000; ++page) bad.Break("/large", page);
  const auto large = bad.Map("/large");
  for (size_t page = 999; page > 0; --page) CHECK(ByteAt(**large, page * kPage) == 0);
  CHECK((*large)->fault_count() < 300);
  CHECK((*large)->faults().begin == 0);
  CHECK((*large)->faults().end == 1000 * kPage);
}

TEST_CASE("more mappings than a block of the table holds are all guarded, while others come and go") {
  MemoryFileSystem memory;
  memory.Put("/file", Letters(2));
  BadSectors fs(memory);
  std::vector<std::unique_ptr<const MappedFile>> files;
  for (int i = 0; i < 300; ++i) files.push_back(*fs.Map("/file"));
  fs.Break("/file", 1);
  std::atomic<bool> stop{false};
  std::thread other([&] {
    while (!stop) CHECK(ByteAt(**fs.Map("/file"), kPage) == 0);
  });
  std::vector<std::thread> readers;
  for (size_t first = 0; first < 3; ++first) {
    readers.emplace_back([&, first] {
      for (size_t i = first; i < files.size(); i += 2) {
        CHECK(ByteAt(*files[i], kPage) == 0);
        CHECK(files[i]->fault_count() >= 1);
        CHECK(ByteAt(*files[i], 0) == 'a');
      }
    });
  }
  for (std::thread& reader : readers) reader.join();
  stop = true;
  other.join();
}

TEST_CASE("a thread that leaves signals to main still survives an unreadable page") {
  const TemporaryDirectory directory;
  const auto mapped = MapOnDisk(directory, Letters(2));
  REQUIRE(truncate((directory.path() + "/file").c_str(), 0) == 0);
  std::thread thread;
  {
    const SignalsBlocked blocked;
    thread = std::thread([&] {
      sigset_t mask;
      pthread_sigmask(SIG_BLOCK, nullptr, &mask);
      CHECK(sigismember(&mask, SIGTERM) == 1);
      CHECK(ByteAt(*mapped, kPage) == 0);
    });
  }
  thread.join();
  CHECK(mapped->fault_count() == 1);
}

TEST_CASE("a SIGBUS that is not of a guarded mapping ends the process as it did before") {
  const TemporaryDirectory directory;
  const auto mapped = MapOnDisk(directory, Letters(1));
  const auto ended_badly = [](int status) {
    // By the signal itself, or by a sanitizer that had the handler before us.
    return WIFSIGNALED(status) ? WTERMSIG(status) == SIGBUS : WEXITSTATUS(status) != 0;
  };
  CHECK(ended_badly(EndOf([&] {
    const int fd = open((directory.path() + "/file").c_str(), O_RDWR);
    const void* const at = mmap(nullptr, kPage, PROT_READ, MAP_SHARED, fd, 0);
    if (ftruncate(fd, 0) == 0) (void)*static_cast<const volatile char*>(at);
  })));
  CHECK(ended_badly(EndOf([] { kill(getpid(), SIGBUS); })));
  CHECK(mapped->fault_count() == 0);
}

}  // namespace bekci::base::page_faults_test
