// Status and Result: how every function of bekci says that it did not work.
//
// Errors are values. A Status is one pointer; null is OK, so success costs nothing to return. The codes are the few
// that a caller acts on; everything else a person needs is in the message, to which each caller on the way up adds
// where it was:
//     rules/mysql.yml:14: unknown function "rat", did you mean "rate"?
// The idea is leveldb's Status and abseil's StatusOr; the set of codes is our own.
//
// Thread rule: values, no sharing.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace bekci::base {

// Says on standard error which invariant is broken and aborts. Through BEKCI_CHECK.
[[noreturn]] void CheckFailed(const char* condition, const char* file, int line);

enum class Code : unsigned char {
  kOk,
  kNoData,       // nothing to report here, and that is fine (a collector for hardware this host lacks)
  kNotFound,     // the thing named does not exist
  kInvalid,      // what was given cannot be meant: fix the input
  kCorrupt,      // bytes that should be ours are damaged
  kOutOfOrder,   // older than what is already there
  kDenied,       // permission or credentials
  kLimit,        // a bound of ours was reached
  kTimeout,      // a deadline passed
  kUnavailable,  // the other side or the system is not there now; later may work
  kInternal,     // a bug of ours, or an error without a better name
};

// The code's name as it appears in logs and metrics labels: "not_found".
std::string_view CodeName(Code code);

class [[nodiscard]] Status {
 public:
  Status() = default;
  Status(Code code, std::string message);

  Status(const Status& other);
  Status& operator=(const Status& other);
  Status(Status&&) noexcept = default;
  Status& operator=(Status&&) noexcept = default;

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ ? rep_->code : Code::kOk; }
  const std::string& message() const;

  // The same status with "context: " before its message; OK stays OK.
  Status WithContext(std::string_view context) &&;

  // "ok", or "timeout: connect 127.0.0.1:3306: ...". For logs; people get message().
  std::string ToString() const;

 private:
  struct Rep {
    Code code;
    std::string message;
  };
  std::unique_ptr<Rep> rep_;
};

inline Status OkStatus() {
  return Status();
}
inline Status NoData(std::string message) {
  return Status(Code::kNoData, std::move(message));
}
inline Status NotFound(std::string message) {
  return Status(Code::kNotFound, std::move(message));
}
inline Status Invalid(std::string message) {
  return Status(Code::kInvalid, std::move(message));
}
inline Status Corrupt(std::string message) {
  return Status(Code::kCorrupt, std::move(message));
}
inline Status Denied(std::string message) {
  return Status(Code::kDenied, std::move(message));
}
inline Status LimitReached(std::string message) {
  return Status(Code::kLimit, std::move(message));
}
inline Status Timeout(std::string message) {
  return Status(Code::kTimeout, std::move(message));
}
inline Status Unavailable(std::string message) {
  return Status(Code::kUnavailable, std::move(message));
}
inline Status Internal(std::string message) {
  return Status(Code::kInternal, std::move(message));
}

// Status of a failed system call: "open /etc/x: No such file or directory", with the code errno maps to.
Status FromErrno(int error_number, std::string_view what);

// A value or the reason there is none. Reading value() of a failed Result is a bug and aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Invalid("...");` read as what they are.
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}         // NOLINT(google-explicit-constructor)
  Result(Status status) : state_(std::in_place_index<1>, std::move(status)) {}  // NOLINT(google-explicit-constructor)

  bool ok() const { return state_.index() == 0; }
  const Status& status() const& {
    static const Status kOk;
    return ok() ? kOk : std::get<1>(state_);
  }
  Status status() && { return ok() ? Status() : std::move(std::get<1>(state_)); }

  T& value() & { return *Checked(); }
  const T& value() const& { return *const_cast<Result*>(this)->Checked(); }
  T&& value() && { return std::move(*Checked()); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) && { return ok() ? std::move(*this).value() : std::move(other); }

  Result WithContext(std::string_view context) && {
    if (ok()) return std::move(*this);
    return std::move(std::get<1>(state_)).WithContext(context);
  }

 private:
  T* Checked() {
    T* value = std::get_if<0>(&state_);
    if (value == nullptr) CheckFailed("Result::value() of an error", std::get<1>(state_).message().c_str(), 0);
    return value;
  }

  std::variant<T, Status> state_;
};

}  // namespace bekci::base

#define BEKCI_CONCAT_INNER(a, b) a##b
#define BEKCI_CONCAT(a, b) BEKCI_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expr` (a Status) is not OK.
#define RETURN_IF_ERROR(expr)                                                  \
  do {                                                                         \
    if (::bekci::base::Status status_ = (expr); !status_.ok()) return status_; \
  } while (false)

// ASSIGN_OR_RETURN(auto file, fs.Open(path)): the value, or return of the error.
#define ASSIGN_OR_RETURN(lhs, expr) ASSIGN_OR_RETURN_IMPL(BEKCI_CONCAT(result_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL(result, lhs, expr)       \
  auto result = (expr);                                \
  if (!result.ok()) return std::move(result).status(); \
  lhs = std::move(result).value()

// A broken invariant: says where and aborts. Never reachable by what a user or a peer can send.
#define BEKCI_CHECK(condition)                                                    \
  do {                                                                            \
    if (!(condition)) ::bekci::base::CheckFailed(#condition, __FILE__, __LINE__); \
  } while (false)
