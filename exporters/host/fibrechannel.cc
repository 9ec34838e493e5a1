// fibrechannel: ports of Fibre Channel host adapters: what they are and their link and frame counters, from
// /sys/class/fc_host.
//
// A counter of all ones is the driver's way of saying that it does not count this; it has no series then.
#include <array>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "exporters/host/attribute_table.h"
#include "exporters/host/device_list.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

// What kInfo says, in the order of its labels after the first.
struct Word {
  const char* file;
  bool hexadecimal;  // written with 0x, shown without
};
constexpr Word kWords[] = {
    {"dev_loss_tmo", false},     {"fabric_name", true},    {"port_id", true}, {"port_name", true},
    {"port_state", false},       {"port_type", false},     {"speed", false},  {"supported_classes", false},
    {"supported_speeds", false}, {"symbolic_name", false},
};
constexpr MetricSpec kInfo = {"node_fibrechannel_info", MetricType::kGauge,
                              "Non-numeric data from /sys/class/fc_host/<host>, value is always 1.",
                              "fc_host,dev_loss_tmo,fabric_name,port_id,port_name,port_state,port_type,speed,"
                              "supported_classes,supported_speeds,symbolic_name"};

constexpr AttributeRow kRows[] = {
    {"statistics/dumped_frames",
     {"node_fibrechannel_dumped_frames_total", MetricType::kCounter, "Number of dumped frames", "fc_host"}},
    {"statistics/error_frames",
     {"node_fibrechannel_error_frames_total", MetricType::kCounter, "Number of errors in frames", "fc_host"}},
    {"statistics/fcp_packet_aborts",
     {"node_fibrechannel_fcp_packet_aborts_total", MetricType::kCounter, "Number of aborted packets", "fc_host"}},
    {"statistics/invalid_crc_count",
     {"node_fibrechannel_invalid_crc_total", MetricType::kCounter, "Invalid Cyclic Redundancy Check count", "fc_host"}},
    {"statistics/invalid_tx_word_count",
     {"node_fibrechannel_invalid_tx_words_total", MetricType::kCounter,
      "Number of invalid words transmitted by host port", "fc_host"}},
    {"statistics/link_failure_count",
     {"node_fibrechannel_link_failure_total", MetricType::kCounter, "Number of times the host port link has failed",
      "fc_host"}},
    {"statistics/loss_of_signal_count",
     {"node_fibrechannel_loss_of_signal_total", MetricType::kCounter, "Number of times signal has been lost",
      "fc_host"}},
    {"statistics/loss_of_sync_count",
     {"node_fibrechannel_loss_of_sync_total", MetricType::kCounter,
      "Number of failures on either bit or transmission word boundaries", "fc_host"}},
    {"statistics/nos_count",
     {"node_fibrechannel_nos_total", MetricType::kCounter,
      "Number Not_Operational Primitive Sequence received by host port", "fc_host"}},
    {"statistics/rx_frames",
     {"node_fibrechannel_rx_frames_total", MetricType::kCounter, "Number of frames received", "fc_host"}},
    {"statistics/rx_words",
     {"node_fibrechannel_rx_words_total", MetricType::kCounter, "Number of words received by host port", "fc_host"}},
    {"statistics/seconds_since_last_reset",
     {"node_fibrechannel_seconds_since_last_reset_total", MetricType::kCounter,
      "Number of seconds since last host port reset", "fc_host"}},
    {"statistics/tx_frames",
     {"node_fibrechannel_tx_frames_total", MetricType::kCounter, "Number of frames transmitted by host port",
      "fc_host"}},
    {"statistics/tx_words",
     {"node_fibrechannel_tx_words_total", MetricType::kCounter, "Number of words transmitted by host port", "fc_host"}},
};

constexpr auto kMetrics = [] {
  std::array<const MetricSpec*, std::size(kRows) + 1> metrics{};
  metrics[0] = &kInfo;
  for (size_t i = 0; i < std::size(kRows); ++i) metrics[i + 1] = &kRows[i].spec;
  return metrics;
}();

constexpr size_t kMaxOpen = 32;

std::optional<double> ParseStatistic(std::string_view text) {
  const auto value = ParseUintAnyBase(text);
  if (!value) return std::nullopt;
  return *value == UINT64_MAX ? std::numeric_limits<double>::quiet_NaN() : static_cast<double>(*value);
}

class FibreChannel : public Part {
 public:
  explicit FibreChannel(const HostEnvironment& environment)
      : list_(environment.fs, environment.clock, environment.Sys("class/fc_host")), reader_(environment.fs, kMaxOpen) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto changed = list_.Refresh();
    if (!changed.ok()) ports_.clear();
    if (!changed.ok()) return changed.status();
    if (*changed) Rebuild();
    base::Status status;
    for (Port& port : ports_) {
      AddInfo(port, sink);
      const std::string_view labels[] = {port.name};
      KeepFirst(&status, port.numbers.Emit(labels, sink));
    }
    return status;
  }

 private:
  struct Port {
    std::string name;
    std::vector<AttributeFile> words;  // as kWords
    AttributeTable numbers;
  };

  void Rebuild() {
    ports_.clear();
    for (const std::string& name : list_.names()) {
      Port port{name, {}, AttributeTable(reader_, kRows, list_.Path(name), WhenMissing::kZero, ParseStatistic)};
      for (const Word& word : kWords) port.words.emplace_back(reader_, list_.Path(name) + "/" + word.file);
      ports_.push_back(std::move(port));
    }
  }

  void AddInfo(Port& port, FamilySink& sink) {
    std::array<std::string, std::size(kWords)> texts;
    std::array<std::string_view, std::size(kWords) + 1> labels;
    labels[0] = port.name;
    for (size_t i = 0; i < std::size(kWords); ++i) {
      reader_.ReadLabel(port.words[i], &texts[i]);
      labels[i + 1] = texts[i];
      if (kWords[i].hexadecimal && texts[i].size() > 2) labels[i + 1].remove_prefix(2);
    }
    sink.Add(kInfo, labels, 1);
  }

  DeviceList list_;
  AttributeReader reader_;
  std::vector<Port> ports_;
};

}  // namespace

extern const PartSpec kFibrechannel;
constinit const PartSpec kFibrechannel = {
    .name = "fibrechannel",
    .help = "Ports of Fibre Channel adapters.",
    .metrics = kMetrics,
    .make = MakePart<FibreChannel>,
};

}  // namespace bekci::exporters::host
