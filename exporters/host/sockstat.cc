// sockstat: sockets per protocol, from /proc/net/sockstat and sockstat6.
//
// Lines are "TCP: inuse 3 orphan 0 tw 3 alloc 3 mem 192". "mem" counts pages and is also given in bytes. A host without
// IPv6 has no sockstat6.
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"
#include "exporters/host/spec_cache.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kUsed = {"node_sockstat_sockets_used", MetricType::kGauge, "Number of IPv4 sockets in use."};
constexpr MetricSpec kState = {"node_sockstat_<protocol>_<state>", MetricType::kGauge,
                               "Number of <protocol> sockets in state <state>."};
constexpr const MetricSpec* kMetrics[] = {&kUsed, &kState};

class Sockstat : public Part {
 public:
  explicit Sockstat(const HostEnvironment& environment)
      : files_{&environment.SharedProc("net/sockstat"), &environment.SharedProc("net/sockstat6")},
        page_size_(static_cast<double>(environment.calls.PageSizeBytes())) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    bool any = false;
    for (size_t i = 0; i < 2; ++i) {
      const base::Result<std::string_view> text = files_[i]->Read();
      if (text.status().code() == base::Code::kNotFound) continue;
      if (!text.ok()) return text.status();
      RETURN_IF_ERROR(AddFile(*text, i, sink));
      any = true;
    }
    return any ? base::OkStatus() : base::NotFound(files_[0]->path() + ": not there");
  }

 private:
  base::Status AddFile(std::string_view text, size_t file, FamilySink& sink) {
    specs_[file].Rewind();
    base::LineReader lines(text);
    std::string_view line;
    size_t number = 1;
    for (; lines.Next(&line); ++number) {
      if (!AddLine(line, file, sink)) {
        return DamagedLine(files_[file]->path(), number, "expected \"PROTOCOL: state number ...\"");
      }
    }
    return number > 1 ? base::OkStatus() : base::Corrupt(files_[file]->path() + ": is empty");
  }

  bool AddLine(std::string_view line, size_t file, FamilySink& sink) {
    base::FieldReader fields(line);
    std::string_view protocol = fields.Next();
    if (!protocol.ends_with(':')) return false;
    protocol.remove_suffix(1);
    for (std::string_view state = fields.Next(); !state.empty(); state = fields.Next()) {
      const auto value = WholeNumber(fields.Next());
      if (!value || !IsNamePart(protocol) || !IsNamePart(state)) return false;
      AddState(file, protocol, state, *value, sink);
      if (state == "mem") AddState(file, protocol, "mem_bytes", *value * page_size_, sink);
    }
    return true;
  }

  void AddState(size_t file, std::string_view protocol, std::string_view state, double value, FamilySink& sink) {
    if (protocol == "sockets") {
      if (state == "used") sink.Add(kUsed, value);
      return;
    }
    key_.assign(protocol).append("_").append(state);
    const MetricSpec* spec = specs_[file].Find(key_, [&](std::string_view key, OwnedSpec* out) {
      out->name = "node_sockstat_" + std::string(key);
      out->help = "Number of " + std::string(protocol) + " sockets in state " + std::string(state) + ".";
      out->spec.type = MetricType::kGauge;
    });
    if (spec != nullptr) sink.Add(*spec, value);
  }

  RoundFile* const files_[2];
  SpecCache specs_[2];
  std::string key_;
  const double page_size_;
};

}  // namespace

extern const PartSpec kSockstat;
constinit const PartSpec kSockstat = {
    .name = "sockstat",
    .help = "Sockets per protocol.",
    .metrics = kMetrics,
    .make = MakePart<Sockstat>,
};

}  // namespace bekci::exporters::host
