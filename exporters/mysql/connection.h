// Connection: statements to a server and its answers, without the library behind them, so that tests replay what
// servers of other versions said.
//
// Statements travel together: one round trip asks for all that a scrape needs. The server ends such a batch at the
// first statement it refuses; what stood behind it is sent again, so one refusal costs one more round trip and nothing
// else.
//
// Thread rule: one thread at a time.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "exporters/mysql/result_table.h"

namespace bekci::exporters::mysql {

// Numbers of the server's errors that somebody acts on; see its errmsg list.
enum ServerError : unsigned {
  kErrorTooManyConnections = 1040,
  kErrorUnknownDatabase = 1049,
  kErrorBadField = 1054,
  kErrorParse = 1064,
  kErrorUnknownTable = 1109,
  kErrorNoSuchTable = 1146,
  kErrorUnknownSystemVariable = 1193,
  kErrorUnknownStorageEngine = 1286,
  kErrorFunctionDoesNotExist = 1305,
  kErrorMaxStatementTime = 1969,  // MariaDB
  kErrorMaxExecutionTime = 3024,  // MySQL
  kErrorFeatureDisabled = 1289,
};

struct Answer {
  ResultTable table;
  base::Status status;
  unsigned error = 0;          // the server's number when it refused the statement
  base::MonotonicTime done{};  // when it was complete; 0: the connection was lost before
};

class Connection {
 public:
  virtual ~Connection() = default;

  // Runs the statements in order, each a single statement without a semicolon, and fills the answer of each,
  // whatever stood in it before.
  // A statement that the server refuses has a failed answer, and the others are run all the same.
  // An error says that the connection cannot be used any more: timeout (the deadline came), unavailable, corrupt,
  // limit.
  virtual base::Status Run(std::span<const std::string_view> statements, std::span<Answer* const> answers,
                           base::MonotonicTime deadline) = 0;
};

class Connector {
 public:
  virtual ~Connector() = default;
  // A new connection, logged in. Errors: denied (login), limit (the server has too many connections), timeout,
  // unavailable, invalid (what is configured cannot be used).
  virtual base::Result<std::unique_ptr<Connection>> Connect(base::MonotonicTime deadline) = 0;
  // Where the server is, for messages: "127.0.0.1:3306".
  virtual std::string Target() const = 0;
};

// The status for an error of the server, with its text made fit for a log line.
base::Status StatusOfServerError(unsigned error, std::string_view message);

// True for errors that say "this server has no such thing": syntax, column, table, variable or engine unknown to it.
bool IsLacking(unsigned error);

}  // namespace bekci::exporters::mysql
