#include "exporters/host/btrfs_volume.h"

#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

constexpr double kSectorBytes = 512;

// Bytes on devices per byte stored, for a file system of so many devices.
double RatioOf(std::string_view profile, size_t devices) {
  const double count = static_cast<double>(devices);
  if (profile == "single" || profile == "raid0") return 1;
  if (profile == "dup" || profile == "raid1" || profile == "raid10") return 2;
  if (profile == "raid5") return count / (count - 1);
  if (profile == "raid6") return count / (count - 2);
  return 0;
}

}  // namespace

BtrfsVolume::BtrfsVolume(AttributeReader& reader, const std::string& directory, const std::string& name)
    : reader_(reader), directory_(directory), name_(name), allocations_(3) {
  allocations_[0].kind = "data";
  allocations_[1].kind = "metadata";
  allocations_[2].kind = "system";
}

base::Status BtrfsVolume::Read() {
  AttributeFile label(reader_, directory_ + "/label");
  AttributeFile uuid(reader_, directory_ + "/metadata_uuid");
  reader_.ReadLabel(label, &label_);
  reader_.ReadLabel(uuid, &uuid_);
  if (uuid_.empty()) uuid_ = name_;
  RETURN_IF_ERROR(ReadDevices());
  ASSIGN_OR_RETURN(global_reserve_bytes_, ReadNumber("allocation/global_rsv_size"));
  for (Allocation& allocation : allocations_) RETURN_IF_ERROR(ReadAllocation(&allocation));
  return base::OkStatus();
}

base::Status BtrfsVolume::ReadDevices() {
  devices_.clear();
  ASSIGN_OR_RETURN(const auto names, reader_.fs().ListDirectory(directory_ + "/devices"));
  for (const std::string& name : names) {
    ASSIGN_OR_RETURN(const double sectors, ReadNumber("devices/" + name + "/size"));
    devices_.push_back({name, sectors * kSectorBytes});
  }
  return base::OkStatus();
}

base::Status BtrfsVolume::ReadAllocation(Allocation* allocation) {
  const std::string below = "allocation/" + std::string(allocation->kind);
  allocation->layouts.clear();
  ASSIGN_OR_RETURN(allocation->reserved_bytes, ReadNumber(below + "/bytes_reserved"));
  ASSIGN_OR_RETURN(const auto names, reader_.fs().ListDirectory(directory_ + "/" + below));
  for (const std::string& name : names) {
    // Profiles are directories among files of numbers, whose names all have an underscore or are "flags".
    if (name == "flags" || name.find('_') != std::string::npos) continue;
    Layout layout{name, 0, 0, RatioOf(name, devices_.size())};
    ASSIGN_OR_RETURN(layout.used_bytes, ReadNumber(below + "/" + name + "/used_bytes"));
    ASSIGN_OR_RETURN(layout.size_bytes, ReadNumber(below + "/" + name + "/total_bytes"));
    allocation->layouts.push_back(std::move(layout));
  }
  return base::OkStatus();
}

base::Result<double> BtrfsVolume::ReadNumber(const std::string& below) {
  AttributeFile file(reader_, directory_ + "/" + below);
  const auto text = reader_.Read(file);
  if (!text.ok()) {
    if (text.status().code() == base::Code::kNotFound) return 0.0;
    return text.status();
  }
  const auto value = base::ParseUint(*text);
  if (!value) return base::Corrupt(file.path() + ": is no number: " + base::Quoted(text->substr(0, 40)));
  return static_cast<double>(*value);
}

}  // namespace bekci::exporters::host
