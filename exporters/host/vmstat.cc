// vmstat: chosen fields of /proc/vmstat, "name number" per line.
#include "exporters/host/name_filter.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"
#include "exporters/host/spec_cache.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kField = {"node_vmstat_<field>", MetricType::kUntyped, "/proc/vmstat information field <field>."};
constexpr const MetricSpec* kMetrics[] = {&kField};

constexpr config::Option kOptions[] = {
    {.key = "fields",
     .type = config::Type::kRegex,
     .default_text = "^(oom_kill|pgpg|pswp|pg.*fault).*",
     .help = "Fields to report."},
};

class Vmstat : public Part {
 public:
  Vmstat(const HostEnvironment& environment, NameFilter filter)
      : file_(environment.fs, environment.Proc("vmstat")), filter_(std::move(filter)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    specs_.Rewind();
    base::LineReader lines(text);
    std::string_view line;
    size_t number = 1;
    for (; lines.Next(&line); ++number) {
      const size_t space = line.find(' ');
      if (space == std::string_view::npos) return DamagedLine(file_.path(), number, "expected \"name number\"");
      const MetricSpec* spec =
          specs_.Find(line.substr(0, space), [this](std::string_view key, OwnedSpec* out) { MakeSpec(key, out); });
      if (spec == nullptr) continue;
      const auto value = WholeNumber(line.substr(space + 1));
      if (!value) return DamagedLine(file_.path(), number, "expected \"name number\"");
      sink.Add(*spec, *value);
    }
    return number > 1 ? base::OkStatus() : base::Corrupt(file_.path() + ": is empty");
  }

 private:
  void MakeSpec(std::string_view key, OwnedSpec* out) {
    if (!IsNamePart(key) || !filter_.Wants(key)) return;
    out->name = "node_vmstat_" + std::string(key);
    out->help = "/proc/vmstat information field " + std::string(key) + ".";
    out->spec.type = MetricType::kUntyped;
  }

  base::RereadFile file_;
  NameFilter filter_;
  SpecCache specs_;
};

base::Result<std::unique_ptr<Part>> MakeVmstat(const HostEnvironment& environment, const config::Values& options) {
  ASSIGN_OR_RETURN(auto filter, NameFilter::Make(options.String("fields"), ""));
  return std::unique_ptr<Part>(std::make_unique<Vmstat>(environment, std::move(filter)));
}

}  // namespace

extern const PartSpec kVmstat;
constinit const PartSpec kVmstat = {
    .name = "vmstat",
    .help = "Virtual memory counters.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeVmstat,
};

}  // namespace bekci::exporters::host
