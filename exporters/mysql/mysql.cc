// The mysql collector: a MySQL or MariaDB server as mysqld_exporter shows it.
//
// It keeps one connection. A scrape sends the statements of all wanted parts (part.h) in one batch (round.h), so that
// the usual scrape is one round trip, and each part turns its answers into series. A part that fails costs its own
// families, gets success 0 and one line in the log when that changes. A server that does not answer is mysql_up 0.
//
// Thread rule: one thread at a time.
#include "exporters/mysql/mysql.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "agent/base/duration.h"
#include "agent/base/text.h"
#include "exporters/mysql/discover.h"
#include "exporters/mysql/login.h"
#include "exporters/mysql/mariadb_connection.h"
#include "exporters/mysql/part.h"
#include "exporters/mysql/round.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

constexpr MetricSpec kUp = {"mysql_up", MetricType::kGauge, "Whether the MySQL server is up."};
constexpr MetricSpec kDuration = {"mysql_exporter_collector_duration_seconds", MetricType::kGauge,
                                  "Collector time duration.", "collector"};
constexpr MetricSpec kSuccess = {"mysql_exporter_collector_success", MetricType::kGauge,
                                 "mysqld_exporter: Whether a collector succeeded.", "collector"};
constexpr MetricSpec kScrapes = {"mysql_exporter_scrapes_total", MetricType::kCounter,
                                 "Total number of times MySQL was scraped for metrics."};
constexpr MetricSpec kScrapeErrors = {"mysql_exporter_scrape_errors_total", MetricType::kCounter,
                                      "Total number of times an error occurred scraping a MySQL.", "collector"};
constexpr MetricSpec kLastError = {
    "mysql_exporter_last_scrape_error", MetricType::kGauge,
    "Whether the last scrape of metrics from MySQL resulted in an error (1 for error, 0 for success)."};
constexpr MetricSpec kLeftOut = {"bekci_mysql_rows_left_out", MetricType::kGauge,
                                 "Rows of the part's table that were not shown because of row_budget.", "collector"};
constexpr MetricSpec kConnections = {"bekci_mysql_connections_total", MetricType::kCounter,
                                     "Connections made to the server; one is kept."};
constexpr const MetricSpec* kOwnMetrics[] = {&kUp,           &kDuration,  &kSuccess, &kScrapes,
                                             &kScrapeErrors, &kLastError, &kLeftOut, &kConnections};

constexpr config::Option kPartsOptions[] = {
    {.key = "enable", .type = config::Type::kStrings, .help = "Parts to run although they are off by default."},
    {.key = "disable", .type = config::Type::kStrings, .help = "Parts not to run although they are on by default."},
};

const config::Option kMysqlOptions[] = {
    {.key = "address",
     .type = config::Type::kString,
     .help = "host:port or unix:/path/of/socket. Default: what the defaults file says, else 127.0.0.1:3306."},
    {.key = "username", .type = config::Type::kString, .help = "The account to log in with."},
    {.key = "password_file",
     .type = config::Type::kSecretFile,
     .help = "File with its password, read at each connect."},
    {.key = "password", .type = config::Type::kString, .help = "Its password, as ${env:NAME}.", .secret = true},
    {.key = "defaults_file",
     .type = config::Type::kSecretFile,
     .help = "An option file like ~/.my.cnf with user, password, host, port, socket, ssl-*; read at each connect."},
    {.key = "defaults_group",
     .type = config::Type::kString,
     .default_text = "client",
     .help = "The group of it to use: client, or client.NAME, which continues client."},
    {.key = "tls",
     .type = config::Type::kSection,
     .help = "Use TLS, even with nothing said in it ({}).",
     .section = kTlsOptions},
    {.key = "statement_timeout",
     .type = config::Type::kDuration,
     .default_text = "3s",
     .help = "When the server itself ends a statement of ours (max_statement_time, max_execution_time).",
     .min = 0.1,
     .max = 300},
    {.key = "lock_wait_timeout",
     .type = config::Type::kDuration,
     .default_text = "2s",
     .help = "How long a statement of ours waits for a metadata lock.",
     .min = 1,
     .max = 300},
    {.key = "log_slow_filter",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "Keep our statements out of the slow query log (MariaDB)."},
    {.key = "row_budget",
     .type = config::Type::kInteger,
     .default_text = "1000",
     .help = "How many rows of a table a part shows at most; the others are counted in bekci_mysql_rows_left_out.",
     .min = 1,
     .max = 100000},
    {.key = "parts",
     .type = config::Type::kSection,
     .help = "Which parts run; the names are those of mysqld_exporter's collectors.",
     .section = kPartsOptions},
};

