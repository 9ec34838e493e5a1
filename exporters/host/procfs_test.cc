// What each procfs part makes of its file: the lines that matter and the odd corners of the kernel's formats.
#include <doctest/doctest.h>

#include "exporters/host/captured_host.h"

namespace bekci::exporters::host::procfs_test {
namespace {

bool Has(const std::string& page, std::string_view line) {
  return page.find("\n" + std::string(line) + "\n") != std::string::npos;
}

// A file, what is put into it, the part that reads it, and a line of its page; or "fails".
struct Row {
  int source_line;
  const char* part;
  const char* path;
  const char* content;
  const char* expected;
};

const Row kRows[] = {
    {__LINE__, "loadavg", "/proc/loadavg", "0.00 12.5 99.25 1/2 3", "node_load15 99.25"},
    {__LINE__, "loadavg", "/proc/loadavg", "0.00 12.5", "fails"},
    {__LINE__, "meminfo", "/proc/meminfo", "MemFree: 7 kB\n", "node_memory_MemFree_bytes 7168"},
    {__LINE__, "meminfo", "/proc/meminfo", "Active(anon):  2 kB\n", "node_memory_Active_anon_bytes 2048"},
    {__LINE__, "meminfo", "/proc/meminfo", "HugePages_Free: 3\n", "node_memory_HugePages_Free 3"},
    {__LINE__, "meminfo", "/proc/meminfo", "MemFree: 7 MB\n", "fails"},
    {__LINE__, "meminfo", "/proc/meminfo", "MemFree 7 kB\n", "fails"},
    {__LINE__, "cpu", "/proc/stat", "cpu  1 1 1 1\ncpu12 150 0 3 4\n",
     "node_cpu_seconds_total{cpu=\"12\",mode=\"user\"} 1.5"},
    {__LINE__, "cpu", "/proc/stat", "cpu0 1 2 3 4 5 6 7 8 900 10\n",
     "node_cpu_guest_seconds_total{cpu=\"0\",mode=\"user\"} 9"},
    {__LINE__, "cpu", "/proc/stat", "cpu0 1 2\n", "fails"},
    {__LINE__, "cpu", "/proc/stat", "cpu99999999 1 2 3 4\n", "fails"},
    {__LINE__, "cpu", "/proc/stat", "cpu0 1 2 3 18446744073709551616\n", "fails"},
    {__LINE__, "cpu", "/sys/devices/system/cpu/isolated", "2-3,7\n", "node_cpu_isolated{cpu=\"7\"} 1"},
    {__LINE__, "stat", "/proc/stat", "intr 5 1\nctxt 6\nbtime 7\nprocesses 8\nprocs_running 9\nprocs_blocked 10\n",
     "node_forks_total 8"},
    {__LINE__, "stat", "/proc/stat", "ctxt 6\n", "fails"},
    {__LINE__, "vmstat", "/proc/vmstat", "oom_kill 4\nnr_dirty 9\n", "node_vmstat_oom_kill 4"},
    {__LINE__, "vmstat", "/proc/vmstat", "oom_kill\n", "fails"},
    {__LINE__, "filefd", "/proc/sys/fs/file-nr", "10 0 9223372036854775807\n",
     "node_filefd_maximum 9.223372036854776e+18"},
    {__LINE__, "filefd", "/proc/sys/fs/file-nr", "10 0\n", "fails"},
    {__LINE__, "entropy", "/proc/sys/kernel/random/poolsize", "4096\n", "node_entropy_pool_size_bits 4096"},
    {__LINE__, "entropy", "/proc/sys/kernel/random/poolsize", "many\n", "fails"},
    {__LINE__, "pressure", "/proc/pressure/cpu", "some avg10=0.00 total=1500000\n",
     "node_pressure_cpu_waiting_seconds_total 1.5"},
    {__LINE__, "pressure", "/proc/pressure/cpu", "some avg10=0.00\n", "fails"},
    {__LINE__, "pressure", "/proc/pressure/irq", "full avg10=0.00 total=2000000\n",
     "node_pressure_irq_stalled_seconds_total 2"},
    {__LINE__, "netdev", "/proc/net/dev", "a\nb\nwg0:99 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
     "node_network_transmit_compressed_total{device=\"wg0\"} 16"},
    {__LINE__, "netdev", "/proc/net/dev", "a\nb\neth0:1: 99 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n",
     "node_network_receive_bytes_total{device=\"eth0:1\"} 99"},
    {__LINE__, "netdev", "/proc/net/dev", "a\nb\nwg0: 1 2 3\n", "fails"},
    {__LINE__, "netdev", "/proc/net/dev", "a\n", "fails"},
    {__LINE__, "arp", "/proc/net/arp", "IP address\n10.0.0.1 0x1 0x2 aa * eth9\n10.0.0.2 0x1 0x2 aa * eth9\n",
     "node_arp_entries{device=\"eth9\"} 2"},
    {__LINE__, "arp", "/proc/net/arp", "IP address\n10.0.0.1 0x1\n", "fails"},
    {__LINE__, "softnet", "/proc/net/softnet_stat", "0000000a 00000001 00000002\n",
     "node_softnet_processed_total{cpu=\"0\"} 10"},
    {__LINE__, "softnet", "/proc/net/softnet_stat", "a 1 2 0 0 0 0 0 0 0 0 0 5\n",
     "node_softnet_dropped_total{cpu=\"5\"} 1"},
    {__LINE__, "softnet", "/proc/net/softnet_stat", "zz 1 2\n", "fails"},
    {__LINE__, "sockstat", "/proc/net/sockstat", "TCP: mem 2\n", "node_sockstat_TCP_mem_bytes 8192"},
    {__LINE__, "sockstat", "/proc/net/sockstat", "TCP: inuse\n", "fails"},
    {__LINE__, "netstat", "/proc/net/snmp", "Tcp: CurrEstab MaxConn\nTcp: 5 -1\n", "node_netstat_Tcp_CurrEstab 5"},
    {__LINE__, "netstat", "/proc/net/snmp", "Tcp: CurrEstab MaxConn\nUdp: 5 -1\n", "fails"},
    {__LINE__, "netstat", "/proc/net/snmp", "Tcp: InSegs CurrEstab\nTcp: 5\n", "fails"},
    {__LINE__, "netstat", "/proc/net/snmp6", "Udp6InErrors 3\n", "node_netstat_Udp6_InErrors 3"},
    {__LINE__, "conntrack", "/proc/net/stat/nf_conntrack", "found drop\n0000000a 00000001\n00000001 0000000f\n",
     "node_nf_conntrack_stat_drop 16"},
    {__LINE__, "conntrack", "/proc/net/stat/nf_conntrack", "found drop\n0000000a\n", "fails"},
    {__LINE__, "schedstat", "/proc/schedstat", "cpu3 0 0 0 0 0 0 1500000000 2 3\n",
     "node_schedstat_running_seconds_total{cpu=\"3\"} 1.5"},
    {__LINE__, "schedstat", "/proc/schedstat", "cpu3 0 0\n", "fails"},
    {__LINE__, "diskstats", "/proc/diskstats", " 8 0 sdz 1 2 3 4 5 6 7 8 9 10 11\n",
     "node_disk_read_bytes_total{device=\"sdz\"} 1536"},
    {__LINE__, "diskstats", "/proc/diskstats", " 8 0 sdz 1 2 3 4 5 6 7 8 9 10\n", "fails"},
    {__LINE__, "diskstats", "/proc/diskstats", " 8 0 sdz 1 2 3 4 5 6 7 8 -1 10 11\n",
     "node_disk_io_now{device=\"sdz\"} -1"},
    {__LINE__, "udp_queues", "/proc/net/udp", "head\n 1: a b 07 0000000F:00000010 0\n",
     "node_udp_queues{ip=\"v4\",queue=\"rx\"} 16"},
    {__LINE__, "udp_queues", "/proc/net/udp", "head\n 1: a b 07\n", "fails"},
    {__LINE__, "tcpstat", "/proc/net/tcp6", "head\n 1: a b 08 00000000:00000000 0\n",
     "node_tcp_connection_states{state=\"close_wait\"} 1"},
    {__LINE__, "os", "/etc/os-release", "ID='alpine'\nVERSION_ID=3.18.4\nSUPPORT_END=2025-05-09\n",
     "node_os_version{id=\"alpine\",id_like=\"\",name=\"\"} 3.18"},
    {__LINE__, "os", "/etc/os-release", "ID=x\nSUPPORT_END=2025-05-09\n",
     "node_os_support_end_timestamp_seconds 1.7467488e+09"},
    {__LINE__, "selinux", "/sys/fs/selinux/enforce", "1", "node_selinux_current_mode 1"},
    {__LINE__, "processes", "/proc/78/stat", "78 (x) Z 2 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0",
     "node_processes_threads_state{thread_state=\"Z\"} 1"},
    {__LINE__, "processes", "/proc/77/stat", "77 (a) R) D 1 2", "node_processes_state{state=\"D\"} 1"},
};

}  // namespace

TEST_CASE("each procfs part says what its file says, or that it failed") {
  for (const Row& row : kRows) {
    CAPTURE(row.source_line);
    CapturedHost host;
    host.fs.Put(row.path, row.content);
    const std::string page = host.PageOf(row.part);
    const bool fails = std::string_view(row.expected) == "fails";
    CHECK(
        Has(page, "node_scrape_collector_success{collector=\"" + std::string(row.part) + "\"} " + (fails ? "0" : "1")));
    if (!fails && !Has(page, row.expected)) {
      CAPTURE(row.expected);
      CAPTURE(page);
      CHECK(false);
    }
  }
}

TEST_CASE("without a UDP socket the queues are empty, and the kernel's table is not read") {
  CapturedHost host;
  host.fs.Put("/proc/net/sockstat", "UDP: inuse 0 mem 0\n");
  REQUIRE(host.fs.Remove("/proc/net/udp").ok());
  const std::string page = host.PageOf("udp_queues");
  CHECK(Has(page, "node_udp_queues{ip=\"v4\",queue=\"rx\"} 0"));
  CHECK(Has(page, "node_udp_queues{ip=\"v6\",queue=\"rx\"} 576"));
  CHECK(Has(page, "node_scrape_collector_success{collector=\"udp_queues\"} 1"));
}

TEST_CASE("a CPU's times never run backwards, and start anew when the CPU was unplugged") {
  CapturedHost host;
  const auto collector = host.Make();
  host.fs.Put("/proc/stat", "cpu0 100 0 0 1000 50\n");
  CapturedHost::Page(*collector, "cpu");
  host.fs.Put("/proc/stat", "cpu0 110 0 0 990 40\n");
  std::string page = CapturedHost::Page(*collector, "cpu");
  CHECK(Has(page, "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 10"));
  CHECK(Has(page, "node_cpu_seconds_total{cpu=\"0\",mode=\"iowait\"} 0.5"));
  CHECK(Has(page, "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 1.1"));
  host.fs.Put("/proc/stat", "cpu0 1 0 0 10 0\n");
  page = CapturedHost::Page(*collector, "cpu");
  CHECK(Has(page, "node_cpu_seconds_total{cpu=\"0\",mode=\"idle\"} 0.1"));
  CHECK(Has(page, "node_cpu_seconds_total{cpu=\"0\",mode=\"user\"} 0.01"));
}

TEST_CASE("kernels without a feature have nothing to report, which is no failure worth a warning") {
  for (const char* path : {"/proc/schedstat", "/proc/sys/net/netfilter/nf_conntrack_count", "/proc/pressure/cpu"}) {
    CapturedHost host;
    REQUIRE(host.fs.Remove(path).ok());
    CapturedHost::Page(*host.Make());
    CHECK(host.log.CountContaining("host part failed") == 0);
  }
}

TEST_CASE("CPU information, its flags and softirqs are reported when asked for") {
  CapturedHost host;
  const auto collector = host.Make(
      "{cpu: {info: true, info_flags_include: '^avx', info_bugs_include: mds}, stat: {softirq: true}, parts: {disable: "
      "[textfile]}}");
  const std::string page = CapturedHost::Page(*collector);
  CHECK(Has(page, "node_cpu_flag_info{flag=\"avx2\"} 1"));
  CHECK(page.find("flag=\"fpu\"") == std::string::npos);
  CHECK(Has(page, "node_cpu_bug_info{bug=\"mds\"} 1"));
  CHECK(page.find("core=\"2\",cpu=\"2\",family=\"6\",microcode=\"0xf4\",model=\"158\",model_name=\"Intel(R)") !=
        std::string::npos);
  CHECK(Has(page, "node_softirqs_total{vector=\"rcu\"} 4.00853649e+08"));
}

TEST_CASE("interfaces are chosen by the configured expressions, matched anywhere in the name") {
  CapturedHost host;
  std::string page = CapturedHost::Page(*host.Make("netdev: {device_include: th1}"), "netdev");
  CHECK(page.find("device=\"eth1\"") != std::string::npos);
  CHECK(page.find("device=\"eth0\"") == std::string::npos);
  page = CapturedHost::Page(*host.Make("netdev: {device_exclude: '^eth'}"), "netdev");
  CHECK(page.find("device=\"lo\"") != std::string::npos);
  CHECK(page.find("device=\"eth0\"") == std::string::npos);
}

}  // namespace bekci::exporters::host::procfs_test
