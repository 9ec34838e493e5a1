// What a server's error number means to us: which Status code, and which words for the person who reads it. The numbers
// are those of MySQL's and MariaDB's error references; the two servers share those below 1300.
#include <algorithm>
#include <iterator>
#include <utility>

#include "agent/base/text.h"
#include "exporters/mysql/connection.h"

namespace bekci::exporters::mysql {
namespace {

constexpr size_t kMaxMessage = 300;

struct Row {
  unsigned error;
  base::Code code;
};
// Errors with a meaning of their own; every other refusal is "invalid".
constexpr Row kCodes[] = {
    {kErrorTooManyConnections, base::Code::kLimit},
    {1044, base::Code::kDenied},   // no right to the database
    {1045, base::Code::kDenied},   // login
    {1129, base::Code::kDenied},   // host blocked because of many errors
    {1130, base::Code::kDenied},   // host may not connect
    {1142, base::Code::kDenied},   // command denied on a table
    {1143, base::Code::kDenied},   // on a column
    {1203, base::Code::kLimit},    // max_user_connections
    {1205, base::Code::kTimeout},  // lock wait
    {1226, base::Code::kLimit},    // a resource of the account is used up
    {1227, base::Code::kDenied},   // a privilege is needed
    {1317, base::Code::kTimeout},  // ended by somebody
    {1370, base::Code::kDenied},
    {1356, base::Code::kDenied},  // a view whose tables the account may not read
    {1524, base::Code::kInvalid},
    {1698, base::Code::kDenied},  // login without a password over the socket
    {1820, base::Code::kDenied},  // password expired
    {1862, base::Code::kDenied},
    {3118, base::Code::kDenied},  // account locked
    {4151, base::Code::kDenied},  // the same, MariaDB
    {kErrorMaxStatementTime, base::Code::kTimeout},
    {kErrorMaxExecutionTime, base::Code::kTimeout},
};

constexpr unsigned kLacking[] = {
    kErrorUnknownDatabase,
    kErrorBadField,
    kErrorParse,
    kErrorUnknownTable,
    kErrorNoSuchTable,
    kErrorUnknownSystemVariable,
    kErrorUnknownStorageEngine,
    kErrorFunctionDoesNotExist,
    kErrorFeatureDisabled,
    1381,  // "You are not using binary logging"
};

}  // namespace

base::Status StatusOfServerError(unsigned error, std::string_view message) {
  const auto* row = std::find_if(std::begin(kCodes), std::end(kCodes), [&](const Row& r) { return r.error == error; });
  const base::Code code = row == std::end(kCodes) ? base::Code::kInvalid : row->code;
  std::string text(message.substr(0, kMaxMessage));
  const bool plain = base::IsValidUtf8(text) && std::none_of(text.begin(), text.end(), [](char c) {
                       return static_cast<unsigned char>(c) < 0x20;
                     });
  if (!plain) text = base::Quoted(text);
  return {code, "the server says: " + std::move(text) + " (error " + std::to_string(error) + ")"};
}

bool IsLacking(unsigned error) {
  return std::find(std::begin(kLacking), std::end(kLacking), error) != std::end(kLacking);
}

}  // namespace bekci::exporters::mysql
