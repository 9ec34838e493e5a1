// meminfo: /proc/meminfo, every field under its own name: "Active(anon): 8 kB" is node_memory_Active_anon_bytes 8192.
//
// Fields without a unit (HugePages_Total) keep their bare name. The kernel says "kB" and means 1024 bytes.
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"
#include "exporters/host/spec_cache.h"

namespace bekci::exporters::host {
namespace {

// Stands in the tables for all of them.
constexpr MetricSpec kField = {"node_memory_<field>_bytes", MetricType::kGauge,
                               "Memory information field <field>_bytes."};
constexpr const MetricSpec* kMetrics[] = {&kField};

// "Active(anon)" to "Active_anon". Anything else that may not stand in a metric name makes the field unwanted.
std::string NameOf(std::string_view key) {
  std::string name;
  for (const char c : key) {
    if (c == '(') name += '_';
    if (c != '(' && c != ')') name += c;
  }
  return IsNamePart(name) ? name : std::string();
}

void MakeSpec(std::string_view key, bool has_unit, OwnedSpec* out) {
  std::string field = NameOf(key);
  if (field.empty()) return;
  if (has_unit) field += "_bytes";
  out->name = "node_memory_" + field;
  out->help = "Memory information field " + field + ".";
  out->spec.type = field.ends_with("_total") ? MetricType::kCounter : MetricType::kGauge;
}

class Meminfo : public Part {
 public:
  explicit Meminfo(const HostEnvironment& environment) : file_(environment.fs, environment.Proc("meminfo")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
    specs_.Rewind();
    base::LineReader lines(text);
    std::string_view line;
    size_t number = 1;
    for (; lines.Next(&line); ++number) {
      if (!line.empty() && !AddLine(line, sink))
        return DamagedLine(file_.path(), number, "expected \"Name: number kB\"");
    }
    return number > 1 ? base::OkStatus() : base::Corrupt(file_.path() + ": is empty");
  }

 private:
  bool AddLine(std::string_view line, FamilySink& sink) {
    base::FieldReader fields(line);
    std::string_view key = fields.Next();
    const auto value = WholeNumber(fields.Next());
    const std::string_view unit = fields.Next();
    if (!key.ends_with(':') || !value || (!unit.empty() && unit != "kB")) return false;
    key.remove_suffix(1);
    const bool has_unit = !unit.empty();
    const MetricSpec* spec =
        specs_.Find(key, [&](std::string_view name, OwnedSpec* out) { MakeSpec(name, has_unit, out); });
    if (spec != nullptr) sink.Add(*spec, has_unit ? *value * 1024 : *value);
    return true;
  }

  base::RereadFile file_;
  SpecCache specs_;
};

}  // namespace

extern const PartSpec kMeminfo;
constinit const PartSpec kMeminfo = {
    .name = "meminfo",
    .help = "Memory statistics.",
    .metrics = kMetrics,
    .make = MakePart<Meminfo>,
};

}  // namespace bekci::exporters::host
