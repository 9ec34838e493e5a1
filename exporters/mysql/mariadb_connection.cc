#include "exporters/mysql/mariadb_connection.h"

#include <errmsg.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "agent/base/text.h"
#include "exporters/mysql/client_library.h"

namespace bekci::exporters::mysql {
namespace {

// None of them shows the password to a server that asks for it: dialog and mysql_clear_password are left out. (Both
// sha2 ways send it only over TLS or a unix socket, or encrypted with the server's key.)
constexpr char kAuthentication[] =
    "mysql_native_password,caching_sha2_password,sha256_password,client_ed25519,unix_socket,auth_gssapi_client";
constexpr char kSystemCertificates[] = "/etc/ssl/certs/ca-certificates.crt";
constexpr int kMaxUnwindSteps = 1000;

constexpr unsigned kErrorServerShutdown = 1053;
constexpr unsigned kErrorConnectionKilled = 1927;
constexpr unsigned kErrorIdleTooLong = 4031;

bool IsClientError(unsigned error) {
  return error >= CR_MIN_ERROR && error < 3000;
}
bool EndsConnection(unsigned error) {
  return IsClientError(error) || error == kErrorServerShutdown || error == kErrorConnectionKilled ||
         error == kErrorIdleTooLong || (error >= 1152 && error <= 1161);
}

class MariaDbConnection : public Connection {
 public:
  MariaDbConnection(const ClientLibrary& api, std::string target, const base::Clock& clock, const MariaDbLimits& limits)
      : api_(api), target_(std::move(target)), clock_(clock), limits_(limits) {}
  ~MariaDbConnection() override;

  base::Status Open(const Login& login, const std::string& host, base::MonotonicTime deadline);
  base::Status Run(std::span<const std::string_view> statements, std::span<Answer* const> answers,
                   base::MonotonicTime deadline) override;

 private:
  // Waits for what the library waits for; the events that came, or MYSQL_WAIT_TIMEOUT once the deadline has come.
  int Wait(int wanted, base::MonotonicTime deadline);
  // Drives one operation to its end: start() and go_on(events) return what to wait for, 0 at the end.
  template <typename Start, typename GoOn>
  base::Status Drive(base::MonotonicTime deadline, Start&& start, GoOn&& go_on);
  base::Status SetOptions(const Login& login);
  // The first `statements` that could be run, up to and including a refused one.
  base::Result<size_t> RunBatch(std::span<const std::string_view> statements, std::span<Answer* const> answers,
                                base::MonotonicTime deadline);
  base::Status ReadResult(Answer* answer, base::MonotonicTime deadline);
  base::Status ReadRows(MYSQL_RES* result, ResultTable* table, base::MonotonicTime deadline);
  base::Status LibraryError(std::string_view what);
  void Abandon();

