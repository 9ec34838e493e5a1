#include "exporters/mysql/innodb_status.h"

#include <doctest/doctest.h>

#include "agent/base/file_system.h"

namespace bekci::exporters::mysql::innodb_status_test {
namespace {

std::string Text(const std::string& name) {
  base::RealFileSystem fs;
  const auto text =
      fs.ReadFile(std::string(BEKCI_SOURCE_DIR) + "/exporters/mysql/fuzz_corpus/innodb_status_fuzz/" + name);
  REQUIRE(text.ok());
  return *text;
}

}  // namespace

TEST_CASE("an idle MariaDB's status") {
  const InnodbStatus status = ParseInnodbStatus(Text("mariadb-10.11-idle"));
  CHECK(status.read_views == 0);
  CHECK_FALSE(status.queries_inside.has_value());
  CHECK(status.history_length == 0);
  CHECK(status.log_sequence == 359406);
  CHECK(status.log_flushed == 359406);
  CHECK(status.checkpoint == 44894);
  CHECK(status.transactions_listed);
  CHECK(status.active == 0);
  CHECK_FALSE(status.deadlock_age_s.has_value());
}

TEST_CASE("a busy MySQL's status: lock waits, a deadlock of the past, semaphores") {
  const InnodbStatus status = ParseInnodbStatus(Text("mysql-8.0-busy"));
  CHECK(status.queries_inside == 2);
  CHECK(status.queries_queued == 1);
  CHECK(status.read_views == 3);
  CHECK(status.history_length == 127);
  CHECK(status.active == 2);  // those of the deadlock are gone
  CHECK(status.lock_waiting == 1);
  CHECK(status.longest_transaction_s == 95);
  CHECK(status.longest_lock_wait_s == 12);
  CHECK(status.semaphore_waiters == 1);
  CHECK(status.longest_semaphore_wait_s == 2);
  CHECK(status.deadlock_age_s == 60);
}

TEST_CASE("whatever is not a status has no numbers") {
  for (const char* text : {"", "\n\n", "History list length \nLog sequence number", "---TRANSACTION 1, ACTIVE 5 sec"}) {
    const InnodbStatus status = ParseInnodbStatus(text);
    CHECK_FALSE(status.history_length.has_value());
    CHECK_FALSE(status.log_sequence.has_value());
    CHECK(status.active == 0);
  }
}

}  // namespace bekci::exporters::mysql::innodb_status_test
