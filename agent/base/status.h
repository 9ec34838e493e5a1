// Status and Result: how every function of bekci says that it did not work.
//
// Errors are values. A Status is one pointer; null is OK, so success costs nothing to return. The codes are the few
// that a caller acts on; everything else a person needs is in the message, to which each caller on the way up adds
// where it was:
//     rules/mysql.yml:14: unknown function "rat", did you mean "rate"?
// The idea is leveldb's Status and abseil's StatusOr; the set of codes is our own. Every source of ours reads this file
// and every path of an error goes through it: so the pointer and the union are written out, which compiles several
// percent faster than unique_ptr and variant do, and what only an error needs is in the .cc.
//
// Thread rule: values, no sharing.
#pragma once

#include <new>
#include <string>
#include <string_view>
#include <utility>

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

  Status(const Status& other) : rep_(other.rep_ == nullptr ? nullptr : Copy(*other.rep_)) {}
  Status(Status&& other) noexcept : rep_(other.rep_) { other.rep_ = nullptr; }
  Status& operator=(Status other) noexcept {
    std::swap(rep_, other.rep_);
    return *this;
  }
  ~Status() {
    if (rep_ != nullptr) Delete(rep_);
  }

  bool ok() const { return rep_ == nullptr; }
  Code code() const { return rep_ == nullptr ? Code::kOk : rep_->code; }
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
  static Rep* Copy(const Rep& rep);
  static void Delete(Rep* rep);

  Rep* rep_ = nullptr;  // owned
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

namespace internal {
const Status& OkConstant();
[[noreturn]] void NoValue(const Status& status);
}  // namespace internal

// A value or the reason there is none. Reading value() of a failed Result is a bug and aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  // Implicit on purpose: `return value;` and `return Invalid("...");` read as what they are.
  Result(T value) : ok_(true), value_(std::move(value)) {}           // NOLINT(google-explicit-constructor)
  Result(Status status) : ok_(false), status_(std::move(status)) {}  // NOLINT(google-explicit-constructor)
  Result(const Result& other) : ok_(other.ok_) {
    if (ok_) {
      new (&value_) T(other.value_);
    } else {
      new (&status_) Status(other.status_);
    }
  }
  Result(Result&& other) noexcept : ok_(other.ok_) {
    if (ok_) {
      new (&value_) T(std::move(other.value_));
    } else {
      new (&status_) Status(std::move(other.status_));
    }
  }
  Result& operator=(Result other) noexcept {
    this->~Result();
    return *new (this) Result(std::move(other));
  }
  ~Result() {
    if (ok_) {
      value_.~T();
    } else {
      status_.~Status();
    }
  }

  bool ok() const { return ok_; }
  const Status& status() const& { return ok_ ? internal::OkConstant() : status_; }
  Status status() && { return ok_ ? Status() : std::move(status_); }

  T& value() & {
    Check();
    return value_;
  }
  const T& value() const& {
    Check();
    return value_;
  }
  T&& value() && {
    Check();
    return std::move(value_);
  }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }
  T value_or(T other) && { return ok_ ? std::move(value_) : std::move(other); }

  Result WithContext(std::string_view context) && {
    if (ok_) return std::move(*this);
    return std::move(status_).WithContext(context);
  }

 private:
  void Check() const {
    if (!ok_) internal::NoValue(status_);
  }

  bool ok_;
  union {
    T value_;        // NOLINT(readability-identifier-naming): private, whatever clang-tidy thinks of a union
    Status status_;  // NOLINT(readability-identifier-naming)
  };
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
