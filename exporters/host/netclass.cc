// netclass: the attributes of network interfaces, from /sys/class/net/<interface>/.
//
// Interfaces are listed every round, their attribute files kept open (attribute_file.h). An attribute that an interface
// lacks or does not give at the moment (a link that is down has no speed) costs its own series.
//
// Half of the attributes change only when somebody configures the interface (its address, alias, group). They are read
// once a minute, and at once when the interface's index shows that it is another one under the same name: on a host of
// ten interfaces that saves 110 of 220 reads a round.
#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/name_filter.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec Property(std::string_view name, std::string_view help, MetricType type = MetricType::kGauge) {
  return {name, type, help, "device"};
}
constexpr MetricType kCounter = MetricType::kCounter;

constexpr MetricSpec kAddressAssignType =
    Property("node_network_address_assign_type", "Network device property: address_assign_type");
constexpr MetricSpec kCarrier = Property("node_network_carrier", "Network device property: carrier");
constexpr MetricSpec kCarrierChanges =
    Property("node_network_carrier_changes_total", "Network device property: carrier_changes_total", kCounter);
constexpr MetricSpec kCarrierUps =
    Property("node_network_carrier_up_changes_total", "Network device property: carrier_up_changes_total", kCounter);
constexpr MetricSpec kCarrierDowns = Property("node_network_carrier_down_changes_total",
                                              "Network device property: carrier_down_changes_total", kCounter);
constexpr MetricSpec kDeviceId = Property("node_network_device_id", "Network device property: device_id");
constexpr MetricSpec kDormant = Property("node_network_dormant", "Network device property: dormant");
constexpr MetricSpec kFlags = Property("node_network_flags", "Network device property: flags");
constexpr MetricSpec kInterfaceId = Property("node_network_iface_id", "Network device property: iface_id");
constexpr MetricSpec kInterfaceLink = Property("node_network_iface_link", "Network device property: iface_link");
constexpr MetricSpec kLinkMode = Property("node_network_iface_link_mode", "Network device property: iface_link_mode");
constexpr MetricSpec kMtu = Property("node_network_mtu_bytes", "Network device property: mtu_bytes");
constexpr MetricSpec kNameAssignType =
    Property("node_network_name_assign_type", "Network device property: name_assign_type");
constexpr MetricSpec kGroup = Property("node_network_net_dev_group", "Network device property: net_dev_group");
constexpr MetricSpec kSpeed = Property("node_network_speed_bytes", "Network device property: speed_bytes");
constexpr MetricSpec kQueueLength =
    Property("node_network_transmit_queue_length", "Network device property: transmit_queue_length");
constexpr MetricSpec kProtocolType = Property("node_network_protocol_type", "Network device property: protocol_type");
constexpr MetricSpec kUp = Property("node_network_up", "Value is 1 if operstate is 'up', 0 otherwise.");
constexpr MetricSpec kInfo = {"node_network_info", MetricType::kGauge,
                              "Non-numeric data from /sys/class/net/<iface>, value is always 1.",
                              "address,broadcast,device,duplex,ifalias,operstate"};
constexpr const MetricSpec* kMetrics[] = {&kAddressAssignType,
                                          &kCarrier,
                                          &kCarrierChanges,
                                          &kCarrierUps,
                                          &kCarrierDowns,
                                          &kDeviceId,
                                          &kDormant,
                                          &kFlags,
                                          &kInterfaceId,
                                          &kInterfaceLink,
                                          &kLinkMode,
                                          &kMtu,
                                          &kNameAssignType,
                                          &kGroup,
                                          &kSpeed,
                                          &kQueueLength,
                                          &kProtocolType,
                                          &kUp,
                                          &kInfo};

// The attributes that are numbers, under their sysfs names.
struct NumberAttribute {
  const char* file;
  const MetricSpec* spec;
  bool slow = false;  // read once a minute
};
constexpr NumberAttribute kNumbers[] = {
    {"ifindex", &kInterfaceId},  // first: see kIndex
    {"addr_assign_type", &kAddressAssignType, true},
    {"carrier", &kCarrier},
    {"carrier_changes", &kCarrierChanges},
    {"carrier_up_count", &kCarrierUps},
    {"carrier_down_count", &kCarrierDowns},
    {"dev_id", &kDeviceId, true},
    {"dormant", &kDormant},
    {"flags", &kFlags},
    {"iflink", &kInterfaceLink, true},
    {"link_mode", &kLinkMode, true},
    {"mtu", &kMtu},
    {"name_assign_type", &kNameAssignType, true},
    {"netdev_group", &kGroup, true},
    {"speed", &kSpeed},
    {"tx_queue_len", &kQueueLength, true},
    {"type", &kProtocolType, true},
};

// The attributes that are words, in the order of kInfo's labels with `device` left out.
struct TextAttribute {
  const char* file;
  bool slow = false;
};
constexpr TextAttribute kTexts[] = {
    {"address", true}, {"broadcast", true}, {"duplex"}, {"ifalias", true}, {"operstate"}};
constexpr size_t kOperstate = 4;
constexpr size_t kIndex = 0;  // of the interface's index in kNumbers
constexpr base::Duration kSlowInterval = base::minutes(1);

