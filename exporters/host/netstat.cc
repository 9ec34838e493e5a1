// netstat: chosen counters of the network protocols, from /proc/net/netstat, snmp and snmp6.
//
// The first two files hold pairs of lines, "Tcp: name name ..." and "Tcp: number number ...". The names of a pair never
// change while the kernel runs, so which columns are wanted is worked out once per name line and found again by
// comparing the whole line. snmp6 has "Ip6InReceives 0" per line; without IPv6 it does not exist.
#include <deque>
#include <vector>

#include "exporters/host/name_filter.h"
#include "exporters/host/numbers.h"
#include "exporters/host/part.h"
#include "exporters/host/spec_cache.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kField = {"node_netstat_<protocol>_<name>", MetricType::kUntyped, "Statistic <protocol><name>."};
constexpr const MetricSpec* kMetrics[] = {&kField};

constexpr config::Option kOptions[] = {
    {.key = "fields",
     .type = config::Type::kRegex,
     .default_text =
         "^(.*_(InErrors|InErrs)|Ip_Forwarding|Ip(6|Ext)_(InOctets|OutOctets)|Icmp6?_(InMsgs|OutMsgs)|TcpExt_"
         "(Listen.*|Syncookies.*|TCPSynRetrans|TCPTimeouts)|Tcp_(ActiveOpens|InSegs|OutSegs|OutRsts|"
         "PassiveOpens|RetransSegs|CurrEstab)|Udp6?_(InDatagrams|OutDatagrams|NoPorts|RcvbufErrors|"
         "SndbufErrors))$",
     .help = "Counters to report, as <protocol>_<name>."},
};

constexpr size_t kMaxPairs = 64;      // kernels have about ten
constexpr size_t kMaxColumns = 1024;  // TcpExt has about 130

class Netstat : public Part {
 public:
  Netstat(const HostEnvironment& environment, NameFilter filter)
      : pair_files_{base::RereadFile(environment.fs, environment.Proc("net/netstat")),
                    base::RereadFile(environment.fs, environment.Proc("net/snmp"))},
        snmp6_(environment.fs, environment.Proc("net/snmp6")),
        filter_(std::move(filter)) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    next_pair_ = 0;
    for (base::RereadFile& file : pair_files_) RETURN_IF_ERROR(AddPairs(file, sink));
    return AddSnmp6(sink);
  }

 private:
  // A line of names and what to do with each column of the numbers below it.
  struct Pair {
    std::string names;
    std::vector<const MetricSpec*> columns;  // null: not wanted
  };

  base::Status AddPairs(base::RereadFile& file, FamilySink& sink);
  const Pair& FindPair(std::string_view names);
  Pair MakePair(std::string_view names);
  base::Status AddSnmp6(FamilySink& sink);
  const MetricSpec* MakeSpec(std::string_view protocol, std::string_view name);

  base::RereadFile pair_files_[2];
  base::RereadFile snmp6_;
  NameFilter filter_;
  std::deque<OwnedSpec> specs_;
  std::deque<Pair> pairs_;  // in the order of the files
  size_t next_pair_ = 0;
  SpecCache snmp6_specs_;
};

base::Status Netstat::AddPairs(base::RereadFile& file, FamilySink& sink) {
  ASSIGN_OR_RETURN(const std::string_view text, file.Read());
  base::LineReader lines(text);
  std::string_view names;
  std::string_view numbers;
  size_t number = 1;
  for (; lines.Next(&names); number += 2) {
    const std::string_view protocol = names.substr(0, names.find(':') + 1);
    if (!lines.Next(&numbers) || protocol.empty() || !numbers.starts_with(protocol)) {
      return DamagedLine(file.path(), number, "expected a line of names and its line of numbers");
    }
    const Pair& pair = FindPair(names);
    base::FieldReader fields(numbers.substr(protocol.size()));
    for (const MetricSpec* spec : pair.columns) {
      const std::string_view field = fields.Next();
      if (spec == nullptr && !field.empty()) continue;
      const auto value = WholeNumber(field);
      if (!value) return DamagedLine(file.path(), number + 1, "fewer numbers than names");
      sink.Add(*spec, *value);
    }
  }
  return number > 1 ? base::OkStatus() : base::Corrupt(file.path() + ": is empty");
}

const Netstat::Pair& Netstat::FindPair(std::string_view names) {
  if (next_pair_ < pairs_.size() && pairs_[next_pair_].names == names) return pairs_[next_pair_++];
  // The first round, or another kernel's text: what is known from here on is of no more use.
  pairs_.resize(next_pair_ < kMaxPairs ? next_pair_ : 0);
  if (pairs_.empty()) specs_.clear();
  next_pair_ = pairs_.size() + 1;
  return pairs_.emplace_back(MakePair(names));
}

Netstat::Pair Netstat::MakePair(std::string_view names) {
  Pair pair{std::string(names), {}};
  const size_t colon = names.find(':');
  base::FieldReader fields(names.substr(colon + 1));
  for (std::string_view name = fields.Next(); !name.empty() && pair.columns.size() < kMaxColumns;
       name = fields.Next()) {
    pair.columns.push_back(MakeSpec(names.substr(0, colon), name));
  }
  return pair;
}

const MetricSpec* Netstat::MakeSpec(std::string_view protocol, std::string_view name) {
  const std::string key = std::string(protocol) + "_" + std::string(name);
  if (!IsNamePart(key) || !filter_.Wants(key)) return nullptr;
  OwnedSpec& spec = specs_.emplace_back();
  spec.name = "node_netstat_" + key;
  spec.help = "Statistic " + std::string(protocol) + std::string(name) + ".";
  spec.spec = {spec.name, MetricType::kUntyped, spec.help};
  return &spec.spec;
}

base::Status Netstat::AddSnmp6(FamilySink& sink) {
  const base::Result<std::string_view> text = snmp6_.Read();
  if (text.status().code() == base::Code::kNotFound) return base::OkStatus();
  if (!text.ok()) return text.status();
  snmp6_specs_.Rewind();
  base::LineReader lines(*text);
  std::string_view line;
  for (size_t number = 1; lines.Next(&line); ++number) {
    base::FieldReader fields(line);
    const std::string_view key = fields.Next();
    const MetricSpec* spec = snmp6_specs_.Find(key, [this](std::string_view name, OwnedSpec* out) {
      const size_t six = name.find('6');  // "Udp6InErrors" is InErrors of Udp6
      if (six == std::string_view::npos) return;
      const MetricSpec* made = MakeSpec(name.substr(0, six + 1), name.substr(six + 1));
      if (made == nullptr) return;
      out->name = made->name;
      out->help = made->help;
      out->spec.type = made->type;
    });
    if (spec == nullptr) continue;
    const auto value = WholeNumber(fields.Next());
    if (!value) return DamagedLine(snmp6_.path(), number, "expected \"name number\"");
    sink.Add(*spec, *value);
  }
  return base::OkStatus();
}

base::Result<std::unique_ptr<Part>> MakeNetstat(const HostEnvironment& environment, const config::Values& options) {
  ASSIGN_OR_RETURN(auto filter, NameFilter::Make(options.String("fields"), ""));
  return std::unique_ptr<Part>(std::make_unique<Netstat>(environment, std::move(filter)));
}

}  // namespace

extern const PartSpec kNetstat;
constinit const PartSpec kNetstat = {
    .name = "netstat",
    .help = "Counters of the network protocols.",
    .metrics = kMetrics,
    .options = kOptions,
    .make = MakeNetstat,
};

}  // namespace bekci::exporters::host