constexpr std::string_view kConnectLabel = "connection";  // mysqld_exporter's name for it among the collectors

class Mysql : public collect::Collector {
 public:
  Mysql(const config::Values& options, const collect::Environment& environment, std::unique_ptr<Connector> connector);

  base::Status MakeParts(const config::Values& options);
  base::Status Collect(const collect::CollectContext& context, FamilySink& sink) override;

 private:
  base::Status CheckNames(const config::Values& parts, std::string_view key) const;
  base::Status Connect(base::MonotonicTime deadline);
  base::Status PrepareSession(base::MonotonicTime deadline);
  // Asks the server; on a kept connection that turns out to be dead once more on a new one.
  base::Status Ask(base::MonotonicTime deadline);
  void Read(FamilySink& sink);
  void AddOwn(FamilySink& sink, bool up);
  void LogChange(const PartRun& run) const;

  base::Clock& clock_;
  base::Logger& log_;
  const std::unique_ptr<Connector> connector_;
  const double statement_timeout_;
  const double lock_wait_timeout_;
  const bool log_slow_filter_;
  const size_t row_budget_;
  std::vector<std::string> session_statements_;
  std::unique_ptr<Connection> connection_;
  Round round_;
  std::vector<PartRun> parts_;
  std::vector<std::string> labels_;  // "collect.<name>" of each part
  std::vector<double> errors_;       // of each part since the start
  base::Duration connect_duration_{};
  double scrapes_ = 0;
  double connections_ = 0;
};

bool Contains(const std::vector<std::string>& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool IsQuiet(base::Code code) {
  return code == base::Code::kOk || code == base::Code::kNoData;
}

Mysql::Mysql(const config::Values& options, const collect::Environment& environment,
             std::unique_ptr<Connector> connector)
    : clock_(*environment.clock),
      log_(*environment.log),
      connector_(std::move(connector)),
      statement_timeout_(base::ToSeconds(options.Duration("statement_timeout"))),
      lock_wait_timeout_(base::ToSeconds(options.Duration("lock_wait_timeout"))),
      log_slow_filter_(options.Bool("log_slow_filter")),
      row_budget_(static_cast<size_t>(options.Integer("row_budget"))),
      round_(clock_) {
  const auto seconds = std::to_string(std::lround(lock_wait_timeout_));
  const auto milliseconds = std::to_string(static_cast<int64_t>(statement_timeout_ * 1000));
  // Each where the server knows it; text literals in our statements need the default reading of backslashes.
  session_statements_ = {"SET SESSION sql_mode=''", "SET SESSION lock_wait_timeout=" + seconds,
                         "SET SESSION max_statement_time=" + base::DoubleText(statement_timeout_),
                         "SET SESSION max_execution_time=" + milliseconds};
  if (log_slow_filter_) {
    session_statements_.emplace_back("SET SESSION log_slow_filter='tmp_table_on_disk,filesort_on_disk'");
  }
}

base::Status Mysql::CheckNames(const config::Values& parts, std::string_view key) const {
  std::vector<std::string_view> known;
  for (const PartSpec* part : AllParts()) known.push_back(part->name);
  for (const std::string& name : parts.Strings(key)) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string message = parts.MarkOf(key).ToString() + ": the mysql collector has no part " + base::Quoted(name);
    const std::string_view nearest = base::Nearest(name, known);
    if (!nearest.empty()) message += ", did you mean " + base::Quoted(nearest) + "?";
    return base::Invalid(std::move(message));
  }
  return base::OkStatus();
}

