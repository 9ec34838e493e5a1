#include "agent/notify/receivers/hook_trust.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>
#include <vector>

namespace bekci::notify::receivers {
namespace {

base::Status CheckOne(const std::string& path, uid_t owner, bool is_file) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0) return base::FromErrno(errno, path);
  if (info.st_uid != owner && info.st_uid != 0) {
    return base::Denied(path + " belongs to another user than root: chown root " + path);
  }
  // In a sticky directory (/tmp) nobody can replace what is root's.
  const bool sticky_directory = !is_file && (info.st_mode & S_ISVTX) != 0;
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !sticky_directory) {
    return base::Denied(path + " can be changed by others than root: chmod go-w " + path);
  }
  if (!is_file) return base::OkStatus();
  if (!S_ISREG(info.st_mode)) return base::Invalid(path + " is no file");
  if ((info.st_mode & S_IXUSR) == 0) return base::Denied(path + " cannot be executed: chmod +x " + path);
  return base::OkStatus();
}

struct Ids {
  uid_t uid;
  gid_t gid;
};

std::optional<Ids> IdsOf(const std::string& user) {
  passwd entry{};
  passwd* found = nullptr;
  std::vector<char> room(16 << 10);
  if (getpwnam_r(user.c_str(), &entry, room.data(), room.size(), &found) != 0 || found == nullptr) return {};
  return Ids{entry.pw_uid, entry.pw_gid};
}

}  // namespace

base::Result<std::string> TrustedCommand(const std::string& command, uid_t owner) {
  if (!command.starts_with('/')) return base::Invalid(command + " is no whole path (/usr/local/lib/...)");
  char resolved[PATH_MAX];
  if (realpath(command.c_str(), resolved) == nullptr) return base::FromErrno(errno, command);
  const std::string path = resolved;
  RETURN_IF_ERROR(CheckOne(path, owner, true));
  for (size_t end = path.rfind('/'); end != std::string::npos && end > 0; end = path.rfind('/', end - 1)) {
    RETURN_IF_ERROR(CheckOne(path.substr(0, end), owner, false));
  }
  RETURN_IF_ERROR(CheckOne("/", owner, false));
  return path;
}

bool IsUser(const std::string& name) {
  return IdsOf(name).has_value();
}

base::Result<std::optional<HookUser>> HookUserOf(const std::string& user) {
  if (user.empty()) {
    if (geteuid() == 0) return base::Invalid("hooks never run as root: name a `user`");
    return std::optional<HookUser>();
  }
  const std::optional<Ids> entry = IdsOf(user);
  if (!entry) return base::Invalid("user: there is no user " + user);
  if (entry->uid == 0) return base::Invalid("user: hooks never run as root");
  if (entry->uid == geteuid()) return std::optional<HookUser>();
  if (geteuid() != 0) return base::Invalid("user: bekci does not run as root and cannot become " + user);
  int count = 64;
  std::vector<gid_t> groups(static_cast<size_t>(count));
  if (getgrouplist(user.c_str(), entry->gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<size_t>(count));
    if (getgrouplist(user.c_str(), entry->gid, groups.data(), &count) < 0) {
      return base::Invalid("user: the groups of " + user + " cannot be read");
    }
  }
  groups.resize(static_cast<size_t>(count));
  return std::optional(HookUser{entry->uid, entry->gid, std::move(groups)});
}

}  // namespace bekci::notify::receivers
