// The parts of rare hardware, on the trees of tests/golden/devices: their pages, what damage to a file costs, what
// changes between two rounds. That the pages are node_exporter's is held by tests/e2e/test_synthetic_hosts.py.
#include <doctest/doctest.h>

#include <array>
#include <cstdlib>
#include <set>

#include "agent/base/text.h"
#include "exporters/host/captured_host.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host::devices_test {
namespace {

const char* const kTrees[] = {"storage", "network", "sensors", "old-kernel"};

// The parts that the trees have files of. The others read a whole host, which these trees are not.
const std::set<std::string_view> kParts = {
    "bcache", "bonding", "btrfs", "cpufreq", "edac", "fibrechannel",     "hwmon", "infiniband", "ipvs",         "mdadm",
    "nfs",    "nfsd",    "nvme",  "rapl",    "xfs",  "powersupplyclass", "zfs",   "tapestats",  "thermal_zone",
};

std::string OnlyTheseParts() {
  std::string text = "parts: {disable: [";
  for (const PartSpec* part : AllParts()) {
    if (!kParts.contains(part->name)) text.append(text.ends_with('[') ? "" : ", ").append(part->name);
  }
  return text + "]}";
}

bool Says(const std::string& page, const std::string& line) {
  return page.find("\n" + line + "\n") != std::string::npos;
}

// The parts whose success is 1.
std::set<std::string_view> Successes(std::string_view page) {
  constexpr std::string_view kHeading = "# TYPE node_scrape_collector_success gauge\n";
  constexpr std::string_view kBegin = "node_scrape_collector_success{collector=\"";
  const size_t heading = page.find(kHeading);
  REQUIRE(heading != std::string_view::npos);
  std::set<std::string_view> parts;
  base::LineReader lines(page.substr(heading + kHeading.size()));
  std::string_view line;
  while (lines.Next(&line) && line.starts_with(kBegin)) {
    const std::string_view part = line.substr(kBegin.size(), line.find('"', kBegin.size()) - kBegin.size());
    if (line.ends_with(" 1")) parts.insert(part);
  }
  return parts;
}

// Which of kParts reads the file, by where it stands; empty where several may.
std::string_view OwnerOf(std::string_view path) {
  constexpr std::array<std::string_view, 2> kOwners[] = {
      {"/sys/fs/bcache/", "bcache"},
      {"/sys/fs/btrfs/", "btrfs"},
      {"/sys/devices/virtual/block/", "btrfs"},
      {"/sys/fs/xfs/", "xfs"},
      {"/proc/fs/xfs/", "xfs"},
      {"/proc/spl/", "zfs"},
      {"/sys/class/scsi_tape/", "tapestats"},
      {"/sys/class/fc_host/", "fibrechannel"},
      {"/sys/class/infiniband/", "infiniband"},
      {"/proc/net/ip_vs", "ipvs"},
      {"/proc/net/rpc/nfsd", "nfsd"},
      {"/proc/net/rpc/nfs", "nfs"},
      {"/sys/class/powercap/", "rapl"},
      {"/proc/mdstat", "mdadm"},
      {"/sys/class/net/", "bonding"},
      {"/sys/class/nvme/", "nvme"},
      {"/sys/class/power_supply/", "powersupplyclass"},
      {"/sys/class/thermal/", "thermal_zone"},
      {"/sys/devices/system/edac/", "edac"},
      {"/sys/devices/system/cpu/", "cpufreq"},
      {"/sys/devices/platform/", "hwmon"},
  };
  for (const auto& [prefix, part] : kOwners) {
    if (path.starts_with(prefix)) return part;
  }
  return path.find("/hwmon/") != std::string_view::npos ? "hwmon" : "";
}

std::string HugeNumbers(std::string_view content) {
  std::string out;
  for (const char c : content) out.append(c >= '0' && c <= '9' ? "99999999" : std::string(1, c));
  return out;
}

std::string Garbage() {
  std::string out;
  while (out.size() < 3000) out.append("\0\xff\x80\n\xc3(:= -1", 12);
  return out;
}

// Only the file's own part may fail, and the page stays one.
void CheckPage(const std::string& page, std::string_view owner, const std::set<std::string>& healthy) {
  CHECK(base::IsValidUtf8(page));
  const std::set<std::string_view> now = Successes(page);
  for (const std::string& part : healthy) {
    if (part == owner || now.contains(part)) continue;
    CAPTURE(part);
    CHECK(false);
  }
}

}  // namespace

