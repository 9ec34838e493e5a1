// entropy: the kernel's random number pool, from /proc/sys/kernel/random.
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kAvailable = {"node_entropy_available_bits", MetricType::kGauge, "Bits of available entropy."};
constexpr MetricSpec kPoolSize = {"node_entropy_pool_size_bits", MetricType::kGauge, "Bits of entropy pool."};
constexpr const MetricSpec* kMetrics[] = {&kAvailable, &kPoolSize};

class Entropy : public Part {
 public:
  explicit Entropy(const HostEnvironment& environment)
      : available_(environment.fs, environment.Proc("sys/kernel/random/entropy_avail")),
        pool_size_(environment.fs, environment.Proc("sys/kernel/random/poolsize")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const double available, available_.Read());
    sink.Add(kAvailable, available);
    ASSIGN_OR_RETURN(const double pool_size, pool_size_.Read());
    sink.Add(kPoolSize, pool_size);
    return base::OkStatus();
  }

 private:
  NumberFile available_;
  NumberFile pool_size_;
};

}  // namespace

extern const PartSpec kEntropy;
constinit const PartSpec kEntropy = {
    .name = "entropy",
    .help = "The kernel's random number pool.",
    .metrics = kMetrics,
    .make = MakePart<Entropy>,
};

}  // namespace bekci::exporters::host
