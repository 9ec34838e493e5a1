// info_schema.processlist: how many threads are in which state, and for how long.
#include <map>
#include <utility>

#include "agent/base/text.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kThreads = {"mysql_info_schema_processlist_threads", MetricType::kGauge,
                                 "The number of threads split by current state.", "command,state"};
constexpr MetricSpec kSeconds = {"mysql_info_schema_processlist_seconds", MetricType::kGauge,
                                 "The number of seconds threads have used split by current state.", "command,state"};
constexpr MetricSpec kByUser = {"mysql_info_schema_processlist_processes_by_user", MetricType::kGauge,
                                "The number of processes by user.", "mysql_user"};
constexpr MetricSpec kByHost = {"mysql_info_schema_processlist_processes_by_host", MetricType::kGauge,
                                "The number of processes by host.", "client_host"};
constexpr const MetricSpec* kMetrics[] = {&kThreads, &kSeconds, &kByUser, &kByHost};

constexpr config::Option kOptions[] = {
    {.key = "min_time",
     .type = config::Type::kInteger,
     .default_text = "0",
     .help = "Only threads that have been in their state for so many seconds.",
     .min = 0,
     .max = 1e9},
    {.key = "processes_by_user",
     .type = config::Type::kBool,
     .default_text = "true",
     .help = "Also the number of processes per user."},
    {.key = "processes_by_host",
     .type = config::Type::kBool,
     .default_text = "true",
     .help = "Also the number of processes per client host."},
};

// "Sending data" as sending_data; nothing as unknown.
std::string StateLabel(std::string_view text) {
  if (text.empty()) return "unknown";
  std::string label;
  for (const char c : base::ToLower(text)) {
    if (c == ' ' || c == '-') {
      label += '_';
    } else if (std::string_view(";,:.()").find(c) == std::string_view::npos) {
      label += c;
    }
  }
  std::string storage;
  return std::string(LabelText(label, &storage));
}

std::vector<Statement> Statements(int64_t min_time) {
  // Both have the same columns; the second is what MySQL means to keep.
  std::vector<std::string> dialects;
  for (const char* table : {"information_schema.processlist", "performance_schema.processlist"}) {
    dialects.push_back(
        "SELECT user AS user, SUBSTRING_INDEX(host, ':', 1) AS host, COALESCE(command, '') AS command,"
        " COALESCE(state, '') AS state, COUNT(*) AS processes, SUM(time) AS seconds FROM " +
        std::string(table) + " WHERE ID != CONNECTION_ID() AND TIME >= " + std::to_string(min_time) +
        " GROUP BY user, SUBSTRING_INDEX(host, ':', 1), command, state");
  }
  return {{std::move(dialects)}};
}

class Processlist : public Part {
 public:
  Processlist(const PartEnvironment& environment, const config::Values& options)
      : statements_(Statements(options.Integer("min_time"))),
        row_budget_(environment.row_budget),
        by_user_(options.Bool("processes_by_user")),
        by_host_(options.Bool("processes_by_host")) {}
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;
  uint64_t left_out() const override { return left_out_; }

 private:
  struct Sum {
    double threads = 0;
    double seconds = 0;
  };
  void Add(FamilySink& sink, const MetricSpec& spec, const std::map<std::string, double>& counts);

  const std::vector<Statement> statements_;
  const size_t row_budget_;
  const bool by_user_, by_host_;
  uint64_t left_out_ = 0;
};

base::Status Processlist::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const ResultTable& table = *answers[0];
  std::map<std::pair<std::string, std::string>, Sum> states;
  std::map<std::string, double> users, hosts;
  std::string storage;
  for (size_t row = 0; row < table.rows(); ++row) {
    const double threads = base::ParseDouble(table.At(row, 4)).value_or(0);
    Sum& sum = states[{StateLabel(table.At(row, 2)), StateLabel(table.At(row, 3))}];
    sum.threads += threads;
    sum.seconds += base::ParseDouble(table.At(row, 5)).value_or(0);
    users[std::string(LabelText(table.At(row, 0), &storage))] += threads;
    const std::string_view host = table.At(row, 1);
    hosts[std::string(LabelText(host.empty() ? "unknown" : host, &storage))] += threads;
  }
  left_out_ = 0;
  size_t left = row_budget_;
  for (const auto& [state, sum] : states) {
    if (left == 0) {
      ++left_out_;
      continue;
    }
    --left;
    sink.Add(kThreads, {state.first, state.second}, sum.threads);
    sink.Add(kSeconds, {state.first, state.second}, sum.seconds);
  }
  if (by_user_) Add(sink, kByUser, users);
  if (by_host_) Add(sink, kByHost, hosts);
  return base::OkStatus();
}

void Processlist::Add(FamilySink& sink, const MetricSpec& spec, const std::map<std::string, double>& counts) {
  size_t left = row_budget_;
  for (const auto& [name, count] : counts) {
    if (left == 0) {
      ++left_out_;
      continue;
    }
    --left;
    sink.Add(spec, {name}, count);
  }
}

}  // namespace

constinit const PartSpec kProcesslist = {
    .name = "info_schema.processlist",
    .help = "Threads per state, user and client host.",
    .metrics = kMetrics,
    .options = kOptions,
    .bounded = true,
    .make = MakePartWithOptions<Processlist>,
};

}  // namespace bekci::exporters::mysql
