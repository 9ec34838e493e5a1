// What SHOW ENGINE INNODB STATUS says in prose, as numbers.
//
// The text is made for people and differs between versions; each number is found by the words around it, line by line,
// wherever the line stands, and what is not found is not there. Sources: MySQL 5.7 and 8.0 reference manuals, "InnoDB
// Standard Monitor", and outputs of MariaDB 10.11.
//
// Thread rule: pure function.
#pragma once

#include <optional>
#include <string_view>

namespace bekci::exporters::mysql {

struct InnodbStatus {
  std::optional<double> queries_inside, queries_queued, read_views;
  std::optional<double> history_length;
  std::optional<double> log_sequence, log_flushed, checkpoint;  // bytes since the log began
  bool transactions_listed = false;                             // there is a section of transactions
  double active = 0, lock_waiting = 0;                          // transactions
  double longest_transaction_s = 0, longest_lock_wait_s = 0;
  double semaphore_waiters = 0, longest_semaphore_wait_s = 0;
  std::optional<double> deadlock_age_s;  // since the last detected deadlock; none: there was none, or no date
};

InnodbStatus ParseInnodbStatus(std::string_view text);

}  // namespace bekci::exporters::mysql
