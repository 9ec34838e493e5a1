#include "agent/base/shared_library.h"

#include <doctest/doctest.h>

namespace bekci::base::shared_library_test {
namespace {

TEST_CASE("a function of a library loaded when needed can be called") {
  SharedLibrary library("libm.so.6", "libc6");
  double (*cosine)(double) = nullptr;
  library.Bind("cos", &cosine);
  REQUIRE(library.status().ok());
  CHECK(cosine(0) == 1);
}

TEST_CASE("a library that is missing is an error that names the package, and so is one without the function") {
  SharedLibrary missing("libbekci-no-such.so.1", "libbekci-no-such1");
  void (*function)() = [] {};
  missing.Bind("anything", &function);
  CHECK_FALSE(static_cast<bool>(function));
  CHECK(missing.status().code() == Code::kUnavailable);
  CHECK(missing.status().message().find("is the package libbekci-no-such1 installed?") != std::string::npos);

  SharedLibrary old("libm.so.6", "libc6");
  old.Bind("bekci_no_such_function", &function);
  old.Bind("bekci_no_such_either", &function);
  CHECK_FALSE(static_cast<bool>(function));
  CHECK(old.status().code() == Code::kUnavailable);
  CHECK(old.status().message().find("package libc6 is too old") != std::string::npos);
  CHECK(old.status().message().find("bekci_no_such_function") != std::string::npos);
}

struct Functions {
  double (*cos)(double) = nullptr;
};

TEST_CASE("functions are loaded by the first call that succeeds, and once") {
  static int calls = 0;
  LoadedOnce<Functions> functions([](Functions* found) {
    if (++calls == 1) return Unavailable("not installed yet");
    SharedLibrary library("libm.so.6", "libc6");
    library.Bind("cos", &found->cos);
    return library.status();
  });
  CHECK(functions.Get().status().message() == "not installed yet");
  for (int call = 0; call < 2; ++call) {
    const auto found = functions.Get();
    REQUIRE(found.ok());
    CHECK((*found)->cos(0) == 1);
  }
  CHECK(calls == 2);
}

}  // namespace
}  // namespace bekci::base::shared_library_test
