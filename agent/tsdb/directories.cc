#include "agent/tsdb/directories.h"

#include <vector>

namespace bekci::tsdb {
namespace {

constexpr int kDeepest = 4;

base::Status Remove(base::FileSystem& fs, const std::string& path, int depth) {
  const auto info = fs.Stat(path);
  if (info.status().code() == base::Code::kNotFound) return base::OkStatus();
  RETURN_IF_ERROR(info.status());
  if (info->kind == base::FileKind::kDirectory && depth > 0) {
    ASSIGN_OR_RETURN(const std::vector<std::string> names, fs.ListDirectory(path));
    for (const std::string& name : names) RETURN_IF_ERROR(Remove(fs, path + "/" + name, depth - 1));
  }
  return fs.Remove(path);
}

uint64_t Bytes(base::FileSystem& fs, const std::string& path, int depth) {
  const auto info = fs.Stat(path);
  if (!info.ok()) return 0;
  if (info->kind != base::FileKind::kDirectory) return info->size_bytes;
  uint64_t sum = 0;
  const auto names = depth > 0 ? fs.ListDirectory(path) : std::vector<std::string>();
  for (const std::string& name : names.ok() ? *names : std::vector<std::string>()) {
    sum += Bytes(fs, path + "/" + name, depth - 1);
  }
  return sum;
}

}  // namespace

base::Status RemoveTree(base::FileSystem& fs, const std::string& path) {
  return Remove(fs, path, kDeepest);
}

uint64_t TreeBytes(base::FileSystem& fs, const std::string& path) {
  return Bytes(fs, path, kDeepest);
}

}  // namespace bekci::tsdb
