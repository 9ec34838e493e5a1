// infiniband: InfiniBand, Omni-Path and RoCE adapters and their ports, from /sys/class/infiniband.
//
// Which counters exist depends on the driver; only those are shown. Data is counted in units of 4 bytes: one per lane.
#include <array>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "agent/base/text.h"
#include "exporters/host/attribute_table.h"
#include "exporters/host/device_list.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInfo = {"node_infiniband_info", MetricType::kGauge,
                              "Non-numeric data from /sys/class/infiniband/<device>, value is always 1.",
                              "device,board_id,firmware_version,hca_type"};
constexpr const char* kInfoFiles[] = {"board_id", "fw_ver", "hca_type"};  // in the order of its labels after the first

constexpr MetricSpec kState = {
    "node_infiniband_state_id", MetricType::kGauge,
    "State of the InfiniBand port (0: no change, 1: down, 2: init, 3: armed, 4: active, 5: act defer)", "device,port"};
constexpr MetricSpec kPhysicalState = {"node_infiniband_physical_state_id", MetricType::kGauge,
                                       "Physical state of the InfiniBand port (0: no change, 1: sleep, 2: polling, 3: "
                                       "disable, 4: shift, 5: link up, 6: link error recover, 7: phytest)",
                                       "device,port"};
constexpr MetricSpec kRate = {"node_infiniband_rate_bytes_per_second", MetricType::kGauge,
                              "Maximum signal transfer rate", "device,port"};

