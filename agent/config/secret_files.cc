#include "agent/config/secret_files.h"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace bekci::config {
namespace {

constexpr size_t kLargestSecret = 64 << 10;

// "No such file or directory" of "open /etc/x: No such file or directory": the path is named by the caller already.
std::string Reason(const base::Status& status, const std::string& path) {
  const std::string& message = status.message();
  const size_t at = message.find(path + ": ");
  return at == std::string::npos ? message : message.substr(at + path.size() + 2);
}

base::Status TryRead(base::FileSystem& fs, const std::string& path) {
  ASSIGN_OR_RETURN(const base::FileInfo info, fs.Stat(path));
  if (info.kind == base::FileKind::kDirectory) return base::Invalid(path + ": is a directory");
  ASSIGN_OR_RETURN(const auto file, fs.OpenRead(path));
  std::array<char, 1> first{};
  return file->ReadAt(0, first).status();
}

void CheckFile(const Values& values, std::string_view key, base::FileSystem& fs, Errors* errors) {
  const std::string& path = values.String(key);
  const base::Status status = path.empty() ? base::OkStatus() : TryRead(fs, path);
  if (status.ok()) return;
  errors->Add(values.MarkOf(key),
              std::string(key) + ": " + path + ": " + Reason(status, path) + " (bekci runs as user " + RunsAs() + ")");
}

}  // namespace

void CheckSecretFiles(const Values& values, base::FileSystem& fs, Errors* errors) {
  for (const Option& option : values.table()) {
    if (option.type == Type::kSecretFile) {
      CheckFile(values, option.key, fs, errors);
    } else if (option.type == Type::kSection) {
      CheckSecretFiles(values.Section(option.key), fs, errors);
    } else if (option.type == Type::kSections) {
      for (const Values& section : values.Sections(option.key)) CheckSecretFiles(section, fs, errors);
    }
  }
}

base::Result<std::string> ReadSecretFile(base::FileSystem& fs, const std::string& path) {
  ASSIGN_OR_RETURN(std::string secret, fs.ReadFile(path, kLargestSecret));
  while (!secret.empty() && (secret.back() == '\n' || secret.back() == '\r')) secret.pop_back();
  return secret;
}

std::string RunsAs() {
  const uid_t uid = ::geteuid();
  passwd entry{};
  passwd* found = nullptr;
  std::array<char, 4096> buffer{};
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) return found->pw_name;
  return "uid " + std::to_string(uid);
}

}  // namespace bekci::config
