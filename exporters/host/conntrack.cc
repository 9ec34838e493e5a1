// conntrack: the connection tracking table, from /proc/sys/net/netfilter and /proc/net/stat/nf_conntrack.
//
// The statistics file has a header line of names and one line of hexadecimal numbers per CPU, which are summed. Which
// columns there are depends on the kernel, hence the look-up by name.
#include <array>

#include "exporters/host/numbers.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kEntries = {"node_nf_conntrack_entries", MetricType::kGauge,
                                 "Number of currently allocated flow entries for connection tracking."};
constexpr MetricSpec kLimit = {"node_nf_conntrack_entries_limit", MetricType::kGauge,
                               "Maximum size of connection tracking table."};
constexpr MetricSpec kDrop = {"node_nf_conntrack_stat_drop", MetricType::kGauge,
                              "Number of packets dropped due to conntrack failure."};
constexpr MetricSpec kEarlyDrop = {
    "node_nf_conntrack_stat_early_drop", MetricType::kGauge,
    "Number of dropped conntrack entries to make room for new ones, if maximum table size was reached."};
constexpr MetricSpec kFound = {"node_nf_conntrack_stat_found", MetricType::kGauge,
                               "Number of searched entries which were successful."};
constexpr MetricSpec kIgnore = {"node_nf_conntrack_stat_ignore", MetricType::kGauge,
                                "Number of packets seen which are already connected to a conntrack entry."};
constexpr MetricSpec kInsert = {"node_nf_conntrack_stat_insert", MetricType::kGauge,
                                "Number of entries inserted into the list."};
constexpr MetricSpec kInsertFailed = {"node_nf_conntrack_stat_insert_failed", MetricType::kGauge,
                                      "Number of entries for which list insertion was attempted but failed."};
constexpr MetricSpec kInvalid = {"node_nf_conntrack_stat_invalid", MetricType::kGauge,
                                 "Number of packets seen which can not be tracked."};
constexpr MetricSpec kSearchRestart = {
    "node_nf_conntrack_stat_search_restart", MetricType::kGauge,
    "Number of conntrack table lookups which had to be restarted due to hashtable resizes."};
constexpr const MetricSpec* kMetrics[] = {&kEntries, &kLimit,  &kDrop,         &kEarlyDrop, &kFound,
                                          &kIgnore,  &kInsert, &kInsertFailed, &kInvalid,   &kSearchRestart};

struct Column {
  std::string_view name;
  const MetricSpec* spec;
};
constexpr std::array<Column, 8> kColumns = {{{"drop", &kDrop},
                                             {"early_drop", &kEarlyDrop},
                                             {"found", &kFound},
                                             {"ignore", &kIgnore},
                                             {"insert", &kInsert},
                                             {"insert_failed", &kInsertFailed},
                                             {"invalid", &kInvalid},
                                             {"search_restart", &kSearchRestart}}};
using Sums = std::array<uint64_t, kColumns.size()>;

// Adds one CPU's line to the sums; names and numbers stand in the same column. False when a number is missing.
bool AddCpu(std::string_view names, std::string_view line, Sums* sums) {
  base::FieldReader header(names);
  base::FieldReader fields(line);
  for (std::string_view name = header.Next(); !name.empty(); name = header.Next()) {
    const auto value = base::ParseUint(fields.Next(), 16);
    if (!value) return false;
    for (size_t i = 0; i < kColumns.size(); ++i) {
      if (kColumns[i].name == name) (*sums)[i] += *value;
    }
  }
  return true;
}

class Conntrack : public Part {
 public:
  explicit Conntrack(const HostEnvironment& environment)
      : count_(environment.fs, environment.Proc("sys/net/netfilter/nf_conntrack_count")),
        max_(environment.fs, environment.Proc("sys/net/netfilter/nf_conntrack_max")),
        stat_(environment.fs, environment.Proc("net/stat/nf_conntrack")) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const base::Result<double> count = count_.Read();
    if (count.status().code() == base::Code::kNotFound) return base::NoData("connection tracking is not in use");
    if (!count.ok()) return count.status();
    sink.Add(kEntries, *count);
    ASSIGN_OR_RETURN(const double max, max_.Read());
    sink.Add(kLimit, max);
    return AddStatistics(sink);
  }

 private:
  base::Status AddStatistics(FamilySink& sink) {
    ASSIGN_OR_RETURN(const std::string_view text, stat_.Read());
    base::LineReader lines(text);
    std::string_view names;
    std::string_view line;
    if (!lines.Next(&names)) return base::Corrupt(stat_.path() + ": is empty");
    Sums sums{};
    for (size_t number = 2; lines.Next(&line); ++number) {
      if (!AddCpu(names, line, &sums)) return DamagedLine(stat_.path(), number, "fewer numbers than names");
    }
    for (size_t i = 0; i < kColumns.size(); ++i) sink.Add(*kColumns[i].spec, static_cast<double>(sums[i]));
    return base::OkStatus();
  }

  NumberFile count_;
  NumberFile max_;
  base::RereadFile stat_;
};

}  // namespace

extern const PartSpec kConntrack;
constinit const PartSpec kConntrack = {
    .name = "conntrack",
    .help = "The netfilter connection tracking table.",
    .metrics = kMetrics,
    .make = MakePart<Conntrack>,
};

}  // namespace bekci::exporters::host
