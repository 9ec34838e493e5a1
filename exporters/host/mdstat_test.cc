// Arrays in every state the kernel prints. The expected numbers are what node_exporter 1.5 says of the same text.
#include "exporters/host/mdstat.h"

#include <doctest/doctest.h>

namespace bekci::exporters::host::mdstat_test {
namespace {

struct Row {
  int line;
  const char* text;
  const char* state;
  double active, required, failed, spare, blocks, synced;
};

#define ROW(...) \
  { __LINE__, __VA_ARGS__ }
const Row kRows[] = {
    ROW("md3 : active raid6 sda1[8] sdh1[7] sdg1[6] sdd1[10](S) sdd2[11](S)\n"
        "      5853468288 blocks super 1.2 level 6, 64k chunk, algorithm 2 [8/8] [UUUUUUUU]\n\n",
        "active", 8, 8, 0, 2, 5853468288, 5853468288),
    ROW("md4 : inactive raid1 sda3[0](F) sdb3[1](S)\n      4883648 blocks [2/2] [UU]\n\n", "inactive", 0, 0, 1, 1,
        4883648, 4883648),
    ROW("md6 : active raid1 sdb2[2](F) sdc[1](S) sda2[0]\n      195310144 blocks [2/1] [U_]\n"
        "      [=>...]  recovery =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec\n\n",
        "recovering", 1, 2, 1, 1, 195310144, 16775552),
    ROW("md8 : active raid1 sdb1[1] sda1[0]\n      195310144 blocks [2/2] [UU]\n"
        "      [=>...]  resync =  8.5% (16775552/195310144) finish=17.0min speed=259783K/sec\n\n",
        "resync", 2, 2, 0, 0, 195310144, 16775552),
    ROW("md201 : active raid1 sda3[0] sdb3[1]\n      1993728 blocks super 1.2 [2/2] [UU]\n"
        "      [=>...]  check =  5.7% (114176/1993728) finish=0.2min speed=114176K/sec\n\n",
        "check", 2, 2, 0, 0, 1993728, 114176),
    ROW("md7 : active raid6 sdb1[0] sde1[3] sdd1[2] sdc1[1](F)\n"
        "      7813735424 blocks super 1.2 level 6, 512k chunk, algorithm 2 [4/3] [U_UU]\n"
        "      bitmap: 0/30 pages [0KB], 65536KB chunk\n\n",
        "active", 3, 4, 1, 0, 7813735424, 7813735424),
    ROW("md9 : active raid1 sdc2[2] sdd2[3] sdb2[1] sda2[0] sde[4](F) sdg[6](S)\n"
        "      523968 blocks super 1.2 [4/4] [UUUU]\n      resync=DELAYED\n\n",
        "resync", 4, 4, 1, 1, 523968, 0),
    ROW("md11 : active (auto-read-only) raid1 sdb2[0] sdc2[1]\n      4190208 blocks super 1.2 [2/2] [UU]\n"
        "      resync=PENDING\n\n",
        "resync", 2, 2, 0, 0, 4190208, 0),
    ROW("md12 : active raid0 sdc2[0] sdd2[1]\n      3886394368 blocks super 1.2 512k chunks\n\n", "active", 2, 2, 0, 0,
        3886394368, 3886394368),
    ROW("md219 : inactive sdb[2](S) sdc[1](S) sda[0](S)\n        7932 blocks super external:imsm\n\n", "inactive", 0, 0,
        0, 3, 7932, 7932),
    ROW("md120 : active linear sda1[1] sdb1[0]\n      2095104 blocks super 1.2 0k rounding\n", "active", 2, 2, 0, 0,
        2095104, 2095104),
    ROW("md13 : active raid1 sda1[0] sdb1[1]\n      100 blocks [2/2] [UU]\n"
        "      bitmap: 1/1 pages [4KB], 65536KB chunk\n"
        "      [=>...]  recovery = 50.0% (50/100) finish=1.0min speed=1K/sec\n",
        "recovering", 2, 2, 0, 0, 100, 50),
};

}  // namespace

TEST_CASE("an array is read in every state the kernel prints") {
  for (const Row& row : kRows) {
    CAPTURE(row.line);
    const std::string text = std::string("Personalities : [raid1]\n") + row.text + "unused devices: <none>\n";
    std::vector<MdArray> arrays;
    std::vector<std::string> problems;
    ParseMdstat(text, &arrays, &problems);
    CHECK(problems.empty());
    REQUIRE(arrays.size() == 1);
    const MdArray& array = arrays[0];
    CHECK(array.state == row.state);
    CHECK(array.disks_active == row.active);
    CHECK(array.disks_required == row.required);
    CHECK(array.disks_failed == row.failed);
    CHECK(array.disks_spare == row.spare);
    CHECK(array.blocks == row.blocks);
    CHECK(array.blocks_synced == row.synced);
  }
}

TEST_CASE("an array that cannot be read costs only itself and is named") {
  const char* const kBad[] = {"mdX : active raid1 sda[0]\n",
                              "mdX : active raid1 sda[0]\n      many blocks [2/2] [UU]\n", "mdX\n",
                              "mdX : active raid1 sda[0]\n      77 blocks without disks\n",
                              "mdX : active raid1 sda[0]\n      77 blocks [2/2]\n      [=>]  recovery = 8% (x/77)\n"};
  for (const char* bad : kBad) {
    CAPTURE(bad);
    const std::string text = std::string(bad) + "md1 : active raid1 sda[0] sdb[1]\n      88 blocks [2/2] [UU]\n";
    std::vector<MdArray> arrays;
    std::vector<std::string> problems;
    ParseMdstat(text, &arrays, &problems);
    REQUIRE(arrays.size() == 1);
    CHECK(arrays[0].name == "md1");
    REQUIRE(problems.size() == 1);
    CHECK(problems[0].find("mdX") != std::string::npos);
  }
}

}  // namespace bekci::exporters::host::mdstat_test