base::Status Mysql::MakeParts(const config::Values& options) {
  const config::Values& wanted = options.Section("parts");
  RETURN_IF_ERROR(CheckNames(wanted, "enable"));
  RETURN_IF_ERROR(CheckNames(wanted, "disable"));
  const PartEnvironment environment{row_budget_};
  const config::Values no_options;
  for (const PartSpec* spec : AllParts()) {
    const bool on = (spec->on_by_default || Contains(wanted.Strings("enable"), spec->name)) &&
                    !Contains(wanted.Strings("disable"), spec->name);
    if (!on) continue;
    PartRun& run = parts_.emplace_back();
    run.spec = spec;
    ASSIGN_OR_RETURN(run.part,
                     spec->make(environment, spec->options.empty() ? no_options : options.Section(spec->name)));
    for (const Statement& statement : run.part->statements()) run.asked.emplace_back().statement = &statement;
    labels_.push_back("collect." + std::string(spec->name));
    errors_.push_back(0);
  }
  return base::OkStatus();
}

base::Status Mysql::Connect(base::MonotonicTime deadline) {
  Round::Forget(parts_);
  ASSIGN_OR_RETURN(connection_, connector_->Connect(deadline));
  ++connections_;
  base::Status status = PrepareSession(deadline);
  if (!status.ok()) connection_.reset();
  return status;
}

base::Status Mysql::PrepareSession(base::MonotonicTime deadline) {
  std::vector<Answer> answers(session_statements_.size());
  std::vector<Answer*> places;
  std::vector<std::string_view> statements;
  for (size_t i = 0; i < answers.size(); ++i) {
    places.push_back(&answers[i]);
    statements.push_back(session_statements_[i]);
  }
  RETURN_IF_ERROR(connection_->Run(statements, places, deadline));
  for (size_t i = 0; i < answers.size(); ++i) {
    if (answers[i].status.ok() || IsLacking(answers[i].error)) continue;
    log_.Warn("mysql session setting refused",
              {{"server", connector_->Target()}, {"statement", statements[i]}, {"error", answers[i].status.message()}});
  }
  return base::OkStatus();
}

base::Status Mysql::Ask(base::MonotonicTime deadline) {
  const base::MonotonicTime begin = clock_.Monotonic();
  const bool kept = connection_ != nullptr;
  if (!kept) RETURN_IF_ERROR(Connect(deadline));
  connect_duration_ = clock_.Monotonic() - begin;
  base::Status status = round_.Ask(*connection_, parts_, deadline);
  if (status.ok()) return status;
  connection_.reset();
  if (!kept || round_.answered() || status.code() != base::Code::kUnavailable) return status;
  RETURN_IF_ERROR(Connect(deadline));  // it had been closed since the last round: a restart, wait_timeout
  status = round_.Ask(*connection_, parts_, deadline);
  if (!status.ok()) connection_.reset();
  return status;
}

base::Status Mysql::Collect(const collect::CollectContext& context, FamilySink& sink) {
  if (Contains(context.exclude, kSpec.name)) return base::NoData("the mysql collector is excluded");
  const bool all = Contains(context.only, kSpec.name);  // collect[]=mysql asks for every part
  for (PartRun& run : parts_) {
    run.wanted = all ? !Contains(context.exclude, run.spec->name) : context.Wants(run.spec->name);
  }
  ++scrapes_;
  round_.Begin();  // a connect may fail before anything is asked
  const base::Status status = Ask(context.deadline);
  const bool up = status.ok() || (connection_ == nullptr && round_.answered());
  if (up) Read(sink);
  AddOwn(sink, up);
  return up ? base::OkStatus() : status;
}

void Mysql::Read(FamilySink& sink) {
  std::vector<const ResultTable*> tables;
  for (size_t i = 0; i < parts_.size(); ++i) {
    PartRun& run = parts_[i];
    if (!run.wanted) continue;
    if (run.status.ok()) {
      const base::MonotonicTime begin = clock_.Monotonic();
      tables.clear();
      for (const Asked& asked : run.asked) tables.push_back(&asked.answer.table);
      run.status = run.part->Read(tables, sink);
      run.duration += clock_.Monotonic() - begin;
    }
    if (!IsQuiet(run.status.code())) ++errors_[i];
    if (run.status.code() != run.last) LogChange(run);
    run.last = run.status.code();
  }
}

