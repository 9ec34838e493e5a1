// Connecting, logging in, and pipelines. See session.h.
#include "exporters/redis/session.h"

#include <utility>

#include "agent/base/text.h"
#include "agent/config/secret_files.h"

namespace bekci::exporters::redis {
namespace {

constexpr size_t kReadBytes = 64 << 10;  // the usual round's replies are 20 to 40 KiB

struct ErrorMeaning {
  std::string_view word;
  base::Code code;
  std::string_view advice;
};
// By the first word of the reply. Of the errors that have none of their own ("ERR ..."), the beginning is given.
constexpr ErrorMeaning kErrorMeanings[] = {
    {"NOAUTH", base::Code::kDenied, "it wants a password: set password_file"},
    {"WRONGPASS", base::Code::kDenied, "check username and password_file"},
    {"NOPERM", base::Code::kDenied, "the user lacks a permission; the README has the ACL SETUSER line"},
    {"DENIED", base::Code::kDenied, "the server is in protected mode"},
    {"ERR invalid password", base::Code::kDenied, "check password_file"},
    {"ERR AUTH", base::Code::kDenied, "check username and password_file"},
    {"ERR Client sent AUTH", base::Code::kDenied, "the server has no password: remove password_file"},
    {"ERR wrong number of arguments for 'auth'", base::Code::kDenied, "before Redis 6 there are no user names"},
    {"ERR max number of clients", base::Code::kLimit, "maxclients is reached"},
    {"OOM", base::Code::kLimit, ""},
    {"LOADING", base::Code::kUnavailable, ""},
    {"MASTERDOWN", base::Code::kUnavailable, ""},
    {"BUSY", base::Code::kUnavailable, ""},
};

constexpr size_t kMaxErrorBytes = 200;

}  // namespace

base::Status ErrorReply(std::string_view text, std::string_view doing) {
  std::string message(doing);
  message.append(": ").append(base::IsValidUtf8(text) ? text.substr(0, kMaxErrorBytes) : "an error that is not text");
  while (!base::IsValidUtf8(message)) message.pop_back();
  for (const ErrorMeaning& meaning : kErrorMeanings) {
    if (!text.starts_with(meaning.word)) continue;
    if (!meaning.advice.empty()) message.append(" (").append(meaning.advice).append(")");
    return {meaning.code, std::move(message)};
  }
  return base::Unavailable(std::move(message));
}

void Pipeline::Clear() {
  bytes_.clear();
  commands_ = 0;
}

size_t Pipeline::Add(std::initializer_list<std::string_view> words) {
  bytes_ += '*';
  base::AppendInt(&bytes_, static_cast<int64_t>(words.size()));
  bytes_ += "\r\n";
  for (const std::string_view word : words) {
    bytes_ += '$';
    base::AppendInt(&bytes_, static_cast<int64_t>(word.size()));
    bytes_.append("\r\n").append(word).append("\r\n");
  }
  return commands_++;
}

void Pipeline::Append(const Pipeline& other) {
  bytes_ += other.bytes_;
  commands_ += other.commands_;
}

Session::Session(net::TargetAddress address, std::unique_ptr<net::ClientTlsOptions> tls, Login login,
                 base::FileSystem& fs, const base::Clock& clock)
    : dialer_(std::move(address), std::move(tls), clock), login_(std::move(login)), fs_(fs), clock_(clock) {}

Session::~Session() = default;

void Session::Close() {
  stream_.reset();
  reader_.Forget();
}

base::Status Session::RefreshPassword() {
  if (login_.password_file.empty()) {
    password_ = login_.password;
    return base::OkStatus();
  }
  ASSIGN_OR_RETURN(const base::FileInfo now, fs_.Stat(login_.password_file));
  const bool same = password_read_ && now.inode == password_file_.inode && now.mtime_ns == password_file_.mtime_ns &&
                    now.size_bytes == password_file_.size_bytes;
  if (same) return base::OkStatus();
  password_read_ = false;
  ASSIGN_OR_RETURN(password_, config::ReadSecretFile(fs_, login_.password_file));
  password_file_ = now;
  password_read_ = true;
  return base::OkStatus();
}

base::Status Session::Begin(base::MonotonicTime deadline, bool* opened) {
  *opened = false;
  reader_.BeginRound();
  RETURN_IF_ERROR(RefreshPassword().WithContext("password_file"));
  // Logging in again each round shows a changed password when it changes, not when the server next restarts.
  login_due_ = !password_.empty() || !login_.username.empty();
  if (stream_ != nullptr && !stream_->IsFresh()) Close();
  if (stream_ != nullptr) return base::OkStatus();
  *opened = true;
  return Open(deadline);
}

base::Status Session::Open(base::MonotonicTime deadline) {
  reader_.Forget();
  const base::MonotonicTime start = clock_.Monotonic();
  ASSIGN_OR_RETURN(stream_, dialer_.Dial(deadline));
  base::Status status = login_.client_name.empty() ? base::OkStatus() : Introduce(deadline);
  connect_duration_ = clock_.Monotonic() - start;
  if (!status.ok()) Close();
  return status;
}

// Whether we may have a name does not matter; but a server that has no place for us says so in its first answer, and
// closes.
base::Status Session::Introduce(base::MonotonicTime deadline) {
  Pipeline hello;
  hello.Add({"CLIENT", "SETNAME", login_.client_name});
  ASSIGN_OR_RETURN(const Replies replies, Run(hello, deadline));
  if (!replies[0]->IsError()) return base::OkStatus();
  const base::Status refused = ErrorReply(replies[0]->text, "connect");
  const bool as_such = refused.code() == base::Code::kLimit || replies[0]->text.starts_with("DENIED");
  return as_such ? refused : base::OkStatus();
}

void Session::AddLogin(Pipeline* pipeline) const {
  if (login_.username.empty()) {
    pipeline->Add({"AUTH", password_});
  } else {
    pipeline->Add({"AUTH", login_.username, password_});
  }
}

base::Result<Replies> Session::Run(const Pipeline& pipeline, base::MonotonicTime deadline) {
  if (stream_ == nullptr) return base::Unavailable(address().ToString() + ": not connected");
  replies_.clear();
  sent_.Clear();
  const size_t logins = std::exchange(login_due_, false) ? 1 : 0;
  if (logins > 0) AddLogin(&sent_);
  sent_.Append(pipeline);
  base::Status status = stream_->WriteAll(sent_.bytes(), deadline);
  // A server that refuses the connection says why before it closes, and then our write may fail first.
  const base::Status received = Receive(sent_.size(), deadline);
  if (status.ok()) status = received;
  const bool refused = !replies_.empty() && replies_.front()->IsError();
  if (status.ok() && logins > 0 && refused) status = ErrorReply(replies_.front()->text, "AUTH");
  if (status.code() == base::Code::kUnavailable && refused) status = ErrorReply(replies_.front()->text, "connect");
  if (status.ok()) return Replies(replies_).subspan(logins);
  Close();
  return status;
}

base::Status Session::Receive(size_t count, base::MonotonicTime deadline) {
  buffer_.resize(kReadBytes);
  while (replies_.size() < count) {
    ASSIGN_OR_RETURN(const Reply* reply, reader_.Next());
    if (reply != nullptr) {
      replies_.push_back(reply);
      continue;
    }
    ASSIGN_OR_RETURN(const size_t size, stream_->Read(buffer_, deadline));
    if (size == 0) return base::Unavailable(address().ToString() + ": the server closed the connection");
    RETURN_IF_ERROR(reader_.Feed({buffer_.data(), size}).WithContext(address().ToString()));
  }
  // It would be taken for the answers of the next commands.
  if (reader_.HasLeftover()) return base::Corrupt(address().ToString() + ": more was answered than asked");
  return base::OkStatus();
}

}  // namespace bekci::exporters::redis
