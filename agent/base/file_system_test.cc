// Promises of the file systems. What real and memory share is one set of cases run against both.
#include "agent/base/file_system.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <set>

#include "agent/base/faulty_file_system.h"
#include "agent/base/memory_file_system.h"
#include "agent/base/random.h"
#include "tests/support/temporary_directory.h"

namespace bekci::base::file_system_test {
namespace {

void Write(FileSystem& fs, const std::string& path, std::string_view data, bool append = false) {
  auto file = fs.OpenWrite(path, append);
  REQUIRE(file.ok());
  REQUIRE((*file)->Append(data).ok());
  REQUIRE((*file)->Close().ok());
}

std::string Read(FileSystem& fs, const std::string& path) {
  auto content = fs.ReadFile(path);
  return content.ok() ? *content : "(" + content.status().ToString() + ")";
}

Code CodeOf(const Status& status) {
  return status.code();
}

// Runs `test(fs, root)` on the disk and in memory.
template <typename Test>
void OnBoth(Test test) {
  SUBCASE("on the disk") {
    TemporaryDirectory directory;
    RealFileSystem fs;
    test(fs, directory.path());
  }
  SUBCASE("in memory") {
    MemoryFileSystem fs;
    REQUIRE(fs.CreateDirectory("/root").ok());
    test(fs, std::string("/root"));
  }
}

TEST_CASE("what was written is read, from any offset, and appending continues it") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    Write(fs, root + "/a", "hello");
    Write(fs, root + "/a", " world", true);
    CHECK(Read(fs, root + "/a") == "hello world");
    auto file = fs.OpenRead(root + "/a");
    REQUIRE(file.ok());
    char out[8];
    CHECK(*(*file)->ReadAt(6, out) == 5);
    CHECK(std::string_view(out, 5) == "world");
    CHECK(*(*file)->ReadAt(100, out) == 0);
    Write(fs, root + "/a", "new");
    CHECK(Read(fs, root + "/a") == "new");
  });
}

TEST_CASE("files larger than any buffer are read whole, and a limit is an error rather than a cut") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    for (const size_t size : {size_t{0}, size_t{1}, size_t{4095}, size_t{4096}, size_t{4097}, size_t{100'000}}) {
      const std::string data(size, 'x');
      Write(fs, root + "/f", data);
      CHECK(Read(fs, root + "/f") == data);
      std::string reused = "something longer than nothing";
      CHECK(fs.ReadFile(root + "/f", &reused, size).ok());
      CHECK(reused == data);
      if (size == 0) continue;
      CHECK(CodeOf(fs.ReadFile(root + "/f", &reused, size - 1)) == Code::kLimit);
      CHECK(reused.empty());
    }
  });
}

TEST_CASE("directories list their names in order, and know what they hold") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    CHECK(fs.CreateDirectory(root + "/d").ok());
    CHECK(fs.CreateDirectory(root + "/d").ok());
    Write(fs, root + "/d/b", "12");
    Write(fs, root + "/d/a", "");
    CHECK(*fs.ListDirectory(root + "/d") == std::vector<std::string>{"a", "b"});
    CHECK(fs.Stat(root + "/d")->kind == FileKind::kDirectory);
    const auto info = fs.Stat(root + "/d/b");
    REQUIRE(info.ok());
    CHECK(info->kind == FileKind::kFile);
    CHECK(info->size_bytes == 2);
    CHECK(fs.Exists(root + "/d/a"));
    CHECK_FALSE(fs.Exists(root + "/d/c"));
  });
}

TEST_CASE("renaming replaces, removing removes, and both refuse what would lose a directory") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    Write(fs, root + "/a", "A");
    Write(fs, root + "/b", "B");
    CHECK(fs.Rename(root + "/a", root + "/b").ok());
    CHECK(Read(fs, root + "/b") == "A");
    CHECK_FALSE(fs.Exists(root + "/a"));
    CHECK(fs.CreateDirectory(root + "/d").ok());
    Write(fs, root + "/d/x", "");
    CHECK(CodeOf(fs.Remove(root + "/d")) == Code::kInvalid);
    CHECK(CodeOf(fs.Rename(root + "/b", root + "/d")) == Code::kInvalid);
    CHECK(fs.Remove(root + "/d/x").ok());
    CHECK(fs.Remove(root + "/d").ok());
    CHECK(CodeOf(fs.Remove(root + "/d")) == Code::kNotFound);
  });
}