  const ClientLibrary& api_;
  const std::string target_;
  const base::Clock& clock_;
  const MariaDbLimits limits_;
  MYSQL* mysql_ = nullptr;
  bool broken_ = false;     // nothing more may be sent
  bool timed_out_ = false;  // Wait said so during the operation under way
  std::string batch_;
};

MariaDbConnection::~MariaDbConnection() {
  if (mysql_ == nullptr) return;
  if (broken_) Abandon();
  api_.mysql_close(mysql_);
}

// mysql_close says good-bye to the server, which must not wait for one that does not read.
void MariaDbConnection::Abandon() {
  const my_socket fd = api_.mysql_get_socket(mysql_);
  if (fd >= 0) shutdown(fd, SHUT_RDWR);
}

int MariaDbConnection::Wait(int wanted, base::MonotonicTime deadline) {
  pollfd entry{api_.mysql_get_socket(mysql_), 0, 0};
  if (wanted & MYSQL_WAIT_READ) entry.events |= POLLIN;
  if (wanted & MYSQL_WAIT_WRITE) entry.events |= POLLOUT;
  if (wanted & MYSQL_WAIT_EXCEPT) entry.events |= POLLPRI;
  while (true) {
    const int64_t left = base::ToMillis(deadline - clock_.Monotonic());
    if (left <= 0) break;
    const int ready = poll(&entry, 1, static_cast<int>(std::min<int64_t>(left, 3'600'000)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) break;
    int events = 0;
    if (entry.revents & (POLLIN | POLLHUP | POLLERR)) events |= MYSQL_WAIT_READ;
    if (entry.revents & (POLLOUT | POLLHUP | POLLERR)) events |= MYSQL_WAIT_WRITE;
    if (entry.revents & POLLPRI) events |= MYSQL_WAIT_EXCEPT;
    return (events & wanted) != 0 ? events & wanted : wanted & ~MYSQL_WAIT_TIMEOUT;
  }
  timed_out_ = true;
  return MYSQL_WAIT_TIMEOUT;
}

template <typename Start, typename GoOn>
base::Status MariaDbConnection::Drive(base::MonotonicTime deadline, Start&& start, GoOn&& go_on) {
  timed_out_ = false;
  int wanted = start();
  int steps_after_deadline = 0;
  while (wanted != 0) {
    const int events = timed_out_ ? MYSQL_WAIT_TIMEOUT : Wait(wanted, deadline);
    if (timed_out_) {
      // With the socket dead every step of the library fails at once, and it unwinds by itself.
      if (!broken_) Abandon();
      broken_ = true;
      if (++steps_after_deadline > kMaxUnwindSteps) break;
    }
    wanted = go_on(events);
  }
  return timed_out_ ? base::Timeout(target_ + ": no answer in time") : base::OkStatus();
}

base::Status MariaDbConnection::SetOptions(const Login& login) {
  const my_bool off = 0;
  const my_bool on = 1;
  const unsigned no_files = 0;
  const auto max_packet = static_cast<unsigned long>(limits_.max_packet);
  api_.mysql_options(mysql_, MYSQL_OPT_NONBLOCK, nullptr);
  api_.mysql_options(mysql_, MYSQL_OPT_LOCAL_INFILE, &no_files);
  api_.mysql_options(mysql_, MYSQL_OPT_RECONNECT, &off);
  api_.mysql_options(mysql_, MYSQL_OPT_MAX_ALLOWED_PACKET, &max_packet);
  api_.mysql_options(mysql_, MYSQL_SET_CHARSET_NAME, "utf8mb4");
  api_.mysql_options(mysql_, MARIADB_OPT_RESTRICTED_AUTH, kAuthentication);
  api_.mysql_options4(mysql_, MYSQL_OPT_CONNECT_ATTR_ADD, "program_name", "bekci");
  const unsigned protocol = login.address.unix_path.empty() ? MYSQL_PROTOCOL_TCP : MYSQL_PROTOCOL_SOCKET;
  api_.mysql_options(mysql_, MYSQL_OPT_PROTOCOL, &protocol);
  if (!login.tls) return base::OkStatus();
  const net::ClientTlsOptions& tls = *login.tls;
  api_.mysql_options(mysql_, MYSQL_OPT_SSL_ENFORCE, &on);
  api_.mysql_options(mysql_, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, tls.insecure_skip_verify ? &off : &on);
  if (!tls.insecure_skip_verify || !tls.ca_file.empty()) {
    api_.mysql_options(mysql_, MYSQL_OPT_SSL_CA, tls.ca_file.empty() ? kSystemCertificates : tls.ca_file.c_str());
  }
  if (!tls.cert_file.empty()) {
    api_.mysql_options(mysql_, MYSQL_OPT_SSL_CERT, tls.cert_file.c_str());
    api_.mysql_options(mysql_, MYSQL_OPT_SSL_KEY, tls.key_file.empty() ? tls.cert_file.c_str() : tls.key_file.c_str());
  }
  return base::OkStatus();
}

base::Status MariaDbConnection::LibraryError(std::string_view what) {
  const unsigned error = api_.mysql_errno(mysql_);
  if (!IsClientError(error) && error != 0) {
    base::Status status = StatusOfServerError(error, api_.mysql_error(mysql_));
    return std::move(status).WithContext(target_);
  }
  broken_ = true;
  std::string text = target_ + ": " + std::string(what) + ": ";
  const std::string_view message = api_.mysql_error(mysql_);
  text += message.empty()              ? "the server broke the connection off"
          : base::IsValidUtf8(message) ? std::string(message)
                                       : base::Quoted(message);
  if (error == CR_SSL_CONNECTION_ERROR || error == CR_AUTH_PLUGIN_ERR || error == CR_AUTH_PLUGIN_CANNOT_LOAD) {
    return base::Denied(std::move(text));
  }
  return error == CR_MALFORMED_PACKET ? base::Corrupt(std::move(text)) : base::Unavailable(std::move(text));
}

base::Status MariaDbConnection::Open(const Login& login, const std::string& host, base::MonotonicTime deadline) {
  mysql_ = api_.mysql_init(nullptr);
  if (mysql_ == nullptr) return base::LimitReached(target_ + ": no memory for a connection");
  RETURN_IF_ERROR(SetOptions(login));
  const net::TargetAddress& address = login.address;
  const bool local = !address.unix_path.empty();
  MYSQL* connected = nullptr;
  RETURN_IF_ERROR(Drive(
      deadline,
      [&] {
        return api_.mysql_real_connect_start(&connected, mysql_, local ? nullptr : host.c_str(),
                                             login.user.empty() ? nullptr : login.user.c_str(), login.password.c_str(),
                                             nullptr, address.port, local ? address.unix_path.c_str() : nullptr,
                                             CLIENT_MULTI_STATEMENTS);
      },
      [&](int events) { return api_.mysql_real_connect_cont(&connected, mysql_, events); }));
  if (connected == nullptr) return LibraryError("connect");
  return base::OkStatus();
}

base::Status MariaDbConnection::Run(std::span<const std::string_view> statements, std::span<Answer* const> answers,
                                    base::MonotonicTime deadline) {
  for (Answer* answer : answers) {
    answer->table.Clear();
    answer->status = base::OkStatus();
    answer->error = 0;
    answer->done = {};
  }
  while (!statements.empty()) {
    if (broken_) return base::Unavailable(target_ + ": the connection is lost");
    const auto ran = RunBatch(statements, answers, deadline);
    if (!ran.ok()) {
      broken_ = true;
      return ran.status();
    }
    statements = statements.subspan(*ran);
    answers = answers.subspan(*ran);
  }
  return base::OkStatus();
}

base::Result<size_t> MariaDbConnection::RunBatch(std::span<const std::string_view> statements,
                                                 std::span<Answer* const> answers, base::MonotonicTime deadline) {
  batch_.clear();
  for (const std::string_view statement : statements) batch_.append(batch_.empty() ? "" : ";").append(statement);
  int failed = 0;
  RETURN_IF_ERROR(Drive(
      deadline, [&] { return api_.mysql_real_query_start(&failed, mysql_, batch_.data(), batch_.size()); },
      [&](int events) { return api_.mysql_real_query_cont(&failed, mysql_, events); }));
  for (size_t i = 0;; ++i) {
    Answer* answer = answers[i];
    if (failed == 0) {
      RETURN_IF_ERROR(ReadResult(answer, deadline));
    } else {
      answer->error = api_.mysql_errno(mysql_);
      if (EndsConnection(answer->error)) return LibraryError("query");
      answer->status = StatusOfServerError(answer->error, api_.mysql_error(mysql_));
    }
    answer->done = clock_.Monotonic();
    if (!answer->status.ok()) return i + 1;  // the server has dropped the rest of the batch
    if (!api_.mysql_more_results(mysql_)) {
      if (i + 1 < statements.size()) return base::Corrupt(target_ + ": fewer answers than questions");
      return i + 1;
    }
    if (i + 1 == statements.size()) return base::Corrupt(target_ + ": more answers than questions");
    RETURN_IF_ERROR(Drive(
        deadline, [&] { return api_.mysql_next_result_start(&failed, mysql_); },
        [&](int events) { return api_.mysql_next_result_cont(&failed, mysql_, events); }));
    if (failed < 0) return base::Corrupt(target_ + ": fewer answers than it said");
  }
}

base::Status MariaDbConnection::ReadResult(Answer* answer, base::MonotonicTime deadline) {
  if (api_.mysql_field_count(mysql_) == 0) return base::OkStatus();  // SET and the like
  MYSQL_RES* result = api_.mysql_use_result(mysql_);
  if (result == nullptr) return LibraryError("read an answer");
  const MYSQL_FIELD* const fields = api_.mysql_fetch_fields(result);
  for (unsigned i = 0; i < api_.mysql_num_fields(result); ++i) {
    answer->table.AddColumn(std::string_view(fields[i].name, fields[i].name_length));
  }
  base::Status status = ReadRows(result, &answer->table, deadline);
  const unsigned error = api_.mysql_errno(mysql_);
  if (status.ok() && error != 0 && !EndsConnection(error)) {
    // Refused in the middle: out of time, mostly.
    answer->error = error;
    answer->status = StatusOfServerError(error, api_.mysql_error(mysql_));
  }
  if (!status.ok()) {
    // Freeing an unfinished result reads it to its end, which a dead socket reaches at once.
    broken_ = true;
    Abandon();
  }
  api_.mysql_free_result(result);
  return status;
}

base::Status MariaDbConnection::ReadRows(MYSQL_RES* result, ResultTable* table, base::MonotonicTime deadline) {
  const unsigned columns = api_.mysql_num_fields(result);
  while (true) {
    MYSQL_ROW row = nullptr;
    RETURN_IF_ERROR(Drive(
        deadline, [&] { return api_.mysql_fetch_row_start(&row, result); },
        [&](int events) { return api_.mysql_fetch_row_cont(&row, result, events); }));
    if (row == nullptr) {
      const unsigned error = api_.mysql_errno(mysql_);
      return error != 0 && EndsConnection(error) ? LibraryError("read an answer") : base::OkStatus();
    }
    const unsigned long* const lengths = api_.mysql_fetch_lengths(result);
    for (unsigned i = 0; i < columns; ++i) {
      if (row[i] == nullptr) {
        table->AddNull();
      } else {
        table->AddCell(std::string_view(row[i], lengths[i]));
      }
    }
    if (table->rows() > limits_.max_rows || table->bytes() > limits_.max_bytes) {
      return base::LimitReached(target_ + ": an answer of more than " + std::to_string(limits_.max_rows) + " rows or " +
                                std::to_string(limits_.max_bytes >> 20) + " MiB");
    }
  }
}

class MariaDbConnector : public Connector {
 public:
  MariaDbConnector(LoginSource source, const base::Clock& clock, const MariaDbLimits& limits)
      : source_(std::move(source)), clock_(clock), limits_(limits) {}

  base::Result<std::unique_ptr<Connection>> Connect(base::MonotonicTime deadline) override;
  std::string Target() const override { return source_.target(); }

 private:
  base::Result<std::string> Host(const Login& login, base::MonotonicTime deadline);

  const LoginSource source_;
  const base::Clock& clock_;
  const MariaDbLimits limits_;
  std::unique_ptr<net::Dialer> resolver_;  // of the last address; a lookup may be under way
};

// The library would look the name up itself and wait for the resolver without a bound. Where TLS compares the name with
// the certificate's it has to get the name: by then it has just been looked up.
base::Result<std::string> MariaDbConnector::Host(const Login& login, base::MonotonicTime deadline) {
  if (!login.address.unix_path.empty()) return std::string();
  if (resolver_ == nullptr || resolver_->address().ToString() != login.address.ToString()) {
    resolver_ = std::make_unique<net::Dialer>(login.address, nullptr, clock_);
  }
  ASSIGN_OR_RETURN(const std::string number, resolver_->ResolveToNumber(deadline));
  return login.tls && !login.tls->insecure_skip_verify ? login.address.host : number;
}

base::Result<std::unique_ptr<Connection>> MariaDbConnector::Connect(base::MonotonicTime deadline) {
  ASSIGN_OR_RETURN(const ClientLibrary* api, LoadClientLibrary());
  ASSIGN_OR_RETURN(const Login login, source_.Read());
  ASSIGN_OR_RETURN(const std::string host, Host(login, deadline));
  auto connection = std::make_unique<MariaDbConnection>(*api, login.address.ToString(), clock_, limits_);
  RETURN_IF_ERROR(connection->Open(login, host, deadline));
  return std::unique_ptr<Connection>(std::move(connection));
}

}  // namespace

std::unique_ptr<Connector> MakeMariaDbConnector(LoginSource source, const base::Clock& clock, MariaDbLimits limits) {
  return std::make_unique<MariaDbConnector>(std::move(source), clock, limits);
}

}  // namespace bekci::exporters::mysql