TEST_CASE("the captured hosts with rare hardware give exactly the expected pages") {
  for (const std::string tree : kTrees) {
    CAPTURE(tree);
    CapturedHost host(ReadArchive("devices/" + tree + ".tree"));
    const auto collector = host.Make(OnlyTheseParts());
    const std::string page = CapturedHost::Page(*collector);
    const std::string path = std::string(BEKCI_SOURCE_DIR) + "/tests/golden/devices/" + tree + ".prom";
    base::RealFileSystem real;
    if (std::getenv("BEKCI_UPDATE_GOLDEN") != nullptr) REQUIRE(real.WriteFileAtomic(path, page).ok());
    const auto expected = real.ReadFile(path);
    REQUIRE(expected.ok());
    CHECK((*expected == page));
    CHECK((*expected == CapturedHost::Page(*collector)));  // with what the first round remembered
  }
}

TEST_CASE("an empty, cut, absurd or missing file of a device costs its part at most") {
  for (const std::string tree : kTrees) {
    CAPTURE(tree);
    const auto files = ReadArchive("devices/" + tree + ".tree");
    CapturedHost host(files);
    const auto collector = host.Make(OnlyTheseParts());
    const std::string before = CapturedHost::Page(*collector);
    std::set<std::string> healthy;
    for (const std::string_view part : Successes(before)) healthy.emplace(part);
    REQUIRE(healthy.size() >= 5);
    size_t index = 0;
    for (const CapturedFile& file : files) {
      if (!file.target.empty()) continue;
      CAPTURE(file.path);
      const std::string_view owner = OwnerOf(file.path);
      REQUIRE(!owner.empty());
      const std::string half = file.content.substr(0, file.content.size() / 2);
      for (const std::string& damaged : {std::string(), half, HugeNumbers(file.content)}) {
        host.fs.Put(file.path, damaged);
        CHECK(base::IsValidUtf8(CapturedHost::Page(*collector, owner)));
        host.clock.Advance(base::minutes(3));  // so that every other time what was kept of a device is made anew
      }
      host.fs.Put(file.path, Garbage());
      CheckPage(CapturedHost::Page(*collector), owner, healthy);
      host.fs.Put(file.path, file.content);
      if (index++ % 4 != 0) continue;  // building a host takes longer than all that is done with it here
      CapturedHost without(files);
      REQUIRE(without.fs.Remove(file.path).ok());
      CheckPage(CapturedHost::Page(*without.Make(OnlyTheseParts())), owner, healthy);
    }
    host.clock.Advance(base::minutes(6));
    CHECK((CapturedHost::Page(*collector) == before));  // and all is as before once the files are whole
  }
}

TEST_CASE("devices that come and go between rounds are seen at once") {
  CapturedHost host(ReadArchive("devices/storage.tree"));
  const auto collector = host.Make(OnlyTheseParts());
  const std::string uuid = "deaddd54-c735-46d5-868e-f331c5fd7c74";
  std::string page = CapturedHost::Page(*collector);
  CHECK(page.find("bdev7") == std::string::npos);
  host.fs.Put("/sys/fs/bcache/" + uuid + "/bdev7/dirty_data", "1.5M\n");
  host.fs.Put("/sys/fs/bcache/" + uuid + "/bdev7/writeback_rate_debug", "change:\t\t-1.0k/sec\n");
  host.fs.Put("/sys/fs/btrfs/0abb23a9-579b-43e6-ad30-227ef47fcb9d/allocation/data/raid1/used_bytes", "77\n");
  host.fs.Put("/sys/fs/xfs/dm-9/stats/stats", "rw 3 4\n");
  host.fs.Put("/proc/spl/kstat/zfs/pool1/objset-0x99",
              "1 1 1\nname type data\ndataset_name 7 pool1/a b\nreads 4 5\nnew-field 4 6\n");
  host.fs.Put("/sys/class/scsi_tape/st8/stats/read_ns", "2000000000\n");
  page = CapturedHost::Page(*collector);
  CHECK(Says(page, "node_bcache_dirty_data_bytes{backing_device=\"bdev7\",uuid=\"" + uuid + "\"} 1.560576e+06"));
  CHECK(Says(page, "node_bcache_writeback_change{backing_device=\"bdev7\",uuid=\"" + uuid + "\"} -1024"));
  CHECK(Says(page,
             "node_btrfs_used_bytes{block_group_type=\"data\",mode=\"raid1\","
             "uuid=\"0abb23a9-579b-43e6-ad30-227ef47fcb9d\"} 77"));
  CHECK(Says(page, "node_xfs_read_calls_total{device=\"dm-9\"} 4"));
  CHECK(Says(page, "node_zfs_zpool_dataset_new_field{dataset=\"pool1/a b\",zpool=\"pool1\"} 6"));
  CHECK(Says(page, "node_tape_read_time_seconds_total{device=\"st8\"} 2"));
  REQUIRE(host.fs.Remove("/proc/spl/kstat/zfs/pool1/objset-0x99").ok());
  for (const char* gone : {"/stats/stats", "/stats", ""})
    REQUIRE(host.fs.Remove("/sys/fs/xfs/dm-9" + std::string(gone)).ok());
  page = CapturedHost::Page(*collector);
  CHECK(page.find("pool1/a b") == std::string::npos);
  CHECK(page.find("dm-9") == std::string::npos);
}