constexpr AttributeRow kRows[] = {
    {"counters/excessive_buffer_overrun_errors",
     {"node_infiniband_excessive_buffer_overrun_errors_total", MetricType::kCounter,
      "Number of times that OverrunErrors consecutive flow control update periods occurred, each having at least one "
      "overrun error.",
      "device,port"}},
    {"counters/link_downed",
     {"node_infiniband_link_downed_total", MetricType::kCounter,
      "Number of times the link failed to recover from an error state and went down", "device,port"}},
    {"counters/link_error_recovery",
     {"node_infiniband_link_error_recovery_total", MetricType::kCounter,
      "Number of times the link successfully recovered from an error state", "device,port"}},
    {"counters/local_link_integrity_errors",
     {"node_infiniband_local_link_integrity_errors_total", MetricType::kCounter,
      "Number of times that the count of local physical errors exceeded the threshold specified by LocalPhyErrors.",
      "device,port"}},
    {"counters/multicast_rcv_packets",
     {"node_infiniband_multicast_packets_received_total", MetricType::kCounter,
      "Number of multicast packets received (including errors)", "device,port"}},
    {"counters/multicast_xmit_packets",
     {"node_infiniband_multicast_packets_transmitted_total", MetricType::kCounter,
      "Number of multicast packets transmitted (including errors)", "device,port"}},
    {"counters/port_rcv_constraint_errors",
     {"node_infiniband_port_constraint_errors_received_total", MetricType::kCounter,
      "Number of packets received on the switch physical port that are discarded", "device,port"}},
    {"counters/port_rcv_data",
     {"node_infiniband_port_data_received_bytes_total", MetricType::kCounter,
      "Number of data octets received on all links", "device,port"},
     4},
    {"counters/port_rcv_discards",
     {"node_infiniband_port_discards_received_total", MetricType::kCounter,
      "Number of inbound packets discarded by the port because the port is down or congested", "device,port"}},
    {"counters/port_rcv_errors",
     {"node_infiniband_port_errors_received_total", MetricType::kCounter,
      "Number of packets containing an error that were received on this port", "device,port"}},
    {"counters/port_rcv_packets",
     {"node_infiniband_port_packets_received_total", MetricType::kCounter,
      "Number of packets received on all VLs by this port (including errors)", "device,port"}},
    {"counters/port_rcv_remote_physical_errors",
     {"node_infiniband_port_receive_remote_physical_errors_total", MetricType::kCounter,
      "Number of packets marked with the EBP (End of Bad Packet) delimiter received on the port.", "device,port"}},
    {"counters/port_rcv_switch_relay_errors",
     {"node_infiniband_port_receive_switch_relay_errors_total", MetricType::kCounter,
      "Number of packets that could not be forwarded by the switch.", "device,port"}},
    {"counters/port_xmit_constraint_errors",
     {"node_infiniband_port_constraint_errors_transmitted_total", MetricType::kCounter,
      "Number of packets not transmitted from the switch physical port", "device,port"}},
    {"counters/port_xmit_data",
     {"node_infiniband_port_data_transmitted_bytes_total", MetricType::kCounter,
      "Number of data octets transmitted on all links", "device,port"},
     4},
    {"counters/port_xmit_discards",
     {"node_infiniband_port_discards_transmitted_total", MetricType::kCounter,
      "Number of outbound packets discarded by the port because the port is down or congested", "device,port"}},
    {"counters/port_xmit_packets",
     {"node_infiniband_port_packets_transmitted_total", MetricType::kCounter,
      "Number of packets transmitted on all VLs from this port (including errors)", "device,port"}},
    {"counters/port_xmit_wait",
     {"node_infiniband_port_transmit_wait_total", MetricType::kCounter,
      "Number of ticks during which the port had data to transmit but no data was sent during the entire tick",
      "device,port"}},
    {"counters/symbol_error",
     {"node_infiniband_symbol_error_total", MetricType::kCounter,
      "Number of minor link errors detected on one or more physical lanes.", "device,port"}},
    {"counters/unicast_rcv_packets",
     {"node_infiniband_unicast_packets_received_total", MetricType::kCounter,
      "Number of unicast packets received (including errors)", "device,port"}},
    {"counters/unicast_xmit_packets",
     {"node_infiniband_unicast_packets_transmitted_total", MetricType::kCounter,
      "Number of unicast packets transmitted (including errors)", "device,port"}},
    {"counters/VL15_dropped",
     {"node_infiniband_vl15_dropped_total", MetricType::kCounter,
      "Number of incoming VL15 packets dropped due to resource limitations.", "device,port"}},
    {"counters_ext/port_multicast_rcv_packets",
     {"node_infiniband_legacy_multicast_packets_received_total", MetricType::kCounter,
      "Number of multicast packets received", "device,port"}},
    {"counters_ext/port_multicast_xmit_packets",
     {"node_infiniband_legacy_multicast_packets_transmitted_total", MetricType::kCounter,
      "Number of multicast packets transmitted", "device,port"}},
    {"counters_ext/port_rcv_data_64",
     {"node_infiniband_legacy_data_received_bytes_total", MetricType::kCounter,
      "Number of data octets received on all links", "device,port"},
     4},
    {"counters_ext/port_rcv_packets_64",
     {"node_infiniband_legacy_packets_received_total", MetricType::kCounter,
      "Number of data packets received on all links", "device,port"}},
    {"counters_ext/port_unicast_rcv_packets",
     {"node_infiniband_legacy_unicast_packets_received_total", MetricType::kCounter,
      "Number of unicast packets received", "device,port"}},
    {"counters_ext/port_unicast_xmit_packets",
     {"node_infiniband_legacy_unicast_packets_transmitted_total", MetricType::kCounter,
      "Number of unicast packets transmitted", "device,port"}},
    {"counters_ext/port_xmit_data_64",
     {"node_infiniband_legacy_data_transmitted_bytes_total", MetricType::kCounter,
      "Number of data octets transmitted on all links", "device,port"},
     4},
    {"counters_ext/port_xmit_packets_64",
     {"node_infiniband_legacy_packets_transmitted_total", MetricType::kCounter,
      "Number of data packets received on all links", "device,port"}},
};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kRows) + 4> metrics{&kInfo, &kState, &kPhysicalState, &kRate};
  for (size_t i = 0; i < std::size(kRows); ++i) metrics[i + 4] = &kRows[i].spec;
  return metrics;
}();

constexpr size_t kMaxOpen = 48;
constexpr double kBytesPerGigabit = 125e6;

