// softnet: what each CPU did with incoming packets, from /proc/net/softnet_stat (hexadecimal columns, a line per CPU).
//
// Column 0 is processed, 1 dropped, 2 times squeezed; since Linux 5.10 column 12 is the CPU's number, before that the
// line's number is it.
#include <charconv>

#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kProcessed = {"node_softnet_processed_total", MetricType::kCounter, "Number of processed packets",
                                   "cpu"};
constexpr MetricSpec kDropped = {"node_softnet_dropped_total", MetricType::kCounter, "Number of dropped packets",
                                 "cpu"};
constexpr MetricSpec kSqueezed = {"node_softnet_times_squeezed_total", MetricType::kCounter,
                                  "Number of times processing packets ran out of quota", "cpu"};
constexpr const MetricSpec* kMetrics[] = {&kProcessed, &kDropped, &kSqueezed};
constexpr size_t kCpuColumn = 12;

class Softnet : public Part {
 public:
  explicit Softnet(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("net/softnet_stat")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    base::LineReader lines(text);
    std::string_view line;
    size_t number = 0;
    for (; lines.Next(&line); ++number) {
      base::FieldReader fields(line);
      uint64_t columns[3];
      if (!ReadColumns(fields, 3, columns, 16)) {
        return DamagedLine(file_.path(), number + 1, "expected hexadecimal numbers");
      }
      for (size_t i = 3; i < kCpuColumn; ++i) fields.Next();
      char digits[24];
      const uint64_t cpu = base::ParseUint(fields.Next(), 16).value_or(number);
      const auto end = std::to_chars(digits, digits + sizeof(digits), cpu).ptr;
      const std::string_view label(digits, static_cast<size_t>(end - digits));
      sink.Add(kProcessed, {label}, static_cast<double>(columns[0]));
      sink.Add(kDropped, {label}, static_cast<double>(columns[1]));
      sink.Add(kSqueezed, {label}, static_cast<double>(columns[2]));
    }
    return number > 0 ? base::OkStatus() : base::Corrupt(file_.path() + ": is empty");
  }

 private:
  base::RereadFile file_;
};

}  // namespace

extern const PartSpec kSoftnet;
constinit const PartSpec kSoftnet = {
    .name = "softnet",
    .help = "Incoming packets per CPU.",
    .metrics = kMetrics,
    .make = MakePart<Softnet>,
};

}  // namespace bekci::exporters::host
