// The parts that read device attributes below /sys: netclass, cpufreq, thermal_zone, bonding, edac, power supplies.
#include <doctest/doctest.h>

#include "exporters/host/attribute_file.h"
#include "exporters/host/captured_host.h"
#include "exporters/host/real_path.h"

namespace bekci::exporters::host::sysfs_test {
namespace {

bool Says(const std::string& page, const std::string& line) {
  return page.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("numbers are read in every base Go's ParseInt reads, and nothing else is") {
  CHECK(ParseIntAnyBase("0x1003") == 4099);
  CHECK(ParseIntAnyBase("-1") == -1);
  CHECK(ParseIntAnyBase("010") == 8);
  CHECK(ParseIntAnyBase("0") == 0);
  CHECK(ParseIntAnyBase("-9223372036854775808") == INT64_MIN);
  for (const char* bad : {"", "-", "x", "0x", "1 ", "9223372036854775808", "--1", "1.5"}) {
    CAPTURE(bad);
    CHECK_FALSE(ParseIntAnyBase(bad).has_value());
  }
  CHECK(ParseUintAnyBase("0xffffffffffffffff") == UINT64_MAX);
}

TEST_CASE("bytes that are no UTF-8 never reach a label") {
  CHECK(LabelText("plain \xC3\xBC") == "plain \xC3\xBC");
  CHECK(LabelText("a\xff\xfe\xfd b\x80") == "a\xEF\xBF\xBD b\xEF\xBF\xBD");
  CHECK(LabelText("\xC3") == "\xEF\xBF\xBD");
  CHECK(LabelText("") == "");
}

TEST_CASE("only so many descriptors are kept, and a device that was replaced is read anew") {
  base::MemoryFileSystem fs;
  fs.Put("/d/a", " 1\n");
  fs.Put("/d/b", "2\n");
  AttributeReader reader(fs, 1);
  {
    AttributeFile a(reader, "/d/a");
    AttributeFile b(reader, "/d/b");
    CHECK(reader.ReadInt(a) == 1);
    CHECK(reader.ReadInt(b) == 2);
    CHECK(reader.open_files() == 1);
    AttributeFile moved = std::move(a);
    CHECK(reader.ReadInt(moved) == 1);
    CHECK(reader.open_files() == 1);
    AttributeFile missing(reader, "/d/c");
    CHECK(reader.Read(missing).status().code() == base::Code::kNotFound);
    fs.Put("/d/c", std::string(5000, '1'));
    CHECK(reader.Read(missing).status().code() == base::Code::kLimit);
  }
  CHECK(reader.open_files() == 0);
}

TEST_CASE("links are followed to where a device really is, and a loop ends") {
  base::MemoryFileSystem fs;
  fs.Put("/sys/devices/platform/coretemp.0/hwmon/hwmon0/name", "x");
  fs.PutLink("/sys/class/hwmon/hwmon0", "../../devices/platform/coretemp.0/hwmon/hwmon0");
  fs.PutLink("/sys/devices/platform/coretemp.0/hwmon/hwmon0/device", "../../../coretemp.0");
  fs.PutLink("/loop", "/loop");
  CHECK(RealPath(fs, "/sys/class/hwmon/hwmon0/device").value_or("") == "/sys/devices/platform/coretemp.0");
  CHECK(RealPath(fs, "/sys/class/../class/./hwmon").value_or("") == "/sys/class/hwmon");
  CHECK(RealPath(fs, "/nowhere").status().code() == base::Code::kNotFound);
  CHECK(RealPath(fs, "/loop").status().code() == base::Code::kLimit);
}

TEST_CASE("netclass: what an interface lacks costs only that series; interfaces come and go") {
  CapturedHost host;
  const std::string wan = "/sys/class/net/wan1/";
  for (const auto& [file, text] : std::vector<std::pair<std::string, std::string>>{{"operstate", "down"},
                                                                                   {"speed", "-1"},
                                                                                   {"flags", "0x1303"},
                                                                                   {"mtu", "not a number"},
                                                                                   {"ifalias", "up \"link\" \\"},
                                                                                   {"carrier_changes", "2"}}) {
    host.fs.Put(wan + file, text + "\n");
  }
  host.fs.Put("/sys/class/net/bonding_masters", "\n");
  const auto collector = host.Make();
  std::string page = CapturedHost::Page(*collector, "netclass");
  CHECK(Says(page, "node_network_speed_bytes{device=\"wan1\"} -125000"));
  CHECK(Says(page, "node_network_flags{device=\"wan1\"} 4867"));
  CHECK(Says(page, "node_network_up{device=\"wan1\"} 0"));
  CHECK(Says(page, "node_network_carrier_changes_total{device=\"wan1\"} 2"));
  CHECK(Says(page,
             "node_network_info{address=\"\",broadcast=\"\",device=\"wan1\",duplex=\"\",ifalias=\"up \\\"link\\\" "
             "\\\\\",operstate=\"down\"} 1"));
  CHECK(page.find("node_network_mtu_bytes{device=\"wan1\"}") == std::string::npos);
  CHECK(page.find("bonding_masters") == std::string::npos);
  host.fs.Put(wan + "operstate", "up\n");
  host.fs.Put(wan + "ifalias", "renamed\n");
  host.fs.Put("/sys/class/net/new0/operstate", "up\n");
  page = CapturedHost::Page(*collector, "netclass");
  CHECK(Says(page, "node_network_up{device=\"wan1\"} 1"));
  CHECK(Says(page, "node_network_up{device=\"new0\"} 1"));
  CHECK(page.find("ifalias=\"renamed\"") != std::string::npos);  // the set of interfaces changed: all is read anew
  host.fs.Put(wan + "ifalias", "again\n");
  CHECK(CapturedHost::Page(*collector, "netclass").find("ifalias=\"again\"") == std::string::npos);
  host.fs.Put(wan + "ifindex", "77\n");  // another interface of that name
  CHECK(CapturedHost::Page(*collector, "netclass").find("ifalias=\"again\"") != std::string::npos);
  host.fs.Put(wan + "ifalias", "later\n");
  host.clock.Advance(base::minutes(2));
  CHECK(CapturedHost::Page(*collector, "netclass").find("ifalias=\"later\"") != std::string::npos);
  const auto careful = host.Make("netclass: {ignored_devices: \"^new\", ignore_invalid_speed: true}");
  page = CapturedHost::Page(*careful, "netclass");
  CHECK(page.find("node_network_speed_bytes{device=\"wan1\"}") == std::string::npos);
  CHECK(page.find("new0") == std::string::npos);
}

TEST_CASE("bonding counts slaves and those that are up") {
  CapturedHost host;
  host.fs.Put("/sys/class/net/bonding_masters", "bond0 dmz\n");
  host.fs.Put("/sys/class/net/bond0/bonding/slaves", "eth0 eth4 eth5\n");
  host.fs.Put("/sys/class/net/bond0/lower_eth0/bonding_slave/mii_status", "up\n");
  host.fs.Put("/sys/class/net/bond0/slave_eth4/bonding_slave/mii_status", "up\n");
  host.fs.Put("/sys/class/net/bond0/lower_eth5/bonding_slave/mii_status", "down\n");
  host.fs.Put("/sys/class/net/dmz/bonding/slaves", "\n");
  const std::string page = host.PageOf("bonding");
  CHECK(Says(page, "node_bonding_slaves{master=\"bond0\"} 3"));
  CHECK(Says(page, "node_bonding_active{master=\"bond0\"} 2"));
  CHECK(Says(page, "node_bonding_slaves{master=\"dmz\"} 0"));
}

TEST_CASE("power supplies: units are turned into volts, amperes, watt hours and degrees") {
  CapturedHost host;
  const std::string path = "/sys/class/power_supply/BAT7/";
  for (const auto& [file, text] : std::vector<std::pair<std::string, std::string>>{{"type", "Battery"},
                                                                                   {"voltage_now", "12229000"},
                                                                                   {"temp", "305"},
                                                                                   {"cycle_count", "17"},
                                                                                   {"energy_now", "49450000"},
                                                                                   {"current_now", "-1500000"},
                                                                                   {"capacity", "x"},
                                                                                   {"time_to_empty_now", "3600"}}) {
    host.fs.Put(path + file, text + "\n");
  }
  const std::string page = host.PageOf("powersupplyclass");
  CHECK(Says(page, "node_power_supply_info{power_supply=\"BAT7\",type=\"Battery\"} 1"));
  CHECK(Says(page, "node_power_supply_voltage_volt{power_supply=\"BAT7\"} 12.229"));
  CHECK(Says(page, "node_power_supply_temp_celsius{power_supply=\"BAT7\"} 30.5"));
  CHECK(Says(page, "node_power_supply_current_ampere{power_supply=\"BAT7\"} -1.5"));
  CHECK(Says(page, "node_power_supply_cyclecount{power_supply=\"BAT7\"} 17"));
  CHECK(Says(page, "node_power_supply_time_to_empty_seconds{power_supply=\"BAT7\"} 3600"));
  CHECK(page.find("node_power_supply_capacity{power_supply=\"BAT7\"}") == std::string::npos);
}

TEST_CASE("thermal zones that do not answer cost only themselves") {
  CapturedHost host;
  host.fs.Put("/sys/class/thermal/thermal_zone7/type", "acpitz\n");
  host.fs.Put("/sys/class/thermal/thermal_zone7/temp", "-44000\n");
  host.fs.Put("/sys/class/thermal/thermal_zone8/type", "off\n");
  const std::string page = host.PageOf("thermal_zone");
  CHECK(Says(page, "node_thermal_zone_temp{type=\"acpitz\",zone=\"7\"} -44"));
  CHECK(page.find("zone=\"8\"") == std::string::npos);
}

TEST_CASE("edac: errors of a controller, of its rows and of no row it knows") {
  CapturedHost host;
  const std::string path = "/sys/devices/system/edac/mc/mc3/";
  host.fs.Put(path + "ce_count", "1\n");
  host.fs.Put(path + "ce_noinfo_count", "2\n");
  host.fs.Put(path + "csrow12/ue_count", "4\n");
  const std::string page = host.PageOf("edac");
  CHECK(Says(page, "node_edac_correctable_errors_total{controller=\"3\"} 1"));
  CHECK(Says(page, "node_edac_csrow_correctable_errors_total{controller=\"3\",csrow=\"unknown\"} 2"));
  CHECK(Says(page, "node_edac_csrow_uncorrectable_errors_total{controller=\"3\",csrow=\"12\"} 4"));
}

}  // namespace bekci::exporters::host::sysfs_test