TEST_CASE("errors carry the code, the call and the path") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    const std::string missing = root + "/no/file";
    CHECK(fs.OpenRead(missing).status().message() == "open " + missing + ": No such file or directory");
    CHECK(CodeOf(fs.OpenRead(missing).status()) == Code::kNotFound);
    CHECK(CodeOf(fs.OpenWrite(missing, true).status()) == Code::kNotFound);
    CHECK(CodeOf(fs.ListDirectory(missing).status()) == Code::kNotFound);
    CHECK(CodeOf(fs.Stat(missing).status()) == Code::kNotFound);
    CHECK(CodeOf(fs.CreateDirectory(missing)) == Code::kNotFound);
    CHECK(CodeOf(fs.Rename(missing, root + "/x")) == Code::kNotFound);
    CHECK(CodeOf(fs.SyncDirectory(missing)) == Code::kNotFound);
    Write(fs, root + "/file", "");
    CHECK(CodeOf(fs.OpenRead(root + "/file/x").status()) == Code::kNotFound);
    CHECK(CodeOf(fs.CreateDirectory(root + "/file")) == Code::kInvalid);
    CHECK(CodeOf(fs.ReadFile(root).status()) == Code::kInvalid);
    CHECK(CodeOf(fs.ReadLink(root + "/file").status()) == Code::kInvalid);
  });
}

TEST_CASE("an atomic write leaves nothing beside the file") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    CHECK(fs.WriteFileAtomic(root + "/state", "one").ok());
    CHECK(fs.WriteFileAtomic(root + "/state", "two").ok());
    CHECK(Read(fs, root + "/state") == "two");
    CHECK(*fs.ListDirectory(root) == std::vector<std::string>{"state"});
  });
}

TEST_CASE("procfs files read whole although their size says 0, and a FIFO does not hang") {
  RealFileSystem fs;
  CHECK(Read(fs, "/proc/self/status").starts_with("Name:"));
  CHECK(Read(fs, "/proc/sys/kernel/ostype") == "Linux\n");
  TemporaryDirectory directory;
  REQUIRE(mkfifo((directory.path() + "/fifo").c_str(), 0600) == 0);
  CHECK_FALSE(fs.ReadFile(directory.path() + "/fifo").ok());
  REQUIRE(symlink("target", (directory.path() + "/link").c_str()) == 0);
  CHECK(*fs.ReadLink(directory.path() + "/link") == "target");
}

TEST_CASE("a full device is a limit, not a bug") {
  RealFileSystem fs;
  auto file = fs.OpenWrite("/dev/full", true);
  REQUIRE(file.ok());
  const Status status = (*file)->Append("x");
  CHECK(CodeOf(status) == Code::kLimit);
  CHECK(status.message() == "write /dev/full: No space left on device");
}

TEST_CASE("memory: links lead where the kernel would lead, and circles end") {
  MemoryFileSystem fs;
  fs.Put("/sys/devices/pci0/net/eth0/mtu", "1500\n");
  fs.PutLink("/sys/class/net/eth0", "../../devices/pci0/net/eth0");
  fs.PutLink("/sys/devices/pci0/net/eth0/device", "../../../pci0");
  fs.PutLink("/abs", "/sys/class");
  fs.PutLink("/a", "b");
  fs.PutLink("/b", "a");
  CHECK(Read(fs, "/sys/class/net/eth0/mtu") == "1500\n");
  CHECK(Read(fs, "/abs/net/eth0/mtu") == "1500\n");
  CHECK(Read(fs, "sys//class/net/./eth0/../eth0/mtu") == "1500\n");
  CHECK(*fs.ReadLink("/sys/class/net/eth0") == "../../devices/pci0/net/eth0");
  CHECK(*fs.ListDirectory("/sys/class/net/eth0/device") == std::vector<std::string>{"net"});
  CHECK(fs.Stat("/sys/class/net/eth0")->kind == FileKind::kDirectory);
  CHECK_FALSE(fs.OpenRead("/a").ok());
  fs.Put("/secret", "x", 0);
  CHECK(CodeOf(fs.OpenRead("/secret").status()) == Code::kDenied);
}

