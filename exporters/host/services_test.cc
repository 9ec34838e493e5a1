#include <doctest/doctest.h>

#include "exporters/host/captured_host.h"

namespace bekci::exporters::host::services_test {
namespace {

// What the page says of one series, or "absent".
std::string ValueOf(const std::string& page, const std::string& series) {
  const size_t at = page.find("\n" + series + " ");
  if (at == std::string::npos) return "absent";
  const size_t begin = at + series.size() + 2;
  return page.substr(begin, page.find('\n', begin) - begin);
}

void PutV2Service(CapturedHost& host, const std::string& group) {
  const std::string path = "/sys/fs/cgroup/system.slice/" + group;
  host.fs.Put("/sys/fs/cgroup/cgroup.controllers", "cpu io memory pids\n");
  host.fs.Put(path + "/cpu.stat",
              "usage_usec 3500000\nuser_usec 2500000\nsystem_usec 1000000\nnr_periods 5\nthrottled_usec 250000\n");
  host.fs.Put(path + "/memory.current", "104857600\n");
  host.fs.Put(path + "/memory.max", "max\n");
  host.fs.Put(path + "/memory.swap.current", "4096\n");
  host.fs.Put(path + "/memory.stat", "anon 60000000\nfile 40000000\nkernel 4857600\nkernel_stack 1\n");
  host.fs.Put(path + "/memory.events", "low 0\nhigh 3\nmax 2\noom 1\noom_kill 1\noom_group_kill 0\n");
  host.fs.Put(path + "/io.stat",
              "254:0 rbytes=100 wbytes=200 rios=3 wios=4 dbytes=0 dios=0\n8:0 rbytes=1 wbytes=2 "
              "rios=1 wios=1\n");
  host.fs.Put(path + "/pids.current", "12\n");
  host.fs.Put(path + "/cpu.pressure",
              "some avg10=0.00 avg60=0.00 avg300=0.00 total=1500000\nfull avg10=0.00 avg60=0.00 "
              "avg300=0.00 total=500000\n");
}

void PutProcess(CapturedHost& host, const std::string& pid, const std::string& name, int user_ticks, int start,
                const std::string& cgroup = "0::/\n") {
  host.fs.Put("/proc/" + pid + "/comm", name + "\n");
  host.fs.Put("/proc/" + pid + "/cgroup", cgroup);
  host.fs.Put("/proc/" + pid + "/stat", pid + " (" + name + ") odd) S 1 1 1 0 -1 0 0 0 0 0 " +
                                            std::to_string(user_ticks) + " 50 0 0 20 0 1 0 " + std::to_string(start) +
                                            " 1000000 100 18446744073709551615\n");
  host.fs.Put("/proc/" + pid + "/io", "rchar: 9\nwchar: 9\nsyscr: 1\nsyscw: 1\nread_bytes: 4096\nwrite_bytes: 8192\n");
}

}  // namespace

TEST_CASE("a service's control group (v2) gives its CPU, memory, IO, pressure and OOM kills") {
  CapturedHost host;
  PutV2Service(host, "nginx.service");
  const std::string page = host.PageOf("services");
  const struct {
    const char* series;
    const char* value;
  } rows[] = {
      {"bekci_service_source{service=\"nginx\",source=\"cgroup2\"}", "1"},
      {"bekci_service_cpu_seconds_total{mode=\"user\",service=\"nginx\"}", "2.5"},
      {"bekci_service_cpu_seconds_total{mode=\"system\",service=\"nginx\"}", "1"},
      {"bekci_service_cpu_throttled_seconds_total{service=\"nginx\"}", "0.25"},
      {"bekci_service_memory_bytes{service=\"nginx\"}", "1.048576e+08"},
      {"bekci_service_memory_limit_bytes{service=\"nginx\"}", "absent"},
      {"bekci_service_memory_kind_bytes{kind=\"anon\",service=\"nginx\"}", "6e+07"},
      {"bekci_service_memory_kind_bytes{kind=\"swap\",service=\"nginx\"}", "4096"},
      {"bekci_service_memory_events_total{event=\"high\",service=\"nginx\"}", "3"},
      {"bekci_service_oom_kills_total{service=\"nginx\"}", "1"},
      {"bekci_service_io_bytes_total{operation=\"read\",service=\"nginx\"}", "101"},
      {"bekci_service_io_operations_total{operation=\"write\",service=\"nginx\"}", "5"},
      {"bekci_service_pids{service=\"nginx\"}", "12"},
      {"bekci_service_pressure_waiting_seconds_total{resource=\"cpu\",service=\"nginx\"}", "1.5"},
      {"bekci_service_pressure_stalled_seconds_total{resource=\"cpu\",service=\"nginx\"}", "0.5"},
  };
  for (const auto& row : rows) {
    CAPTURE(row.series);
    CHECK(ValueOf(page, row.series) == row.value);
  }
}

TEST_CASE("control groups of version 1 are read from each controller's tree") {
  CapturedHost host;
  REQUIRE(host.fs.Remove("/sys/fs/cgroup/cgroup.controllers").ok());  // what tells that version 2 is here
  const std::string group = "/system.slice/mariadb.service/";
  host.fs.Put("/sys/fs/cgroup/cpuacct" + group + "cpuacct.stat", "user 250\nsystem 100\n");
  host.fs.Put("/sys/fs/cgroup/memory" + group + "memory.usage_in_bytes", "1000\n");
  host.fs.Put("/sys/fs/cgroup/memory" + group + "memory.limit_in_bytes", "9223372036854771712\n");
  host.fs.Put("/sys/fs/cgroup/memory" + group + "memory.oom_control", "oom_kill_disable 0\nunder_oom 0\noom_kill 4\n");
  host.fs.Put("/sys/fs/cgroup/blkio" + group + "blkio.throttle.io_service_bytes",
              "254:0 Read 10\n254:0 Write 20\n"
              "Total 30\n");
  host.fs.Put("/sys/fs/cgroup/blkio" + group + "blkio.throttle.io_serviced", "254:0 Read 1\n254:0 Write 2\nTotal 3\n");
  const std::string page = host.PageOf("services");
  CHECK(ValueOf(page, "bekci_service_source{service=\"mariadb\",source=\"cgroup1\"}") == "1");
  CHECK(ValueOf(page, "bekci_service_cpu_seconds_total{mode=\"user\",service=\"mariadb\"}") == "2.5");
  CHECK(ValueOf(page, "bekci_service_memory_bytes{service=\"mariadb\"}") == "1000");
  CHECK(ValueOf(page, "bekci_service_memory_limit_bytes{service=\"mariadb\"}") == "absent");
  CHECK(ValueOf(page, "bekci_service_oom_kills_total{service=\"mariadb\"}") == "4");
  CHECK(ValueOf(page, "bekci_service_io_bytes_total{operation=\"write\",service=\"mariadb\"}") == "20");
}

TEST_CASE("services of slices below, names by pattern, and those nobody asked for") {
  CapturedHost host;
  PutV2Service(host, "php8.2-fpm.service");
  PutV2Service(host, "system-redis\\x2dserver.slice/redis-server@a.service");
  PutV2Service(host, "ssh.service");
  const std::string page = host.PageOf("services");
  CHECK(ValueOf(page, "bekci_service_pids{service=\"php8.2-fpm\"}") == "12");
  CHECK(ValueOf(page, "bekci_service_pids{service=\"redis-server@a\"}") == "12");
  CHECK(page.find("service=\"ssh\"") == std::string::npos);
}

TEST_CASE("without control groups the processes of a program are added up, and nothing is lost when they end") {
  CapturedHost host;
  PutProcess(host, "100", "mysqld", 200, 7);
  PutProcess(host, "101", "php-fpm8.2", 100, 8);
  PutProcess(host, "102", "php-fpm8.2", 100, 9);
  PutProcess(host, "103", "bash", 100, 9);
  const auto collector = host.Make();
  std::string page = CapturedHost::Page(*collector, "services");
  const std::string php_user = "bekci_service_cpu_seconds_total{mode=\"user\",service=\"php-fpm8.2\"}";
  CHECK(ValueOf(page, "bekci_service_source{service=\"mysqld\",source=\"process\"}") == "1");
  CHECK(ValueOf(page, "bekci_service_cpu_seconds_total{mode=\"user\",service=\"mysqld\"}") == "2");
  CHECK(ValueOf(page, "bekci_service_memory_bytes{service=\"mysqld\"}") == "409600");
  CHECK(ValueOf(page, php_user) == "2");
  CHECK(ValueOf(page, "bekci_service_pids{service=\"php-fpm8.2\"}") == "2");
  CHECK(ValueOf(page, "bekci_service_io_bytes_total{operation=\"write\",service=\"php-fpm8.2\"}") == "16384");
  CHECK(page.find("bash") == std::string::npos);

  host.fs.Put("/proc/102/stat", "");  // it ended: the open file gives nothing more, and its name is gone
  REQUIRE(host.fs.Remove("/proc/102/stat").ok());
  REQUIRE(host.fs.Remove("/proc/102/comm").ok());
  PutProcess(host, "101", "php-fpm8.2", 150, 8);
  page = CapturedHost::Page(*collector, "services");
  CHECK(ValueOf(page, php_user) == "2.5");
  CHECK(ValueOf(page, "bekci_service_pids{service=\"php-fpm8.2\"}") == "1");

  PutProcess(host, "101", "php-fpm8.2", 10, 900);  // another process with its number
  host.clock.Advance(base::seconds(11));
  page = CapturedHost::Page(*collector, "services");
  host.clock.Advance(base::seconds(11));
  page = CapturedHost::Page(*collector, "services");
  CHECK(ValueOf(page, php_user) == "2.6");
}

TEST_CASE("a process that runs in a reported unit is not counted a second time") {
  CapturedHost host;
  PutV2Service(host, "nginx.service");
  PutProcess(host, "100", "nginx", 200, 7, "0::/system.slice/nginx.service\n");
  const std::string page = host.PageOf("services");
  CHECK(ValueOf(page, "bekci_service_source{service=\"nginx\",source=\"cgroup2\"}") == "1");
  CHECK(ValueOf(page, "bekci_service_source{service=\"nginx\",source=\"process\"}") == "absent");
}

TEST_CASE("OOM kills are told for the host and for each top-level control group") {
  CapturedHost host;
  host.fs.Put("/proc/vmstat", "nr_free_pages 1\noom_kill 7\n");
  host.fs.Put("/sys/fs/cgroup/cgroup.controllers", "memory\n");
  host.fs.Put("/sys/fs/cgroup/system.slice/memory.events", "low 0\nhigh 0\nmax 0\noom 3\noom_kill 2\n");
  host.fs.Put("/sys/fs/cgroup/user.slice/memory.events", "garbage\n");
  const std::string page = host.PageOf("oom");
  CHECK(ValueOf(page, "bekci_host_oom_kills_total") == "7");
  CHECK(ValueOf(page, "bekci_host_cgroup_oom_kills_total{cgroup=\"system.slice\"}") == "2");
  CHECK(page.find("user.slice") == std::string::npos);
}

}  // namespace bekci::exporters::host::services_test
