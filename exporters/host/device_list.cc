#include "exporters/host/device_list.h"

#include <utility>

namespace bekci::exporters::host {
namespace {
constexpr base::Duration kRebuildInterval = base::minutes(5);
}  // namespace

base::Result<bool> DeviceList::Refresh() {
  auto names = fs_.ListDirectory(directory_);
  if (!names.ok()) {
    listed_ = false;
    names_.clear();
    if (names.status().code() == base::Code::kNotFound) return base::NoData("there is no " + directory_);
    return std::move(names).status();
  }
  const base::MonotonicTime now = clock_.Monotonic();
  if (listed_ && *names == names_ && now < next_rebuild_) return false;
  names_ = std::move(*names);
  listed_ = true;
  next_rebuild_ = now + kRebuildInterval;
  return true;
}

}  // namespace bekci::exporters::host