TEST_CASE("memory: modification times come from the clock") {
  FakeClock clock(Timestamp{5'000});
  MemoryFileSystem fs(&clock);
  fs.Put("/f", "x");
  CHECK(fs.Stat("/f")->mtime_ns == 5'000'000'000);
}

TEST_CASE("a crash keeps what was synced in directories that were synced, and nothing else") {
  MemoryFileSystem fs;
  REQUIRE(fs.CreateDirectory("/d").ok());
  REQUIRE(fs.SyncDirectory("/").ok());
  auto kept = fs.OpenWrite("/d/kept", false);
  REQUIRE(kept.ok());
  REQUIRE((*kept)->Append("synced").ok());
  REQUIRE((*kept)->Sync().ok());
  REQUIRE(fs.SyncDirectory("/d").ok());
  REQUIRE((*kept)->Append(" lost").ok());
  auto unlinked = fs.OpenWrite("/d/no_entry", false);
  REQUIRE((*unlinked)->Append("data").ok());
  REQUIRE((*unlinked)->Sync().ok());

  fs.Crash();
  CHECK(*fs.ListDirectory("/d") == std::vector<std::string>{"kept"});
  CHECK(Read(fs, "/d/kept") == "synced");
  CHECK(CodeOf((*kept)->Append("x")) == Code::kUnavailable);  // files opened before the crash are gone with it
}

TEST_CASE("a crash undoes renames and removals whose directory was not synced") {
  MemoryFileSystem fs;
  fs.Put("/old", "content");
  fs.Put("/gone", "still here");
  REQUIRE(fs.Rename("/old", "/new").ok());
  REQUIRE(fs.Remove("/gone").ok());
  fs.Crash();
  CHECK(*fs.ListDirectory("/") == std::vector<std::string>{"gone", "old"});
  REQUIRE(fs.Rename("/old", "/new").ok());
  REQUIRE(fs.SyncDirectory("/").ok());
  fs.Crash();
  CHECK(*fs.ListDirectory("/") == std::vector<std::string>{"gone", "new"});
}

TEST_CASE("a torn crash keeps a beginning of what was appended") {
  for (uint64_t seed = 0; seed < 50; ++seed) {
    CAPTURE(seed);
    SeededRandom random(seed);
    MemoryFileSystem fs;
    fs.Put("/log", "synced;");
    Write(fs, "/log", "unsynced", true);
    fs.Crash(&random);
    const std::string left = Read(fs, "/log");
    CHECK(left.size() >= 7);
    CHECK(std::string("synced;unsynced").starts_with(left));
  }
}

TEST_CASE(
    "a file written in place keeps its length, reads as zeros where nothing was written, and grows when it must") {
  OnBoth([](FileSystem& fs, const std::string& root) {
    auto file = fs.OpenInPlace(root + "/log");
    REQUIRE(file.ok());
    CHECK(*(*file)->Size() == 0);
    REQUIRE((*file)->Reserve(8).ok());
    CHECK(*(*file)->Size() == 8);
    REQUIRE((*file)->WriteAt(2, "abc").ok());
    REQUIRE((*file)->Reserve(4).ok());  // it is longer already
    REQUIRE((*file)->Sync().ok());
    CHECK(Read(fs, root + "/log") == std::string("\0\0abc\0\0\0", 8));
    REQUIRE((*fs.OpenInPlace(root + "/log"))->WriteAt(7, "xyz").ok());
    CHECK(Read(fs, root + "/log") == std::string("\0\0abc\0\0xyz", 10));
    CHECK(CodeOf(fs.OpenInPlace(root + "/none/log").status()) == Code::kNotFound);
  });
}

TEST_CASE("a crash leaves any of the sectors that were written in place and not synced") {
  std::set<std::string> seen;
  for (uint64_t seed = 0; seed < 50; ++seed) {
    SeededRandom random(seed);
    MemoryFileSystem fs;
    auto file = fs.OpenInPlace("/log");
    REQUIRE((*file)->Reserve(1024).ok());
    REQUIRE((*file)->Sync().ok());
    REQUIRE(fs.SyncDirectory("/").ok());
    REQUIRE((*file)->WriteAt(510, "abcd").ok());
    fs.Crash(&random);
    const std::string left = Read(fs, "/log");
    REQUIRE(left.size() == 1024);
    seen.insert(left.substr(510, 4));
    CHECK_FALSE((*file)->WriteAt(0, "x").ok());
  }
  CHECK(seen == std::set<std::string>{{"\0\0\0\0", 4}, {"ab\0\0", 4}, {"\0\0cd", 4}, "abcd"});
}

TEST_CASE("what was reserved can be written when the disk is full") {
  MemoryFileSystem memory;
  FaultyFileSystem fs(memory);
  fs.set_plan({.room = 8});
  auto file = fs.OpenInPlace("/log");
  REQUIRE((*file)->Reserve(8).ok());
  CHECK(CodeOf((*file)->Reserve(9)) == Code::kLimit);
  CHECK((*file)->WriteAt(4, "1234").ok());
  CHECK(CodeOf((*file)->WriteAt(6, "567")) == Code::kLimit);
  CHECK((*file)->Sync().ok());
  fs.set_plan({.fail_at = 1, .tear_writes = true});
  CHECK_FALSE((*file)->WriteAt(0, "abcd").ok());
  CHECK(Read(memory, "/log") == std::string("ab\0\0"
                                            "1234",
                                            8));
}

TEST_CASE("an atomic write survives a failure at any call and a crash after it: old or new, never a mix") {
  uint64_t tried = 0;
  for (uint64_t n = 1;; ++n) {
    CAPTURE(n);
    MemoryFileSystem memory;
    memory.Put("/state", "old");
    FaultyFileSystem fs(memory);
    fs.set_plan({.fail_at = n, .keep_failing = n % 2 == 0, .tear_writes = true});
    const bool acknowledged = fs.WriteFileAtomic("/state", "new content").ok();
    if (fs.operations() < n) break;
    ++tried;
    CHECK(fs.failures() >= 1);
    const std::string before_crash = Read(memory, "/state");
    CHECK((before_crash == "old" || before_crash == "new content"));
    memory.Crash();
    const std::string after = Read(memory, "/state");
    CHECK((after == "new content" || (after == "old" && !acknowledged)));
  }
  CHECK(tried == 6);  // open, write, sync, close, rename, sync directory
}

TEST_CASE("faults hit the paths they are meant for, tear writes and fill disks") {
  MemoryFileSystem memory;
  FaultyFileSystem fs(memory);
  fs.set_plan({.fail_at = 1, .error_number = EACCES, .path_contains = "wal"});
  CHECK(fs.OpenWrite("/other", false).ok());
  CHECK(CodeOf(fs.OpenWrite("/wal", false).status()) == Code::kDenied);
  CHECK(fs.OpenWrite("/wal", false).ok());  // only the first
  CHECK(fs.operations() == 2);

  fs.set_plan({.fail_at = 2, .tear_writes = true});
  auto file = fs.OpenWrite("/torn", false);
  CHECK_FALSE((*file)->Append("12345678").ok());
  CHECK(Read(memory, "/torn") == "1234");

  fs.set_plan({.room = 5});
  file = fs.OpenWrite("/full", false);
  CHECK((*file)->Append("123").ok());
  CHECK(CodeOf((*file)->Append("4567")) == Code::kLimit);
  CHECK(CodeOf((*file)->Append("8")) == Code::kLimit);
  CHECK(Read(memory, "/full") == "12345");
  CHECK(fs.failures() == 2);

  fs.set_plan({});
  CHECK(Read(fs, "/full") == "12345");
}

TEST_CASE("a file that is read again and again is opened once, however it grows and shrinks") {
  MemoryFileSystem memory;
  FaultyFileSystem fs(memory);
  RereadFile file(fs, "/proc/stat");
  CHECK(CodeOf(file.Read().status()) == Code::kNotFound);
  for (const size_t size : {size_t{10}, size_t{0}, size_t{4096}, size_t{50'000}, size_t{3}}) {
    memory.Put("/proc/stat", std::string(size, 'a'));
    const auto content = file.Read();
    REQUIRE(content.ok());
    CHECK(*content == std::string(size, 'a'));
  }
  fs.set_plan({});
  CHECK(file.Read().ok());
  CHECK(fs.operations() == 1);  // one read, no open
}

TEST_CASE("a file whose descriptor went bad is opened anew, and one that is gone says so") {
  MemoryFileSystem memory;
  memory.Put("/sys/temp", "42");
  FaultyFileSystem fs(memory);
  RereadFile file(fs, "/sys/temp");
  REQUIRE(file.Read().ok());
  fs.set_plan({.fail_at = 1, .error_number = ENODEV});
  const auto again = file.Read();
  REQUIRE(again.ok());
  CHECK(*again == "42");
  REQUIRE(memory.Remove("/sys/temp").ok());
  fs.set_plan({.fail_at = 1, .error_number = ENODEV});
  CHECK(CodeOf(file.Read().status()) == Code::kNotFound);
}

TEST_CASE("a reread file keeps to its limit and recovers") {
  MemoryFileSystem memory;
  memory.Put("/f", std::string(9'000, 'x'));
  RereadFile file(memory, "/f", 8'192);
  CHECK(CodeOf(file.Read().status()) == Code::kLimit);
  memory.Put("/f", "small");
  CHECK(*file.Read() == "small");
}

TEST_CASE("rereading procfs and sysfs gives what a fresh read gives") {
  RealFileSystem fs;
  for (const char* path :
       {"/proc/version", "/proc/filesystems", "/proc/sys/kernel/ostype", "/sys/class/net/lo/mtu", "/proc/self/maps"}) {
    CAPTURE(path);
    if (!fs.Exists(path)) continue;
    RereadFile file(fs, path);
    for (int i = 0; i < 3; ++i) {
      const auto content = file.Read();
      REQUIRE(content.ok());
      CHECK(content->size() > 0);
    }
    if (std::string_view(path) != "/proc/self/maps") CHECK(*file.Read() == Read(fs, path));
  }
}

TEST_CASE("only mount tables vouch for being unchanged") {
  RealFileSystem fs;
  RereadFile mounts(fs, "/proc/self/mounts");
  CHECK_FALSE(mounts.IsUnchanged());  // nothing was read yet
  REQUIRE(mounts.Read().ok());
  CHECK(mounts.IsUnchanged());
  for (const char* path : {"/proc/stat", "/proc/self/maps", "/sys/class/net/lo/mtu", "/etc/passwd"}) {
    CAPTURE(path);
    RereadFile file(fs, path);
    if (!file.Read().ok()) continue;
    CHECK_FALSE(file.IsUnchanged());
  }
  MemoryFileSystem memory;
  memory.Put("/proc/self/mounts", "x");
  RereadFile captured(memory, "/proc/self/mounts");
  REQUIRE(captured.Read().ok());
  CHECK_FALSE(captured.IsUnchanged());
}

TEST_CASE("a seeded generator repeats itself and bounds are kept") {
  SeededRandom a(1), b(1), c(2);
  CHECK(a.Next() == b.Next());
  CHECK(a.Next() != c.Next());
  std::vector<int> seen(10, 0);
  for (int i = 0; i < 1'000; ++i) ++seen[a.Below(10)];
  for (const int count : seen) CHECK(count > 50);
  for (int i = 0; i < 1'000; ++i) CHECK(a.Fraction() < 1.0);
  SystemRandom system;
  CHECK(system.Next() != system.Next());
  CHECK(system.Hex(16).size() == 32);
  CHECK(system.Hex(3).find_first_not_of("0123456789abcdef") == std::string::npos);
}

}  // namespace
}  // namespace bekci::base::file_system_test
