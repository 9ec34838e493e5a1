#include "exporters/host/udev.h"

#include "agent/base/text.h"

namespace bekci::exporters::host {

void UdevDevice::Refresh(base::FileSystem& fs) {
  const base::Result<base::FileInfo> info = fs.Stat(path_);
  if (!info.ok()) {
    properties_.clear();
    inode_ = 0;
    mtime_ns_ = 0;
    return;
  }
  if (info->inode == inode_ && info->mtime_ns == mtime_ns_) return;
  properties_.clear();
  const base::Result<std::string> text = fs.ReadFile(path_, 256 << 10);
  if (!text.ok()) return;
  inode_ = info->inode;
  mtime_ns_ = info->mtime_ns;
  base::LineReader lines(*text);
  std::string_view line;
  while (lines.Next(&line)) {
    const size_t equals = line.find('=');
    if (!line.starts_with("E:") || equals == std::string_view::npos) continue;
    const std::string_view value = line.substr(equals + 1);
    if (!base::IsValidUtf8(value)) continue;
    properties_.insert_or_assign(std::string(line.substr(2, equals - 2)), std::string(value));
  }
}

std::string_view UdevDevice::Get(std::string_view key) const {
  const auto found = properties_.find(key);
  return found == properties_.end() ? std::string_view() : std::string_view(found->second);
}

}  // namespace bekci::exporters::host
