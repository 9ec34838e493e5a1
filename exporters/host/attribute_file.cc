#include "exporters/host/attribute_file.h"

#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::host {

AttributeFile& AttributeFile::operator=(AttributeFile&& other) noexcept {
  if (this != &other) {
    Close();
    reader_ = other.reader_;
    path_ = std::move(other.path_);
    file_ = std::move(other.file_);
  }
  return *this;
}

void AttributeFile::Close() {
  if (file_ == nullptr) return;
  file_.reset();
  --reader_->open_;
}

base::Result<std::string_view> AttributeReader::Read(AttributeFile& file) {
  if (file.file_ != nullptr) {
    auto value = ReadOpen(file);
    if (value.ok() || value.status().code() != base::Code::kNotFound) return value;
    file.Close();
  }
  ASSIGN_OR_RETURN(file.file_, fs_.OpenRead(file.path_));
  ++open_;
  auto value = ReadOpen(file);
  if (open_ > max_open_) file.Close();
  return value;
}

base::Result<std::string_view> AttributeReader::ReadOpen(AttributeFile& file) {
  ASSIGN_OR_RETURN(const size_t length, file.file_->ReadAt(0, buffer_));
  if (length == buffer_.size()) return base::LimitReached("read " + file.path_ + ": longer than a page");
  return base::Trim(std::string_view(buffer_.data(), length));
}

std::optional<int64_t> AttributeReader::ReadInt(AttributeFile& file) {
  const auto value = Read(file);
  return value.ok() ? ParseIntAnyBase(*value) : std::nullopt;
}

std::optional<uint64_t> AttributeReader::ReadUint(AttributeFile& file) {
  const auto value = Read(file);
  return value.ok() ? ParseUintAnyBase(*value) : std::nullopt;
}

std::optional<double> AttributeReader::ReadDouble(AttributeFile& file) {
  const auto value = Read(file);
  return value.ok() ? base::ParseDouble(*value) : std::nullopt;
}

void AttributeReader::ReadLabel(AttributeFile& file, std::string* out) {
  const auto value = Read(file);
  if (!value.ok()) {
    out->clear();
  } else if (base::IsValidUtf8(*value)) {
    out->assign(*value);
  } else {
    *out = LabelText(*value);
  }
}

std::string LabelText(std::string_view text) {
  if (base::IsValidUtf8(text)) return std::string(text);
  std::string valid;
  bool in_bad_run = false;
  while (!text.empty()) {
    size_t length = 1;  // of the character at the front
    while (length <= 4 && length <= text.size() && !base::IsValidUtf8(text.substr(0, length))) ++length;
    const bool good = length <= 4 && length <= text.size();
    if (good) {
      valid += text.substr(0, length);
    } else if (!in_bad_run) {
      valid += "\xEF\xBF\xBD";
    }
    in_bad_run = !good;
    text.remove_prefix(good ? length : 1);
  }
  return valid;
}

std::optional<uint64_t> ParseUintAnyBase(std::string_view text) {
  if (text.starts_with("0x") || text.starts_with("0X")) return base::ParseUint(text.substr(2), 16);
  if (text.size() > 1 && text.front() == '0') return base::ParseUint(text.substr(1), 8);
  return base::ParseUint(text);
}

std::optional<int64_t> ParseIntAnyBase(std::string_view text) {
  const bool negative = text.starts_with('-');
  const auto magnitude = ParseUintAnyBase(text.substr(negative ? 1 : 0));
  constexpr uint64_t kMax = INT64_MAX;
  if (!magnitude || *magnitude > kMax + (negative ? 1 : 0)) return std::nullopt;
  // Through unsigned arithmetic, so that the lowest number, which has no positive twin, is no overflow.
  return static_cast<int64_t>(negative ? 0 - *magnitude : *magnitude);
}

std::vector<std::string> NumberedNames(const std::vector<std::string>& names, std::string_view prefix) {
  std::vector<std::string> numbered;
  for (const std::string& name : names) {
    if (name.size() <= prefix.size() || !name.starts_with(prefix)) continue;
    const char next = name[prefix.size()];
    if (next >= '0' && next <= '9') numbered.push_back(name);
  }
  return numbered;
}

}  // namespace bekci::exporters::host
