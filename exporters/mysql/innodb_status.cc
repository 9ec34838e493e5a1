#include "exporters/mysql/innodb_status.h"

#include <algorithm>

#include "agent/base/text.h"
#include "exporters/mysql/parts.h"
#include "exporters/mysql/values.h"

namespace bekci::exporters::mysql {
namespace {

// The number at the beginning of `text`, after blanks: digits and at most one point.
std::optional<double> LeadingNumber(std::string_view text) {
  while (!text.empty() && text[0] == ' ') text.remove_prefix(1);
  size_t end = 0;
  while (end < text.size() && ((text[end] >= '0' && text[end] <= '9') || text[end] == '.')) ++end;
  return end == 0 ? std::nullopt : base::ParseDouble(text.substr(0, end));
}

// "<before>NUMBER..." with the number right after the words.
std::optional<double> After(std::string_view line, std::string_view words) {
  const size_t at = line.find(words);
  return at == std::string_view::npos ? std::nullopt : LeadingNumber(line.substr(at + words.size()));
}

// "...NUMBER<words>": the number that ends right before the words.
std::optional<double> Before(std::string_view line, std::string_view words) {
  const size_t end = line.find(words);
  if (end == std::string_view::npos) return std::nullopt;
  size_t begin = end;
  while (begin > 0 && line[begin - 1] >= '0' && line[begin - 1] <= '9') --begin;
  return begin == end ? std::nullopt : base::ParseDouble(line.substr(begin, end - begin));
}

void SetOnce(std::optional<double>* field, std::optional<double> found) {
  if (!*field && found) *field = found;
}

void Raise(double* most, std::optional<double> value) {
  if (value) *most = std::max(*most, *value);
}

void ReadTransactionLine(std::string_view line, InnodbStatus* status) {
  if (line.starts_with("---TRANSACTION ")) {
    const size_t active = line.find(", ACTIVE");
    if (active == std::string_view::npos) return;
    ++status->active;
    Raise(&status->longest_transaction_s, After(line.substr(active), ", ACTIVE "));
  } else if (line.starts_with("LOCK WAIT ")) {
    ++status->lock_waiting;
  } else if (line.starts_with("------- TRX HAS BEEN WAITING")) {
    // MySQL says SEC; MariaDB from 10.6 says microseconds: "WAITING 1234567 us"
    const auto wait = After(line, "WAITING ");
    if (wait) Raise(&status->longest_lock_wait_s, line.find(" us ") != std::string_view::npos ? *wait / 1e6 : *wait);
  }
}

void ReadLine(std::string_view line, InnodbStatus* status) {
  SetOnce(&status->queries_inside, Before(line, " queries inside InnoDB"));
  SetOnce(&status->queries_queued, Before(line, " queries in queue"));
  SetOnce(&status->read_views, Before(line, " read views open inside InnoDB"));
  if (line.starts_with("History list length ")) SetOnce(&status->history_length, After(line, "length "));
  if (line.starts_with("Log sequence number")) SetOnce(&status->log_sequence, After(line, "number"));
  if (line.starts_with("Log flushed up to")) SetOnce(&status->log_flushed, After(line, "up to"));
  if (line.starts_with("Last checkpoint at")) SetOnce(&status->checkpoint, After(line, "point at"));
  if (line.starts_with("--Thread ")) {
    const size_t waited = line.find(" has waited at ");
    if (waited == std::string_view::npos) return;
    ++status->semaphore_waiters;
    Raise(&status->longest_semaphore_wait_s, After(line.substr(waited), " for "));
  }
}

// "2026-11-21 16:26:52 0x7fb9... INNODB MONITOR OUTPUT" and the like.
std::optional<double> LeadingDate(std::string_view line) {
  return line.size() < 19 ? std::nullopt : ParseDateTime(line.substr(0, 19));
}

}  // namespace

InnodbStatus ParseInnodbStatus(std::string_view text) {
  InnodbStatus status;
  std::optional<double> now, deadlock;
  bool in_deadlock = false;  // its transactions are those of then
  bool in_transactions = false;
  base::LineReader lines(text);
  for (std::string_view line; lines.Next(&line);) {
    if (!now && line.find("INNODB MONITOR OUTPUT") != std::string_view::npos) now = LeadingDate(line);
    if (line == "LATEST DETECTED DEADLOCK") in_deadlock = true;
    if (line == "TRANSACTIONS") {
      in_transactions = status.transactions_listed = true;
      in_deadlock = false;
    }
    if (line == "FILE I/O") in_transactions = false;
    if (in_deadlock) {
      if (!deadlock) deadlock = LeadingDate(line);
      continue;
    }
    if (in_transactions) ReadTransactionLine(line, &status);
    ReadLine(line, &status);
  }
  if (now && deadlock) status.deadlock_age_s = std::max(0.0, *now - *deadlock);
  return status;
}

namespace {

constexpr MetricSpec kInside = {"mysql_engine_innodb_queries_inside_innodb", MetricType::kGauge,
                                "Queries inside InnoDB."};
constexpr MetricSpec kQueued = {"mysql_engine_innodb_queries_in_queue", MetricType::kGauge, "Queries in queue."};
constexpr MetricSpec kViews = {"mysql_engine_innodb_read_views_open_inside_innodb", MetricType::kGauge,
                               "Read views open inside InnoDB."};
constexpr MetricSpec kHistory = {"bekci_mysql_innodb_history_list_length", MetricType::kGauge,
                                 "Undo log entries not purged yet."};
constexpr MetricSpec kSequence = {"bekci_mysql_innodb_log_sequence_number", MetricType::kGauge,
                                  "Bytes ever written to the redo log; its rate is the write rate."};
constexpr MetricSpec kFlushed = {"bekci_mysql_innodb_log_flushed_up_to", MetricType::kGauge,
                                 "Up to where the redo log is on disk."};
constexpr MetricSpec kCheckpoint = {"bekci_mysql_innodb_last_checkpoint_at", MetricType::kGauge,
                                    "Up to where the data files hold what the redo log says."};
constexpr MetricSpec kTransactions = {"bekci_mysql_innodb_transactions", MetricType::kGauge,
                                      "Open transactions: active, and those of them that wait for a lock.", "state"};
constexpr MetricSpec kLongest = {"bekci_mysql_innodb_longest_transaction_seconds", MetricType::kGauge,
                                 "How long the oldest active transaction has been active."};
constexpr MetricSpec kLongestWait = {"bekci_mysql_innodb_longest_lock_wait_seconds", MetricType::kGauge,
                                     "How long a transaction has been waiting for a lock."};
constexpr MetricSpec kSemaphores = {"bekci_mysql_innodb_semaphore_waiters", MetricType::kGauge,
                                    "Threads that wait for a semaphore."};
constexpr MetricSpec kSemaphoreWait = {"bekci_mysql_innodb_longest_semaphore_wait_seconds", MetricType::kGauge,
                                       "How long a thread has been waiting for a semaphore."};
constexpr MetricSpec kDeadlock = {"bekci_mysql_innodb_last_deadlock_age_seconds", MetricType::kGauge,
                                  "How long ago the last deadlock was detected; absent when there was none."};
constexpr const MetricSpec* kMetrics[] = {&kInside,     &kQueued,        &kViews,        &kHistory, &kSequence,
                                          &kFlushed,    &kCheckpoint,    &kTransactions, &kLongest, &kLongestWait,
                                          &kSemaphores, &kSemaphoreWait, &kDeadlock};

class InnodbStatusPart : public Part {
 public:
  const std::vector<Statement>& statements() const override { return statements_; }
  base::Status Read(std::span<const ResultTable* const> answers, FamilySink& sink) override;

