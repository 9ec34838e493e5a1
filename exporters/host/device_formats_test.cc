// The formats that the device parts read: bcache's sizes, lines of counters, the tables of IPVS, ZFS's statistics.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "agent/base/memory_file_system.h"
#include "exporters/host/bcache_value.h"
#include "exporters/host/counter_lines.h"
#include "exporters/host/device_list.h"
#include "exporters/host/ipvs_table.h"
#include "exporters/host/zfs_kstat.h"

namespace bekci::exporters::host::device_formats_test {

TEST_CASE("bcache's sizes are powers of 1024, with the digits after the point in the kernel's own order") {
  const std::pair<const char*, double> good[] = {
      {"0", 0},        {"1304", 1304}, {"4.0k", 4096},       {"1.5k", 1524},          {"26.0M", 27262976},
      {"1.10k", 2024}, {"1.9k", 1924}, {"3.7G", 3955228672}, {"2.0T", 2199023255552},
  };
  for (const auto& row : good) {
    CAPTURE(row.first);
    CHECK(ParseBcacheSize(row.first) == row.second);
  }
  for (const char* bad : {"", "k", ".5k", "1.k", "1.5", "-1", "1.5q", "1.5kk", "1 k", "x"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseBcacheSize(bad).has_value());
  }
  CHECK(ParseSignedBcacheSize("-4.0k") == -4096);
  CHECK(ParseSignedBcacheSize("12") == 12);
  CHECK_FALSE(ParseSignedBcacheSize("--1").has_value());
}

TEST_CASE("lines of counters: unknown ones are skipped, missing ones are zeros, known ones must be whole") {
  constexpr CounterLine kLines[] = {{"net", 2, 2}, {"proc3", 2, 3, true}, {"th", 1, 1}};
  CounterLines lines(kLines);
  REQUIRE(lines.Parse("f", "new stuff here\nnet 7 8 9\n\nproc3 4 1 2 3 4\nth 8 0.000 0.000\n").ok());
  CHECK(lines.At(0, 1) == 8);
  CHECK(lines.At(1, 2) == 3);
  CHECK(lines.At(2, 0) == 8);
  REQUIRE(lines.Parse("f", "proc3 2 18446744073709551615 2\n").ok());
  CHECK(lines.At(0, 1) == 0);
  CHECK(lines.At(1, 0) == 18446744073709551615.0);
  CHECK(lines.At(1, 2) == 0);
  for (const char* bad : {"", "net 1\n", "net 1 x\n", "net -1 2\n", "net\n", "proc3\n", "proc3 3 1 2\n", "proc3 1 1\n",
                          "proc3 2 1 2 x\n", "net 18446744073709551616 1\n"}) {
    CAPTURE(bad);
    CHECK(lines.Parse("f", bad).code() == base::Code::kCorrupt);
  }
  CHECK(lines.Parse("/proc/net/rpc/nfs", "th 1\nnet 1\n").message().starts_with("/proc/net/rpc/nfs: line 2: "));
}

TEST_CASE("an IPVS table: addresses as Go writes them, marks, protocols, and what is damaged is refused") {
  const std::string heading =
      "IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n"
      "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n";
  std::vector<std::string> seen;
  const auto note = [&](const IpvsBackend& b) {
    seen.push_back(b.proto + " " + b.local_address + "|" + b.local_port + "|" + b.local_mark + " " + b.remote_address +
                   "|" + b.remote_port);
  };
  const auto parse = [&](const std::string& text) {
    seen.clear();
    return ParseIpvsBackends("f", heading + text, note);
  };
  REQUIRE(parse("SCTP C0A80016:0CEA wlc\n"
                "  -> [2001:0db8:0000:0000:0001:0000:0000:0001]:0050 Route 1 2 3\n"
                "  -> [0000:0000:0000:0000:0000:0000:0000:0000]:0000 Route 1 2 3\n"
                "  -> [0001:0000:0002:0000:0000:0000:0003:0000]:FFFF Route 1 2 3\n"
                "  -> [0000:0000:0000:0000:0000:FFFF:0A00:00FF]:0050 Route 1 2 3\n"
                "FWM  000000FF rr\n"
                "  -> 00000000:0000 Masq 1 2 3 and more\n")
              .ok());
  CHECK(seen == std::vector<std::string>{"SCTP 192.168.0.22|3306| 2001:db8::1:0:0:1|80", "SCTP 192.168.0.22|3306| ::|0",
                                         "SCTP 192.168.0.22|3306| 1:0:2::3:0|65535",
                                         "SCTP 192.168.0.22|3306| 10.0.0.255|80", "FWM |0|000000FF 0.0.0.0|0"});
  for (const char* bad : {"  -> C0A85216:0CEA Tunnel 1 2 3\n", "TCP\n", "TCP C0A80016 wlc\n", "TCP C0A8001:0CEA wlc\n",
                          "TCP C0A80016:10000 wlc\n", "TCP [1:2]:0050 wlc\n", "FWM nothex rr\n",
                          "TCP C0A80016:0CEA wlc\n  -> C0A85216:0CEA Tunnel 1 2\n",
                          "TCP C0A80016:0CEA wlc\n  -> C0A85216:0CEA Tunnel 1 2 -3\n"}) {
    CAPTURE(bad);
    CHECK(parse(bad).code() == base::Code::kCorrupt);
    CHECK(seen.empty());
  }
  CHECK(ParseIpvsTotals("f", "a\nb\n 1 2 3 4 FF\n")->incoming_bytes == 4);
  CHECK(ParseIpvsTotals("f", "a\nb\n 1 2 3 4\n").status().code() == base::Code::kCorrupt);
  CHECK(ParseIpvsTotals("f", "a\nb\n").status().code() == base::Code::kCorrupt);
}

TEST_CASE("ZFS's numbers are those of unsigned type after the heading; a dataset's name may hold spaces") {
  std::vector<std::pair<std::string, double>> seen;
  const auto note = [&](std::string_view name, double value) { seen.emplace_back(name, value); };
  std::string dataset;
  REQUIRE(
      ParseKstat("f", "1 2 3\nname  type data\ndataset_name 7 tank/my data\nhits 4 5\nneed 3 -6\nx y\n", &dataset, note)
          .ok());
  CHECK(dataset == "tank/my data");
  CHECK(seen == std::vector<std::pair<std::string, double>>{{"hits", 5}});
  for (const char* bad : {"", "1 2 3\n", "name type\nhits 4 5\n", "name type data\nhits 4 x\n"}) {
    CAPTURE(bad);
    CHECK(ParseKstat("f", bad, nullptr, note).code() == base::Code::kCorrupt);
  }
  seen.clear();
  REQUIRE(ParseKstatIo("f", "12 3\nnread nwritten\n7 8\n", note).ok());
  CHECK(seen == std::vector<std::pair<std::string, double>>{{"nread", 7}, {"nwritten", 8}});
  for (const char* bad : {"", "12 3\n", "12 3\nnread nwritten\n", "nread nwritten\n7\n", "nread\n-7\n"}) {
    CAPTURE(bad);
    CHECK(ParseKstatIo("f", bad, note).code() == base::Code::kCorrupt);
  }
}

TEST_CASE("a list of devices says when to look anew: at the first, at a change, and after a while") {
  base::FakeClock clock;
  base::MemoryFileSystem fs;
  DeviceList list(fs, clock, "/sys/class/x");
  CHECK(list.Refresh().status().code() == base::Code::kNoData);
  fs.Put("/sys/class/x/a/n", "1");
  CHECK(*list.Refresh());
  CHECK_FALSE(*list.Refresh());
  fs.Put("/sys/class/x/b/n", "1");
  CHECK(*list.Refresh());
  CHECK(list.names() == std::vector<std::string>{"a", "b"});
  clock.Advance(base::minutes(4));
  CHECK_FALSE(*list.Refresh());
  clock.Advance(base::minutes(1));
  CHECK(*list.Refresh());
}

}  // namespace bekci::exporters::host::device_formats_test
