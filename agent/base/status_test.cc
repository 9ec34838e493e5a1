// Promises of Status and Result.
#include "agent/base/status.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <memory>

namespace bekci::base::status_test {
namespace {

Status FailIf(bool fail) {
  return fail ? Invalid("bad value") : OkStatus();
}

Result<int> Half(int value) {
  if (value % 2 != 0) return Invalid("odd");
  return value / 2;
}

Result<int> Quarter(int value) {
  ASSIGN_OR_RETURN(const int half, Half(value));
  ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status Both(bool first, bool second, int* reached) {
  RETURN_IF_ERROR(FailIf(first));
  ++*reached;
  RETURN_IF_ERROR(FailIf(second));
  ++*reached;
  return OkStatus();
}

TEST_CASE("a status is ok or has a code and a message, and costs one pointer") {
  CHECK(OkStatus().ok());
  CHECK(OkStatus().code() == Code::kOk);
  CHECK(OkStatus().message().empty());
  CHECK(OkStatus().ToString() == "ok");
  CHECK(sizeof(Status) == sizeof(void*));
  const Status status = NotFound("no such rule");
  CHECK_FALSE(status.ok());
  CHECK(status.code() == Code::kNotFound);
  CHECK(status.message() == "no such rule");
  CHECK(status.ToString() == "not_found: no such rule");
  CHECK(Status(Code::kOk, "ignored").ok());
}

TEST_CASE("each caller adds where it was in front of the message, and success stays silent") {
  CHECK(Invalid("unknown key").WithContext("a.yml:3").WithContext("load").message() == "load: a.yml:3: unknown key");
  CHECK(OkStatus().WithContext("load").ok());
  CHECK(Result<int>(7).WithContext("x").value() == 7);
  CHECK(Result<int>(Timeout("slow")).WithContext("x").status().message() == "x: slow");
}

TEST_CASE("a copied status stands on its own") {
  Status original = Denied("no");
  Status copy = original;
  original = OkStatus();
  CHECK(copy.code() == Code::kDenied);
  copy = *&copy;
  CHECK(copy.message() == "no");
}

TEST_CASE("the macros return at the first error and go on otherwise") {
  int reached = 0;
  CHECK(Both(false, false, &reached).ok());
  CHECK(reached == 2);
  reached = 0;
  CHECK(Both(false, true, &reached).code() == Code::kInvalid);
  CHECK(reached == 1);
  CHECK(Quarter(8).value() == 2);
  CHECK(Quarter(6).status().message() == "odd");
}

TEST_CASE("a result carries values that can only be moved") {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(5));
  REQUIRE(result.ok());
  const std::unique_ptr<int> value = std::move(result).value();
  CHECK(*value == 5);
  CHECK(Result<int>(Internal("x")).value_or(9) == 9);
  CHECK(Result<int>(4).value_or(9) == 4);
}

TEST_CASE("errno maps to the code a caller acts on and keeps the system's words") {
  const struct {
    int error;
    Code code;
  } rows[] = {{ENOENT, Code::kNotFound}, {ENODEV, Code::kNotFound},   {EACCES, Code::kDenied},
              {EROFS, Code::kDenied},    {ENOSPC, Code::kLimit},      {EMFILE, Code::kLimit},
              {EIO, Code::kUnavailable}, {EBUSY, Code::kUnavailable}, {ETIMEDOUT, Code::kTimeout},
              {EISDIR, Code::kInvalid},  {ENOTEMPTY, Code::kInvalid}, {ECONNREFUSED, Code::kUnavailable},
              {EXDEV, Code::kInternal}};
  for (const auto& row : rows) {
    CAPTURE(row.error);
    CHECK(FromErrno(row.error, "open /x").code() == row.code);
  }
  CHECK(FromErrno(ENOENT, "open /etc/x").message() == "open /etc/x: No such file or directory");
}

TEST_CASE("every code has a name of its own") {
  std::string all;
  for (int code = 0; code <= static_cast<int>(Code::kInternal); ++code) {
    const std::string name = std::string(CodeName(static_cast<Code>(code))) + ";";
    CHECK(name != "unknown;");
    CHECK(all.find(name) == std::string::npos);
    all += name;
  }
}

}  // namespace
}  // namespace bekci::base::status_test
