#include "exporters/host/hwmon_sensor.h"

#include <doctest/doctest.h>

#include "exporters/host/captured_host.h"

namespace bekci::exporters::host::hwmon_sensor_test {

// The expected names, helps and units are node_exporter 1.5's for the same files.
TEST_CASE("each attribute of a sensor has node_exporter's name, help and unit") {
  struct Row {
    int line;
    const char* file;
    const char* sensor;
    const char* name;
    const char* help;
    double scale;
  };
  const Row rows[] = {
      {__LINE__, "temp1_input", "temp1", "node_hwmon_temp_celsius", "Hardware monitor for temperature (input)", 0.001},
      {__LINE__, "temp1_crit_alarm", "temp1", "node_hwmon_temp_crit_alarm_celsius",
       "Hardware monitor for temperature (crit_alarm)", 0.001},
      {__LINE__, "temp5_type", "temp5", "node_hwmon_temp_type", "Hardware monitor temp element type", 1},
      {__LINE__, "temp3_fault", "temp3", "node_hwmon_temp_fault", "Hardware sensor fault status (temp)", 1},
      {__LINE__, "temp3_beep", "temp3", "node_hwmon_temp_beep_enabled", "Hardware monitor sensor has beeping enabled",
       1},
      {__LINE__, "fan1_input", "fan1", "node_hwmon_fan_rpm", "Hardware monitor for fan revolutions per minute (input)",
       1},
      {__LINE__, "fan1_min", "fan1", "node_hwmon_fan_min_rpm", "Hardware monitor for fan revolutions per minute (min)",
       1},
      {__LINE__, "fan1_pulses", "fan1", "node_hwmon_fan_pulses", "Hardware monitor fan element pulses", 1},
      {__LINE__, "in0_max", "in0", "node_hwmon_in_max_volts", "Hardware monitor for voltage (max)", 0.001},
      {__LINE__, "cpu0_vid", "cpu0", "node_hwmon_cpu_vid_volts", "Hardware monitor for voltage (vid)", 0.001},
      {__LINE__, "curr1_input", "curr1", "node_hwmon_curr_amps", "Hardware monitor for current (input)", 0.001},
      {__LINE__, "power1_input", "power1", "node_hwmon_power_watt", "Hardware monitor for power usage in watts (input)",
       1e-6},
      {__LINE__, "power1_average_interval", "power1", "node_hwmon_power_average_interval_seconds",
       "Hardware monitor power usage update interval (average_interval)", 0.001},
      {__LINE__, "energy1_input", "energy1", "node_hwmon_energy_joule_total",
       "Hardware monitor for joules used so far (input)", 1e-6},
      {__LINE__, "humidity1_input", "humidity1", "node_hwmon_humidity",
       "Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (input)",
       1e-6},
      {__LINE__, "pwm1", "pwm1", "node_hwmon_pwm", "Hardware monitor pwm element ", 1},
      {__LINE__, "pwm1_auto_point1_temp", "pwm1", "node_hwmon_pwm_auto_point1_temp",
       "Hardware monitor pwm element auto_point1_temp", 1},
      {__LINE__, "intrusion0_alarm", "intrusion0", "node_hwmon_intrusion_alarm",
       "Hardware sensor alarm status (intrusion)", 1},
      {__LINE__, "beep_enable", "beep_enable0", "node_hwmon_beep_enabled", "Hardware beep enabled", 1},
      {__LINE__, "vrm", "vrm0", "node_hwmon_voltage_regulator_version", "Hardware voltage regulator", 1},
      {__LINE__, "update_interval", "update_interval0", "node_hwmon_update_interval_seconds",
       "Hardware monitor update interval", 0.001},
  };
  for (const Row& row : rows) {
    CAPTURE(row.line);
    const auto attribute = ParseSensorAttribute(row.file);
    REQUIRE(attribute.has_value());
    const SensorMetric metric = DescribeSensor(*attribute, false);
    CHECK(attribute->sensor() == row.sensor);
    CHECK(metric.name == row.name);
    CHECK(metric.help == row.help);
    CHECK(metric.scale / metric.divisor == row.scale);
  }
}

TEST_CASE("files that are no sensors are none, and an input beside a plain value is called so") {
  for (const char* file : {"name", "uevent", "device", "freq1_input", "temp1x", "temp1_", "", "1", "_"}) {
    CAPTURE(file);
    CHECK_FALSE(ParseSensorAttribute(file).has_value());
  }
  CHECK(DescribeSensor(*ParseSensorAttribute("in0_input"), true).name == "node_hwmon_in_input_volts");
}

TEST_CASE("names are cleaned for use in metric names and labels") {
  CHECK(CleanName("acpi tz(1)") == "acpi_tz_1");
  CHECK(CleanName("coretemp.0") == "coretemp_0");
  CHECK(CleanName("__") == "");
  CHECK(CleanName("") == "");
}

TEST_CASE("a chip is named by its place, its driver or its directory, and a sensor that fails costs only itself") {
  CapturedHost host;
  host.fs.Put("/sys/devices/virtual/x/hwmon8/name", "acpi tz(1)\n");
  host.fs.Put("/sys/devices/virtual/x/hwmon8/temp1_input", "27800\n");
  host.fs.Put("/sys/devices/virtual/x/hwmon8/temp2_input", "broken\n");
  host.fs.Put("/sys/devices/virtual/x/hwmon8/temp3_label", "odd \xff\xfe label\n");
  host.fs.Put("/sys/devices/virtual/x/hwmon9/temp1_input", "-1000\n");
  host.fs.PutLink("/sys/class/hwmon/hwmon8", "../../devices/virtual/x/hwmon8");
  host.fs.PutLink("/sys/class/hwmon/hwmon9", "../../devices/virtual/x/hwmon9");
  host.fs.PutLink("/sys/class/hwmon/loop", "loop");
  const std::string page = host.PageOf("hwmon");
  CHECK(page.find("node_hwmon_temp_celsius{chip=\"acpi_tz_1\",sensor=\"temp1\"} 27.8\n") != std::string::npos);
  CHECK(page.find("node_hwmon_temp_celsius{chip=\"hwmon9\",sensor=\"temp1\"} -1\n") != std::string::npos);
  CHECK(page.find("{chip=\"acpi_tz_1\",sensor=\"temp2\"}") == std::string::npos);
  CHECK(page.find("label=\"odd \xEF\xBF\xBD label\"") != std::string::npos);
  CHECK(page.find("node_hwmon_temp_celsius{chip=\"platform_coretemp_0\",sensor=\"temp1\"}") != std::string::npos);
}

}  // namespace bekci::exporters::host::hwmon_sensor_test