constexpr config::Option kOptions[] = {
    {.key = "ignored_devices", .type = config::Type::kRegex, .default_text = "^$", .help = "Interfaces not to report."},
    {.key = "ignore_invalid_speed",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Leave out the speed of interfaces that report a negative one. Without it their speed is -125000, as "
             "node_exporter's."},
};

constexpr size_t kMaxOpen = 198;         // 9 interfaces; more are opened and closed each round
constexpr size_t kMaxInterfaces = 4096;  // a host of containers has hundreds

class Netclass : public Part {
 public:
  Netclass(const HostEnvironment& environment, NameFilter ignored, bool ignore_invalid_speed)
      : clock_(environment.clock),
        directory_(environment.Sys("class/net")),
        reader_(environment.fs, kMaxOpen),
        ignored_(std::move(ignored)),
        ignore_invalid_speed_(ignore_invalid_speed) {}

  static base::Result<std::unique_ptr<Part>> Make(const HostEnvironment& environment, const config::Values& options) {
    ASSIGN_OR_RETURN(NameFilter ignored, NameFilter::Make("", options.String("ignored_devices")));
    return std::unique_ptr<Part>(
        std::make_unique<Netclass>(environment, std::move(ignored), options.Bool("ignore_invalid_speed")));
  }

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(std::vector<std::string> names, reader_.fs().ListDirectory(directory_));
    if (names != names_) Rebuild(std::move(names));
    for (Interface& interface : interfaces_) Emit(interface, sink);
    if (names_.size() > kMaxInterfaces) {
      return base::LimitReached(directory_ + ": more than " + std::to_string(kMaxInterfaces) + " interfaces");
    }
    return base::OkStatus();
  }

 private:
  struct Interface {
    std::string name;
    std::vector<AttributeFile> numbers;  // as kNumbers
    std::vector<AttributeFile> texts;    // as kTexts
    std::array<std::optional<int64_t>, std::size(kNumbers)> number = {};
    std::array<std::string, std::size(kTexts)> text = {};
    base::MonotonicTime next_slow = {};
  };

  // Interfaces that stay keep nothing: the set changes rarely, and opening all files again costs microseconds.
  void Rebuild(std::vector<std::string> names) {
    interfaces_.clear();
    names_ = std::move(names);
    for (const std::string& name : names_) {
      if (interfaces_.size() == kMaxInterfaces) break;
      const std::string path = directory_ + "/" + name;
      const auto info = reader_.fs().Stat(path);
      if (!ignored_.Wants(name) || !info.ok() || info->kind != base::FileKind::kDirectory) continue;
      Interface interface {
        name, {}, {}
      };
      for (const NumberAttribute& number : kNumbers) interface.numbers.emplace_back(reader_, path + "/" + number.file);
      for (const TextAttribute& text : kTexts) interface.texts.emplace_back(reader_, path + "/" + text.file);
      interfaces_.push_back(std::move(interface));
    }
  }

  void Refresh(Interface& interface) {
    const base::MonotonicTime now = clock_.Monotonic();
    const auto index = reader_.ReadInt(interface.numbers[kIndex]);
    const bool all = now >= interface.next_slow || index != interface.number[kIndex];
    if (all) interface.next_slow = now + kSlowInterval;
    interface.number[kIndex] = index;
    for (size_t i = kIndex + 1; i < std::size(kNumbers); ++i) {
      if (all || !kNumbers[i].slow) interface.number[i] = reader_.ReadInt(interface.numbers[i]);
    }
    for (size_t i = 0; i < std::size(kTexts); ++i) {
      if (all || !kTexts[i].slow) reader_.ReadLabel(interface.texts[i], &interface.text[i]);
    }
  }

  void Emit(Interface& interface, FamilySink& sink) {
    Refresh(interface);
    const auto& text = interface.text;
    sink.Add(kInfo, {text[0], text[1], interface.name, text[2], text[3], text[4]}, 1);
    sink.Add(kUp, {interface.name}, text[kOperstate] == "up" ? 1 : 0);
    for (size_t i = 0; i < std::size(kNumbers); ++i) {
      if (interface.number[i]) EmitNumber(*kNumbers[i].spec, interface.name, *interface.number[i], sink);
    }
  }

  void EmitNumber(const MetricSpec& spec, std::string_view device, int64_t number, FamilySink& sink) const {
    if (&spec != &kSpeed) return sink.Add(spec, {device}, static_cast<double>(number));
    if (number < 0 && ignore_invalid_speed_) return;
    // Megabits per second to bytes per second, in doubles: an absurd number must not overflow.
    sink.Add(spec, {device}, static_cast<double>(number) * 1000 * 1000 / 8);
  }

  base::Clock& clock_;
  const std::string directory_;
  AttributeReader reader_;
  NameFilter ignored_;
  const bool ignore_invalid_speed_;
  std::vector<std::string> names_;
  std::vector<Interface> interfaces_;
};

}  // namespace

extern const PartSpec kNetclass;
constinit const PartSpec kNetclass = {
    .name = "netclass",
    .help = "Attributes of network interfaces: link state, speed, MTU.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = Netclass::Make,
};

}  // namespace bekci::exporters::host
