#include "agent/config/secret_files.h"

#include <doctest/doctest.h>

#include <cerrno>
#include <string>

#include "agent/base/memory_file_system.h"

namespace bekci::config::secret_files_test {
namespace {

constexpr Option kInner[] = {{.key = "key_file", .type = Type::kSecretFile}};
constexpr Option kTable[] = {
    {.key = "password_file", .type = Type::kSecretFile},
    {.key = "tls", .type = Type::kSection, .section = kInner},
    {.key = "many", .type = Type::kSections, .section = kInner},
};

std::vector<std::string> ErrorsOf(const std::string& text, base::FileSystem& fs) {
  const auto parsed = ParseYaml(text, "bekci.yml");
  REQUIRE(parsed.ok());
  Errors errors;
  const Values values = Check(*parsed, kTable, &errors, "/etc");
  CheckSecretFiles(values, fs, &errors);
  return errors.lines();
}

// Refuses to open one path, as a file that belongs to another user does.
class DeniedFile : public base::MemoryFileSystem {
 public:
  base::Result<std::unique_ptr<base::ReadableFile>> OpenRead(const std::string& path) override {
    if (path == "/etc/denied") return base::FromErrno(EACCES, "open " + path);
    return MemoryFileSystem::OpenRead(path);
  }
};

TEST_CASE("a secret file that cannot be read is an error with line, path, reason and user") {
  DeniedFile fs;
  fs.Put("/etc/ok", "secret\n");
  fs.Put("/etc/denied", "secret\n");
  fs.Put("/etc/folder/file", "");
  const std::string user = " (bekci runs as user " + RunsAs() + ")";
  CHECK(ErrorsOf("password_file: ok\ntls: {key_file: /etc/ok}\nmany: [{key_file: ok}]\n", fs).empty());
  CHECK(ErrorsOf("\npassword_file: x\ntls:\n  key_file: denied\nmany:\n  - key_file: folder\n", fs) ==
        std::vector<std::string>{
            "bekci.yml:2: password_file: /etc/x: No such file or directory" + user,
            "bekci.yml:4: key_file: /etc/denied: Permission denied" + user,
            "bekci.yml:6: key_file: /etc/folder: is a directory" + user,
        });
}

TEST_CASE("the line end behind a secret is not part of it") {
  base::MemoryFileSystem fs;
  fs.Put("/a", "s3cret \r\n\n");
  fs.Put("/b", "s3cret");
  fs.Put("/c", std::string(65 << 10, 'x'));
  CHECK(ReadSecretFile(fs, "/a").value() == "s3cret ");
  CHECK(ReadSecretFile(fs, "/b").value() == "s3cret");
  CHECK(ReadSecretFile(fs, "/c").status().code() == base::Code::kLimit);
  CHECK(ReadSecretFile(fs, "/d").status().code() == base::Code::kNotFound);
}

TEST_CASE("the user is named") {
  CHECK_FALSE(RunsAs().empty());
}

}  // namespace
}  // namespace bekci::config::secret_files_test