 private:
  const std::vector<Statement> statements_ = {{{"SHOW ENGINE INNODB STATUS"}}};
};

base::Status InnodbStatusPart::Read(std::span<const ResultTable* const> answers, FamilySink& sink) {
  const std::string_view text = answers[0]->At(0, answers[0]->Find("Status"));
  if (text.empty()) return base::Corrupt("SHOW ENGINE INNODB STATUS: no text");
  const InnodbStatus status = ParseInnodbStatus(text);
  const auto add = [&sink](const MetricSpec& spec, std::optional<double> value) {
    if (value) sink.Add(spec, *value);
  };
  add(kInside, status.queries_inside);
  add(kQueued, status.queries_queued);
  add(kViews, status.read_views);
  add(kHistory, status.history_length);
  add(kSequence, status.log_sequence);
  add(kFlushed, status.log_flushed);
  add(kCheckpoint, status.checkpoint);
  add(kDeadlock, status.deadlock_age_s);
  sink.Add(kSemaphores, status.semaphore_waiters);
  sink.Add(kSemaphoreWait, status.longest_semaphore_wait_s);
  if (!status.transactions_listed) return base::OkStatus();
  sink.Add(kTransactions, {"active"}, status.active);
  sink.Add(kTransactions, {"lock_wait"}, status.lock_waiting);
  sink.Add(kLongest, status.longest_transaction_s);
  sink.Add(kLongestWait, status.longest_lock_wait_s);
  return base::OkStatus();
}

}  // namespace

constinit const PartSpec kInnodbStatus = {
    .name = "engine_innodb_status",
    .help = "SHOW ENGINE INNODB STATUS: transactions, lock waits, log positions, deadlocks.",
    .metrics = kMetrics,
    .make = MakePart<InnodbStatusPart>,
};

}  // namespace bekci::exporters::mysql
