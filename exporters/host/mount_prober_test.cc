#include "exporters/host/mount_prober.h"

#include <doctest/doctest.h>

#include <memory>
#include <set>
#include <thread>
#include <vector>

#include "agent/base/mutex.h"
#include "exporters/host/captured_host.h"
#include "exporters/host/mount_table.h"

namespace bekci::exporters::host::mount_prober_test {
namespace {

// statfs hangs on chosen paths until they are released. While it hangs, the clock passes every deadline, so that who
// waits for the answer need not sleep.
class HangingCalls : public FixedCalls {
 public:
  explicit HangingCalls(base::FakeClock& clock) : clock_(clock) {}

  void Hang(const std::string& path) {
    base::MutexLock lock(mutex_);
    hanging_.insert(path);
  }
  void Release() {
    {
      base::MutexLock lock(mutex_);
      hanging_.clear();
    }
    changed_.NotifyAll();
  }
  int calls() {
    base::MutexLock lock(mutex_);
    return calls_;
  }
  void WaitUntilIdle() {
    base::MutexLock lock(mutex_);
    while (inside_ > 0) changed_.Wait(mutex_);
  }

  base::Status StatFs(const std::string& path, struct statfs* out) override {
    base::MutexLock lock(mutex_);
    ++calls_;
    ++inside_;
    while (hanging_.contains(path)) {
      clock_.Advance(base::seconds(60));
      changed_.Wait(mutex_);
    }
    const base::Status status = FixedCalls::StatFs(path, out);
    --inside_;
    changed_.NotifyAll();
    return status;
  }

