#include "exporters/host/mount_table.h"

#include <algorithm>
#include <iterator>
#include <unordered_set>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

// Sorted, for the search below.
constexpr std::string_view kLocalTypes[] = {
    "bcachefs", "btrfs", "devtmpfs", "efivarfs",  "erofs",    "exfat", "ext2",  "ext3",   "ext4",
    "f2fs",     "hfs",   "hfsplus",  "hugetlbfs", "iso9660",  "jfs",   "msdos", "nilfs2", "ntfs3",
    "overlay",  "ramfs", "reiserfs", "rootfs",    "squashfs", "tmpfs", "vfat",  "xfs",    "zfs"};
static_assert(std::is_sorted(std::begin(kLocalTypes), std::end(kLocalTypes)));

bool HasOption(std::string_view options, std::string_view wanted) {
  for (;;) {
    const size_t comma = options.find(',');
    if (options.substr(0, comma) == wanted) return true;
    if (comma == std::string_view::npos) return false;
    options.remove_prefix(comma + 1);
  }
}

// A space and a tab inside a field stand as \040 and \011. The kernel also escapes newline and backslash (\012, \134);
// node_exporter leaves those two as they are, and so must a label that has to equal its.
std::string Unescape(std::string_view field) {
  std::string text;
  text.reserve(field.size());
  while (!field.empty()) {
    if (field.starts_with("\\040") || field.starts_with("\\011")) {
      text += field[2] == '4' ? ' ' : '\t';
      field.remove_prefix(4);
    } else {
      text += field.front();
      field.remove_prefix(1);
    }
  }
  return text;
}

}  // namespace

void ParseMounts(std::string_view text, std::vector<Mount>* out, size_t* malformed) {
  std::unordered_set<std::string> seen;
  base::LineReader lines(text);
  std::string_view line;
  while (lines.Next(&line)) {
    base::FieldReader fields(line);
    const std::string_view device = fields.Next();
    const std::string_view mount_point = fields.Next();
    const std::string_view fs_type = fields.Next();
    const std::string_view options = fields.Next();
    if (options.empty()) {
      if (!device.empty()) ++*malformed;
      continue;
    }
    std::string key(device);
    key.append(1, ' ').append(mount_point).append(1, ' ').append(fs_type);
    if (!seen.insert(std::move(key)).second) continue;
    out->push_back({std::string(device), Unescape(mount_point), std::string(fs_type), HasOption(options, "ro")});
  }
}

bool AnswersLocally(std::string_view fs_type) {
  return std::binary_search(std::begin(kLocalTypes), std::end(kLocalTypes), fs_type);
}

std::string StripRootfs(std::string_view rootfs, std::string_view mount_point) {
  if (rootfs == "/" || rootfs.empty()) return std::string(mount_point);
  if (mount_point.starts_with(rootfs)) mount_point.remove_prefix(rootfs.size());
  return mount_point.empty() ? "/" : std::string(mount_point);
}

}  // namespace bekci::exporters::host