// "4: ACTIVE" -> 4
std::optional<double> ParseState(std::string_view text) {
  const size_t colon = text.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const auto id = base::ParseUint(base::Trim(text.substr(0, colon)));
  if (!id || *id > UINT32_MAX) return std::nullopt;
  return static_cast<double>(*id);
}

// "2.5 Gb/sec (1X SDR)" -> bytes per second
std::optional<double> ParseRate(std::string_view text) {
  base::FieldReader fields(text);
  const auto gigabits = base::ParseDouble(fields.Next());
  if (!gigabits || !(*gigabits >= 0 && *gigabits < 1e9) || fields.Next().empty()) return std::nullopt;
  return *gigabits * kBytesPerGigabit;
}

class InfiniBand : public Part {
 public:
  explicit InfiniBand(const HostEnvironment& environment)
      : list_(environment.fs, environment.clock, environment.Sys("class/infiniband")),
        reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) devices_.clear();
    if (!changed.ok()) return changed.status();
    if (*changed) Rebuild();
    base::Status status;
    for (Device& device : devices_) {
      std::string words[std::size(kInfoFiles)];
      for (size_t i = 0; i < std::size(kInfoFiles); ++i) reader_.ReadLabel(device.words[i], &words[i]);
      sink.Add(kInfo, {device.name, words[0], words[1], words[2]}, 1);
      for (Port& port : device.ports) KeepFirst(&status, Emit(device.name, port, sink));
    }
    return status;
  }

 private:
  struct Port {
    std::string number;
    AttributeFile state, physical_state, rate;
    AttributeTable counters;
  };
  struct Device {
    std::string name;
    std::vector<AttributeFile> words;  // as kInfoFiles
    std::vector<Port> ports;
  };

  void Rebuild() {
    devices_.clear();
    for (const std::string& name : list_.names()) {
      const std::string path = list_.Path(name);
      Device device{LabelText(name), {}, {}};
      for (const char* file : kInfoFiles) device.words.emplace_back(reader_, path + "/" + file);
      const auto ports = reader_.fs().ListDirectory(path + "/ports");
      if (ports.ok()) AddPorts(path + "/ports/", *ports, &device);
      devices_.push_back(std::move(device));
    }
  }

  void AddPorts(const std::string& directory, const std::vector<std::string>& names, Device* device) {
    for (const std::string& name : names) {
      if (DigitsAfter(name, "").empty()) continue;
      const std::string path = directory + name;
      device->ports.push_back({name,
                               {reader_, path + "/state"},
                               {reader_, path + "/phys_state"},
                               {reader_, path + "/rate"},
                               AttributeTable(reader_, kRows, path, WhenMissing::kLeaveOut, ParseCount)});
    }
  }

  base::Status Emit(std::string_view device, Port& port, FamilySink& sink) {
    const std::string_view labels[] = {device, port.number};
    base::Status status = Add(kState, port.state, ParseState, labels, sink);
    KeepFirst(&status, Add(kPhysicalState, port.physical_state, ParseState, labels, sink));
    KeepFirst(&status, Add(kRate, port.rate, ParseRate, labels, sink));
    KeepFirst(&status, port.counters.Emit(labels, sink));
    return status;
  }

  base::Status Add(const MetricSpec& spec, AttributeFile& file, AttributeTable::Parser parser,
                   std::span<const std::string_view> labels, FamilySink& sink) {
    ASSIGN_OR_RETURN(const std::string_view text, reader_.Read(file));
    const auto value = parser(text);
    if (!value) return base::Corrupt(file.path() + ": not understood: " + base::Quoted(text.substr(0, 40)));
    sink.Add(spec, labels, *value);
    return base::OkStatus();
  }

  DeviceList list_;
  AttributeReader reader_;
  std::vector<Device> devices_;
};

}  // namespace

extern const PartSpec kInfiniband;
constinit const PartSpec kInfiniband = {
    .name = "infiniband",
    .help = "InfiniBand adapters and their ports.",
    .metrics = kMetrics,
    .make = MakePart<InfiniBand>,
};

}  // namespace bekci::exporters::host
