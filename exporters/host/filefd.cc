// filefd: open file handles of the whole host, from /proc/sys/fs/file-nr (allocated, always 0, maximum).
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kAllocated = {"node_filefd_allocated", MetricType::kGauge,
                                   "File descriptor statistics: allocated."};
constexpr MetricSpec kMaximum = {"node_filefd_maximum", MetricType::kGauge, "File descriptor statistics: maximum."};
constexpr const MetricSpec* kMetrics[] = {&kAllocated, &kMaximum};

class Filefd : public Part {
 public:
  explicit Filefd(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("sys/fs/file-nr")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    base::FieldReader fields(base::Trim(text));
    uint64_t columns[3];
    if (!ReadColumns(fields, 3, columns)) return base::Corrupt(file_.path() + ": expected three numbers");
    sink.Add(kAllocated, static_cast<double>(columns[0]));
    sink.Add(kMaximum, static_cast<double>(columns[2]));
    return base::OkStatus();
  }

 private:
  base::RereadFile file_;
};

}  // namespace

extern const PartSpec kFilefd;
constinit const PartSpec kFilefd = {
    .name = "filefd",
    .help = "Open file handles of the whole host.",
    .metrics = kMetrics,
    .make = MakePart<Filefd>,
};

}  // namespace bekci::exporters::host