TEST_CASE("a mounted btrfs is asked for its devices, and sysfs counts where it does not answer") {
  class Answers : public FixedCalls {
   public:
    base::Result<BtrfsFileSystem> QueryBtrfs(const std::string& mount_point) override {
      asked += mount_point + ";";
      if (mount_point != "/srv/data") return base::Unavailable("not this one");
      return BtrfsFileSystem{"0abb23a9-579b-43e6-ad30-227ef47fcb9d",
                             {{"/dev/loop22", "d-e-v", 1000, 400, {1, 2, 3, 4, 5}}}};
    }
    std::string asked;
  };
  CapturedHost host(ReadArchive("devices/storage.tree"));
  host.fs.Put("/proc/1/mounts",
              "/dev/sda1 / ext4 rw 0 0\n/dev/loop22 /locked btrfs rw 0 0\n/dev/loop22 /srv/data btrfs rw 0 0\n"
              "/dev/loop22 /srv/again btrfs rw 0 0\n");
  Answers answers;
  config::Errors errors;
  const auto made =
      MakeHost(config::Check(config::Node(), kSpec.options, &errors), {&host.fs, &host.clock, &host.log}, answers);
  REQUIRE(made.ok());
  const std::string page = CapturedHost::Page(**made, "btrfs");
  CHECK(answers.asked == "/locked;/srv/data;");
  const std::string device = "btrfs_dev_uuid=\"d-e-v\",device=\"loop22\"";
  const std::string uuid = "uuid=\"0abb23a9-579b-43e6-ad30-227ef47fcb9d\"";
  CHECK(Says(page, "node_btrfs_device_size_bytes{" + device + "," + uuid + "} 1000"));
  CHECK(Says(page, "node_btrfs_device_unused_bytes{" + device + "," + uuid + "} 600"));
  CHECK(Says(page, "node_btrfs_device_errors_total{" + device + ",type=\"corruption\"," + uuid + "} 4"));
  CHECK(page.find("device=\"loop23\"") == std::string::npos);
  CHECK(page.find("device=\"loop24\"") != std::string::npos);  // the other file system is not mounted here
}

TEST_CASE("of several RAPL zones of a name each has its index, and one family where that is wished") {
  CapturedHost host(ReadArchive("devices/sensors.tree"));
  const auto collector = host.Make("rapl: {zone_label: true}");
  host.fs.Put("/sys/class/powercap/intel-rapl:0:1/energy_uj", "2500000\n");
  const std::string page = CapturedHost::Page(*collector, "rapl");
  CHECK(Says(page,
             "node_rapl_joules_total{index=\"0\",path=\"/sys/class/powercap/intel-rapl:0:1\",rapl_zone=\"dram\"} 2.5"));
  CHECK(page.find("index=\"1\",path=\"/sys/class/powercap/intel-rapl:1:1\",rapl_zone=\"dram\"") != std::string::npos);
}

}  // namespace bekci::exporters::host::devices_test