 private:
  base::FakeClock& clock_;
  base::Mutex mutex_;
  base::CondVar changed_;
  std::set<std::string> hanging_ GUARDED_BY(mutex_);
  int calls_ GUARDED_BY(mutex_) = 0;
  int inside_ GUARDED_BY(mutex_) = 0;
};

// Kept to the end and past it (the list itself is never destroyed): they outlive the prober's helper threads, as
// SystemCalls must.
struct World {
  base::FakeClock clock;
  HangingCalls calls{clock};
};
World& MakeWorld() {
  static auto& kept = *new std::vector<std::unique_ptr<World>>;
  return *kept.emplace_back(std::make_unique<World>());
}

using Paths = std::vector<std::string>;

}  // namespace

TEST_CASE("mounts that answer are answered, in the order asked") {
  World& world = MakeWorld();
  MountProber prober(world.calls, world.clock);
  const auto answers = prober.Ask(Paths{"/a", "/back", "/longer"}, base::MonotonicTime::Max());
  REQUIRE(answers.size() == 3);
  CHECK(answers[0].status.ok());
  CHECK(answers[0].stat.f_blocks == 10'000'002);
  CHECK(answers[1].status.code() == base::Code::kUnavailable);
  CHECK(answers[2].stat.f_blocks == 10'000'007);
}

TEST_CASE("a mount that does not answer is given up at the deadline, asked once, and asked again when it came back") {
  World& world = MakeWorld();
  MountProber prober(world.calls, world.clock);
  world.calls.Hang("/dead");
  const auto soon = [&] { return world.clock.Monotonic() + base::seconds(1); };
  const auto first = prober.Ask(Paths{"/dead"}, soon());
  CHECK(first[0].status.code() == base::Code::kTimeout);
  CHECK(first[0].newly_stuck);
  const int calls = world.calls.calls();
  const auto second = prober.Ask(Paths{"/dead"}, base::MonotonicTime::Max());  // does not wait at all
  CHECK(second[0].status.code() == base::Code::kTimeout);
  CHECK_FALSE(second[0].newly_stuck);
  CHECK(world.calls.calls() == calls);
  world.calls.Release();
  world.calls.WaitUntilIdle();
  // The answer of the old call may still be on its way; once it is in, the mount is well again.
  bool well = false;
  for (int i = 0; i < 100'000 && !well; ++i) {
    well = prober.Ask(Paths{"/dead"}, base::MonotonicTime::Max())[0].status.ok();
    std::this_thread::yield();
  }
  CHECK(well);
}

TEST_CASE("more dead mounts than threads: the number of threads is bounded and every question is answered") {
  World& world = MakeWorld();
  MountProber prober(world.calls, world.clock);
  Paths paths;
  for (size_t i = 0; i < 2 * MountProber::kMaxThreads; ++i) {
    paths.push_back("/dead" + std::to_string(i));
    world.calls.Hang(paths.back());
  }
  const auto answers = prober.Ask(paths, world.clock.Monotonic() + base::seconds(1));
  CHECK(prober.threads() == MountProber::kMaxThreads);
  for (const auto& answer : answers) CHECK_FALSE(answer.status.ok());
  world.calls.Release();
  world.calls.WaitUntilIdle();
}

TEST_CASE("mount lines: escapes, duplicates, lines that are none") {
  std::vector<Mount> mounts;
  size_t malformed = 0;
  ParseMounts(
      "/dev/a / ext4 rw,relatime 0 0\n"
      "/dev/b /my\\040disk\\011\\134x xfs ro,noatime 0 0\n"
      "/dev/b /my\\040disk\\011\\134x xfs rw 0 0\n"
      "half a line\n\n"
      "/dev/c /errors ext4 rw,errors=remount-ro 0 0",
      &mounts, &malformed);
  REQUIRE(mounts.size() == 3);
  CHECK(mounts[1].mount_point == "/my disk\t\\134x");
  CHECK(mounts[1].read_only);
  CHECK_FALSE(mounts[2].read_only);
  CHECK(malformed == 1);
}

TEST_CASE("only types this kernel answers by itself are asked without a helper thread") {
  for (const char* type : {"ext4", "xfs", "btrfs", "tmpfs", "overlay", "vfat", "zfs"}) CHECK(AnswersLocally(type));
  for (const char* type : {"nfs", "nfs4", "cifs", "smb3", "ceph", "fuse.sshfs", "fuse", "9p", "glusterfs", "unheard"}) {
    CHECK_FALSE(AnswersLocally(type));
  }
}

TEST_CASE("a mount point is told as the host sees it") {
  CHECK(StripRootfs("/", "/var") == "/var");
  CHECK(StripRootfs("/host", "/host/var") == "/var");
  CHECK(StripRootfs("/host", "/host") == "/");
  CHECK(StripRootfs("/host", "/other") == "/other");
}

TEST_CASE("the filesystem part reports a hanging network mount as an error and everything else as usual") {
  CapturedHost host;
  World& world = MakeWorld();
  host.fs.Put("/proc/1/mounts",
              "/dev/a / ext4 rw 0 0\nserver:/x /srv/nfs nfs4 rw 0 0\nserver:/y /srv/ok nfs4 ro 0 0\n");
  world.calls.Hang("/srv/nfs");
  auto node = config::ParseYaml("{}", "t");
  config::Errors errors;
  const auto values = config::Check(*node, kSpec.options, &errors);
  auto made = MakeHost(values, {&host.fs, &world.clock, &host.log}, world.calls);
  REQUIRE(made.ok());
  collect::CollectContext context;
  context.only = {"filesystem"};
  collect::FamilySink sink;
  // The jump of the clock may have given up on /srv/ok too in the first rounds; it is found again.
  size_t sizes = 0;
  for (int round = 0; round < 100'000 && sizes < 2; ++round) {
    context.deadline = world.clock.Monotonic() + base::seconds(5);
    sink.Begin();
    REQUIRE((*made)->Collect(context, sink).ok());
    double dead = -1;
    for (const auto& family : model::ToFamilies(sink.FinishRound())) {
      if (family.name == "node_filesystem_size_bytes") sizes = family.metrics.size();
      for (const auto& metric : family.metrics) {
        if (family.name == "node_filesystem_device_error" && metric.labels.Get("mountpoint") == "/srv/nfs") {
          dead = metric.value;
        }
      }
    }
    CHECK(dead == 1);
    std::this_thread::yield();
  }
  CHECK(sizes == 2);
  CHECK(host.log.CountContaining("mount point does not answer") >= 1);
  world.calls.Release();
  world.calls.WaitUntilIdle();
}

}  // namespace bekci::exporters::host::mount_prober_test
