#include "exporters/mysql/login.h"

#include <doctest/doctest.h>

#include "agent/base/memory_file_system.h"
#include "agent/config/node.h"
#include "exporters/mysql/defaults_file.h"
#include "exporters/mysql/mysql.h"

namespace bekci::exporters::mysql::login_test {
namespace {

base::Result<Login> Read(base::FileSystem& fs, const std::string& yaml) {
  config::Errors errors;
  const auto values = config::Check(*config::ParseYaml(yaml, "test.yml"), kSpec.options, &errors);
  REQUIRE_MESSAGE(errors.empty(), errors.ToStatus().message());
  ASSIGN_OR_RETURN(const LoginSource source, LoginSource::Make(values, fs));
  return source.Read();
}

constexpr char kMyCnf[] =
    "# comment\n[client]\nuser = mon\npassword=\"s3 cr#t\\\"\"  # not a comment of the value\nsocket=/run/my.sock\n"
    "[client.other]\nhost=db.example\nport=3307\nsocket=\n[mysqld]\nuser=mysql\n";

}  // namespace

TEST_CASE("a defaults file is read as the client programs read it") {
  const auto file = DefaultsFile::Parse(kMyCnf);
  REQUIRE(file.ok());
  CHECK(file->Get("client", "user") == "mon");
  CHECK(file->Get("client", "password") == "s3 cr#t\"");
  CHECK(file->Get("client.other", "user") == "mon");  // continued from [client]
  CHECK(file->Get("client.other", "port") == "3307");
  CHECK_FALSE(file->Get("client", "port").has_value());
  CHECK(DefaultsFile::Parse("[client]\nssl_ca=/x\nloose-ssl_key = 'a b'\n")->Get("client", "ssl-key") == "a b");
  CHECK(DefaultsFile::Parse("[client]\npassword = a#b\n")->Get("client", "password") == "a#b");
}

TEST_CASE("a mistake in a defaults file is named by its line, never by its text") {
  for (const char* text :
       {"[client]\n[broken\npassword=geheim\n", "password=geheim\n", "[client]\n!include geheim\n"}) {
    const auto file = DefaultsFile::Parse(text);
    CHECK(file.status().code() == base::Code::kInvalid);
    CHECK(file.status().message().find("line ") == 0);
    CHECK(file.status().message().find("geheim") == std::string::npos);
  }
}

TEST_CASE("the login comes from the configuration, then the defaults file, then 127.0.0.1:3306") {
  base::MemoryFileSystem fs;
  fs.Put("/my.cnf", kMyCnf);
  fs.Put("/pw", "secret\n");
  auto login = Read(fs, "defaults_file: /my.cnf");
  REQUIRE(login.ok());
  CHECK(login->address.unix_path == "/run/my.sock");
  CHECK(login->password == "s3 cr#t\"");
  CHECK_FALSE(login->tls.has_value());
  login = Read(fs, "{defaults_file: /my.cnf, defaults_group: client.other, password_file: /pw}");
  CHECK(login->address.ToString() == "db.example:3307");
  CHECK(login->password == "secret");
  CHECK(login->user == "mon");
  login = Read(fs, "{address: 'unix:/run/x.sock', username: me}");
  CHECK(login->address.unix_path == "/run/x.sock");
  CHECK(Read(fs, "{}")->address.ToString() == "127.0.0.1:3306");
}

TEST_CASE("what a defaults file says of TLS is kept") {
  base::MemoryFileSystem fs;
  fs.Put("/my.cnf", "[client]\nssl-ca=/ca.pem\nssl-mode=VERIFY_IDENTITY\n");
  auto login = Read(fs, "defaults_file: /my.cnf");
  REQUIRE(login->tls.has_value());
  CHECK(login->tls->ca_file == "/ca.pem");
  CHECK_FALSE(login->tls->insecure_skip_verify);
  fs.Put("/my.cnf", "[client]\nssl-mode=REQUIRED\n");
  CHECK(Read(fs, "defaults_file: /my.cnf")->tls->insecure_skip_verify);
  CHECK(Read(fs, "{tls: {ca_file: /own.pem}}")->tls->ca_file == "/own.pem");
}

TEST_CASE("what cannot be a login is refused with its place") {
  base::MemoryFileSystem fs;
  fs.Put("/pw", "x");
  fs.Put("/my.cnf", "[client]\nuser=a\n");
  CHECK(Read(fs, "address: 'host:99999'").status().code() == base::Code::kInvalid);
  CHECK(Read(fs, "{password: a, password_file: /pw}").status().message().find("test.yml:1") == 0);
  CHECK(Read(fs, "password_file: /none").status().code() == base::Code::kNotFound);
  CHECK(Read(fs, "{defaults_file: /my.cnf, defaults_group: client.x}").status().message().find("[client.x]") !=
        std::string::npos);
}

}  // namespace bekci::exporters::mysql::login_test
