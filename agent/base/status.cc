#include "agent/base/status.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace bekci::base {

std::string_view CodeName(Code code) {
  switch (code) {
    case Code::kOk:
      return "ok";
    case Code::kNoData:
      return "no_data";
    case Code::kNotFound:
      return "not_found";
    case Code::kInvalid:
      return "invalid";
    case Code::kCorrupt:
      return "corrupt";
    case Code::kOutOfOrder:
      return "out_of_order";
    case Code::kDenied:
      return "denied";
    case Code::kLimit:
      return "limit";
    case Code::kTimeout:
      return "timeout";
    case Code::kUnavailable:
      return "unavailable";
    case Code::kInternal:
      return "internal";
  }
  return "unknown";
}

Status::Status(Code code, std::string message) {
  if (code != Code::kOk) rep_ = new Rep{code, std::move(message)};
}

Status::Rep* Status::Copy(const Rep& rep) {
  return new Rep(rep);
}

void Status::Delete(Rep* rep) {
  delete rep;
}

const Status& internal::OkConstant() {
  static const Status kOk;
  return kOk;
}

void internal::NoValue(const Status& status) {
  CheckFailed("Result::value() of an error", status.message().c_str(), 0);
}

const std::string& Status::message() const {
  static const std::string kEmpty;
  return rep_ ? rep_->message : kEmpty;
}

Status Status::WithContext(std::string_view context) && {
  if (rep_) rep_->message = std::string(context) + ": " + rep_->message;
  return std::move(*this);
}

std::string Status::ToString() const {
  if (ok()) return "ok";
  return std::string(CodeName(rep_->code)) + ": " + rep_->message;
}

Status FromErrno(int error_number, std::string_view what) {
  char buffer[128];
  const char* text = strerror_r(error_number, buffer, sizeof buffer);
  Code code = Code::kInternal;
  switch (error_number) {
    case ENOENT:
    case ENODEV:
    case ENXIO:
    case ESRCH:
    case ENOTDIR:
      code = Code::kNotFound;
      break;
    case EACCES:
    case EPERM:
    case EROFS:
      code = Code::kDenied;
      break;
    case ETIMEDOUT:
      code = Code::kTimeout;
      break;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
    case EFBIG:
    case ENOMEM:
      code = Code::kLimit;
      break;
    case EINVAL:
    case ENAMETOOLONG:
    case EISDIR:
    case EEXIST:
    case ENOTEMPTY:
    case ELOOP:
    case ESPIPE:
      code = Code::kInvalid;
      break;
    case ECONNREFUSED:
    case ECONNRESET:
    case EPIPE:
    case EAGAIN:
    case EIO:
    case EADDRINUSE:
    case EADDRNOTAVAIL:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case ECONNABORTED:
    case EBUSY:
    case EINTR:
    case EOPNOTSUPP:
    case ESTALE:
      code = Code::kUnavailable;
      break;
    default:
      break;
  }
  return Status(code, std::string(what) + ": " + text);
}

void CheckFailed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "BUG: %s:%d: %s does not hold\n", file, line, condition);
  std::abort();
}

}  // namespace bekci::base
