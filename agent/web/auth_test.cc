#include "agent/web/auth.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

namespace bekci::web::auth_test {
namespace {

// Of "s3cret" and "other", with the lowest costs there are.
const std::string kHash = "$2b$04$abcdefghijklmnopqrstuuLZYjhNQAOdpbzt4WxWlUHjv1wsyH5DG";
const std::string kOtherHash = "$2y$05$abcdefghijklmnopqrstuuVQd15VhR/oN1H3pzUR5lME0fZO6.qRW";

// The header of a user and password, by an encoder of its own.
std::string Header(const std::string& text) {
  static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out = "Basic ";
  for (size_t i = 0; i < text.size(); i += 3) {
    unsigned bits = 0;
    for (size_t j = 0; j < 3; ++j) {
      bits = (bits << 8) | (i + j < text.size() ? static_cast<unsigned char>(text[i + j]) : 0u);
    }
    for (size_t j = 0; j < 4; ++j) out += i + j <= text.size() ? kLetters[(bits >> (18 - 6 * j)) & 63] : '=';
  }
  return out;
}

TEST_CASE("the right password is let in and any other is not") {
  BasicAuth auth({{"ann", kHash}, {"bob", kOtherHash}, {"umlaut", kHash}});
  CHECK(auth.required());
  struct Row {
    int source_line;
    std::string header;
    AuthResult result;
  };
  const Row rows[] = {
      {__LINE__, Header("ann:s3cret"), AuthResult::kAllowed},
      {__LINE__, "basic " + Header("ann:s3cret").substr(6), AuthResult::kAllowed},
      {__LINE__, Header("bob:other"), AuthResult::kAllowed},
      {__LINE__, Header("ann:s3cret"), AuthResult::kAllowed},  // from the cache
      {__LINE__, Header("ann:other"), AuthResult::kDenied},
      {__LINE__, Header("bob:s3cret"), AuthResult::kDenied},
      {__LINE__, Header("ann:s3cret "), AuthResult::kDenied},
      {__LINE__, Header("ann:"), AuthResult::kDenied},
      {__LINE__, Header("ann"), AuthResult::kDenied},
      {__LINE__, Header(":s3cret"), AuthResult::kDenied},
      {__LINE__, Header("Ann:s3cret"), AuthResult::kDenied},
      {__LINE__, Header("nobody:s3cret"), AuthResult::kDenied},
      {__LINE__, Header(std::string("ann:s3cret\0x", 12)), AuthResult::kDenied},
      {__LINE__, Header("ann:s3cret") + "=", AuthResult::kDenied},
      {__LINE__, "Bearer " + Header("ann:s3cret").substr(6), AuthResult::kDenied},
      {__LINE__, "Basic ????", AuthResult::kDenied},
      {__LINE__, "Basic ", AuthResult::kDenied},
      {__LINE__, "Basic", AuthResult::kDenied},
      {__LINE__, "", AuthResult::kDenied},
      {__LINE__, Header("ann:" + std::string(5000, 'x')), AuthResult::kDenied},
  };
  for (const Row& row : rows) {
    CAPTURE(row.source_line);
    CHECK(auth.Check(row.header) == row.result);
  }
}

TEST_CASE("without users nobody is asked") {
  BasicAuth auth({});
  CHECK_FALSE(auth.required());
  CHECK(auth.Check("") == AuthResult::kAllowed);
}

TEST_CASE("a flood of passwords is answered busy while users who were seen before pass") {
  BasicAuth auth({{"ann", kHash}});
  REQUIRE(auth.Check(Header("ann:s3cret")) == AuthResult::kAllowed);
  std::atomic<int> denied = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> flood;
  for (int i = 0; i < 16; ++i) {
    flood.emplace_back([&, i] {
      for (int j = 0; j < 20; ++j) {
        const AuthResult result = auth.Check(Header("ann:guess" + std::to_string(i * 100 + j)));
        if (result == AuthResult::kDenied) ++denied;
        if (result == AuthResult::kAllowed) ++wrong;
      }
    });
  }
  for (int i = 0; i < 200; ++i) CHECK(auth.Check(Header("ann:s3cret")) == AuthResult::kAllowed);
  for (std::thread& thread : flood) thread.join();
  CHECK(wrong == 0);
  CHECK(denied > 0);
  CHECK(auth.Check(Header("ann:wrong")) == AuthResult::kDenied);  // and it is over when it is over
}

TEST_CASE("only bcrypt hashes of bearable cost are accepted") {
  CHECK(CheckBcryptHash(kHash).ok());
  CHECK(CheckBcryptHash("$2a$10$" + kHash.substr(7)).ok());
  CHECK(CheckBcryptHash(kOtherHash).ok());
  CHECK(CheckBcryptHash("s3cret").message() == "is not a bcrypt hash; make one with: htpasswd -nBC 10 NAME");
  CHECK(CheckBcryptHash("").code() == base::Code::kInvalid);
  CHECK(CheckBcryptHash("$apr1$abc$def").code() == base::Code::kInvalid);
  CHECK(CheckBcryptHash(kHash.substr(0, 59)).message() ==
        "is a damaged bcrypt hash: 59 characters instead of 60, or bad ones");
  CHECK(CheckBcryptHash(kHash.substr(0, 59) + "!").code() == base::Code::kInvalid);
  CHECK(CheckBcryptHash("$2b$").code() == base::Code::kInvalid);
  CHECK(CheckBcryptHash("$2b$17$" + kHash.substr(7)).message() ==
        "bcrypt cost 17 is out of range, must be between 4 and 16");
}

}  // namespace
}  // namespace bekci::web::auth_test
