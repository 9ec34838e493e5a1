#include "exporters/phpfpm/cache_script.h"

#include <utility>

namespace bekci::exporters::phpfpm {
namespace {

constexpr uint32_t kOthersMayWrite = 022;

base::Status CheckOne(base::FileSystem& fs, const std::string& path, base::FileKind kind) {
  if (fs.ReadLink(path).ok()) return base::Denied(path + " is a symbolic link");
  const auto info = fs.Stat(path);
  if (!info.ok()) return info.status();
  if (info->kind != kind) {
    return base::Denied(path + (kind == base::FileKind::kFile ? " is not a file" : " is not a directory"));
  }
  if (info->uid != 0) return base::Denied(path + " does not belong to root: chown root:root " + path);
  if ((info->mode & kOthersMayWrite) != 0) {
    return base::Denied(path + " can be written by others than root: chmod go-w " + path);
  }
  return base::OkStatus();
}

}  // namespace

base::Status CheckCacheScript(base::FileSystem& fs, const std::string& path) {
  if (path.empty() || path.front() != '/' || path.find("/../") != std::string::npos) {
    return base::Invalid("the cache script needs its absolute path, not \"" + path + "\"");
  }
  base::Status file = CheckOne(fs, path, base::FileKind::kFile);
  if (file.code() == base::Code::kNotFound) return file;
  for (size_t slash = path.rfind('/'); slash != 0 && slash != std::string::npos; slash = path.rfind('/', slash - 1)) {
    RETURN_IF_ERROR(CheckOne(fs, path.substr(0, slash), base::FileKind::kDirectory).WithContext("cache script"));
  }
  RETURN_IF_ERROR(CheckOne(fs, "/", base::FileKind::kDirectory).WithContext("cache script"));
  return std::move(file).WithContext("cache script");
}

}  // namespace bekci::exporters::phpfpm
