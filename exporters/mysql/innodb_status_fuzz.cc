// Fuzz entry: SHOW ENGINE INNODB STATUS, as a server that lies would write it.
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "exporters/mysql/innodb_status.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const bekci::exporters::mysql::InnodbStatus status = bekci::exporters::mysql::ParseInnodbStatus(text);
  // Lines bound what can be counted, and nothing is negative.
  const double lines = static_cast<double>(size) + 1;
  if (status.active > lines || status.lock_waiting > lines || status.semaphore_waiters > lines) std::abort();
  for (const double number : {status.longest_transaction_s, status.longest_lock_wait_s, status.longest_semaphore_wait_s,
                              status.history_length.value_or(0), status.deadlock_age_s.value_or(0)}) {
    if (!(number >= 0)) std::abort();
  }
  return 0;
}