void Mysql::AddOwn(FamilySink& sink, bool up) {
  sink.Add(kUp, up ? 1 : 0);
  sink.Add(kScrapes, scrapes_);
  sink.Add(kConnections, connections_);
  bool failed = !up;
  if (up) sink.Add(kDuration, {kConnectLabel}, base::ToSeconds(connect_duration_));
  for (size_t i = 0; i < parts_.size(); ++i) {
    const PartRun& run = parts_[i];
    if (!run.wanted) continue;
    const bool good = up && IsQuiet(run.status.code());
    failed = failed || !good;
    if (up) sink.Add(kDuration, {labels_[i]}, base::ToSeconds(run.duration));
    sink.Add(kSuccess, {labels_[i]}, good ? 1 : 0);
    if (errors_[i] > 0) sink.Add(kScrapeErrors, {labels_[i]}, errors_[i]);
    if (up && run.spec->bounded && run.status.ok()) {
      sink.Add(kLeftOut, {labels_[i]}, static_cast<double>(run.part->left_out()));
    }
  }
  sink.Add(kLastError, failed ? 1 : 0);
}

void Mysql::LogChange(const PartRun& run) const {
  if (!IsQuiet(run.status.code())) {
    log_.Warn("mysql part failed", {{"server", connector_->Target()},
                                    {"part", run.spec->name},
                                    {"code", base::CodeName(run.status.code())},
                                    {"error", run.status.message()}});
  } else if (!IsQuiet(run.last)) {
    log_.Info("mysql part works again", {{"server", connector_->Target()}, {"part", run.spec->name}});
  } else if (!run.status.ok()) {
    log_.Debug("mysql part has nothing to report",
               {{"server", connector_->Target()}, {"part", run.spec->name}, {"reason", run.status.message()}});
  }
}

// The collector's tables are joined from those of the parts, once, when the program starts: PartSpecs are constants, so
// the order in which files are initialised does not matter.
struct Tables {
  std::vector<config::Option> options;
  std::vector<const MetricSpec*> metrics;
  std::vector<std::string_view> parts;

  Tables() {
    options.assign(std::begin(kMysqlOptions), std::end(kMysqlOptions));
    metrics.assign(std::begin(kOwnMetrics), std::end(kOwnMetrics));
    for (const PartSpec* part : AllParts()) {
      parts.push_back(part->name);
      metrics.insert(metrics.end(), part->metrics.begin(), part->metrics.end());
      if (part->options.empty()) continue;
      options.push_back(
          {.key = part->name, .type = config::Type::kSection, .help = part->help, .section = part->options});
    }
  }
};

const Tables kTables;

base::Result<std::unique_ptr<collect::Collector>> MakeWithLibrary(const config::Values& options,
                                                                  const collect::Environment& environment) {
  ASSIGN_OR_RETURN(LoginSource source, LoginSource::Make(options, *environment.fs));
  return MakeMysql(options, environment, MakeMariaDbConnector(std::move(source), *environment.clock));
}

}  // namespace

base::Result<std::unique_ptr<collect::Collector>> MakeMysql(const config::Values& options,
                                                            const collect::Environment& environment,
                                                            std::unique_ptr<Connector> connector) {
  auto mysql = std::make_unique<Mysql>(options, environment, std::move(connector));
  RETURN_IF_ERROR(mysql->MakeParts(options));
  return std::unique_ptr<collect::Collector>(std::move(mysql));
}

const collect::CollectorSpec kSpec = {
    .name = "mysql",
    .help = "A MySQL or MariaDB server, as mysqld_exporter shows it.",
    .job = "mysql",
    .freshness = collect::Freshness::kFresh,
    .on_by_default = false,
    .many_instances = true,
    .interval = base::seconds(15),
    .deadline = base::seconds(5),
    .options = kTables.options,
    .metrics = kTables.metrics,
    .parts = kTables.parts,
    .make = MakeWithLibrary,
    .discover = Discover,
};

}  // namespace bekci::exporters::mysql
