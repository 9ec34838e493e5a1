// ClientLibrary: libmariadb, loaded with the first connection. Only a worker with a MySQL instance pays for it.
//
// Thread rule: LoadClientLibrary any thread; what it gives may be called as libmariadb allows.
#pragma once

#include <mysql.h>

#include "agent/base/status.h"

// The functions used, each as the library calls it.
#define BEKCI_MYSQL_FUNCTIONS(F) \
  F(mysql_close)                 \
  F(mysql_errno)                 \
  F(mysql_error)                 \
  F(mysql_fetch_fields)          \
  F(mysql_fetch_lengths)         \
  F(mysql_fetch_row_cont)        \
  F(mysql_fetch_row_start)       \
  F(mysql_field_count)           \
  F(mysql_free_result)           \
  F(mysql_get_socket)            \
  F(mysql_init)                  \
  F(mysql_more_results)          \
  F(mysql_next_result_cont)      \
  F(mysql_next_result_start)     \
  F(mysql_num_fields)            \
  F(mysql_options)               \
  F(mysql_options4)              \
  F(mysql_real_connect_cont)     \
  F(mysql_real_connect_start)    \
  F(mysql_real_query_cont)       \
  F(mysql_real_query_start)      \
  F(mysql_server_init)           \
  F(mysql_use_result)

namespace bekci::exporters::mysql {

struct ClientLibrary {
#define BEKCI_MEMBER(name) decltype(&::name) name = nullptr;
  BEKCI_MYSQL_FUNCTIONS(BEKCI_MEMBER)
#undef BEKCI_MEMBER
};

// Kept as long as the process; while it fails (the package is not installed) every call tries again.
base::Result<const ClientLibrary*> LoadClientLibrary();

}  // namespace bekci::exporters::mysql
