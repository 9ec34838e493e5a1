// os: which distribution this is, from os-release(5) below the host's root.
//
// The file changes with an upgrade only: one stat per round says whether it did.
#include <array>
#include <charconv>
#include <ctime>

#include "agent/base/text.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {
namespace {

constexpr MetricSpec kInfo = {
    "node_os_info", MetricType::kGauge,
    "A metric with a constant '1' value labeled by build_id, id, id_like, image_id, image_version, name, pretty_name, "
    "variant, variant_id, version, version_codename, version_id.",
    "build_id,id,id_like,image_id,image_version,name,pretty_name,variant,variant_id,version,version_codename,version_"
    "id"};
constexpr MetricSpec kVersion = {"node_os_version", MetricType::kGauge,
                                 "Metric containing the major.minor part of the OS version.", "id,id_like,name"};
constexpr MetricSpec kSupportEnd = {"node_os_support_end_timestamp_seconds", MetricType::kGauge,
                                    "Metric containing the end-of-life date timestamp of the OS."};
constexpr const MetricSpec* kMetrics[] = {&kInfo, &kVersion, &kSupportEnd};

// Keys of os-release in the order of the labels of kInfo.
constexpr std::array<std::string_view, 12> kKeys = {"BUILD_ID",      "ID",      "ID_LIKE",          "IMAGE_ID",
                                                    "IMAGE_VERSION", "NAME",    "PRETTY_NAME",      "VARIANT",
                                                    "VARIANT_ID",    "VERSION", "VERSION_CODENAME", "VERSION_ID"};
constexpr size_t kId = 1;
constexpr size_t kIdLike = 2;
constexpr size_t kName = 5;
constexpr size_t kVersionId = 11;

// The value of an assignment in shell notation: quotes of either kind, backslashes in double quotes and bare words.
std::string Unquote(std::string_view text) {
  text = base::Trim(text);
  const char quote = !text.empty() && (text[0] == '"' || text[0] == '\'') ? text[0] : '\0';
  if (quote != '\0') text.remove_prefix(1);
  std::string value;
  for (size_t i = 0; i < text.size() && (quote == '\0' || text[i] != quote); ++i) {
    if (text[i] == '\\' && quote != '\'' && i + 1 < text.size()) ++i;
    value += text[i];
  }
  return base::IsValidUtf8(value) ? value : std::string();
}

// "22.04.3" is 22.04, "12" is 12; nullopt for "rolling".
std::optional<double> MajorMinor(std::string_view version) {
  size_t end = 0;
  bool dot = false;
  while (end < version.size()) {
    const char c = version[end];
    if (c == '.' && !dot && end > 0) {
      dot = true;
    } else if (c < '0' || c > '9') {
      break;
    }
    ++end;
  }
  std::string_view number = version.substr(0, end);
  if (number.ends_with('.')) number.remove_suffix(1);
  return number.empty() ? std::nullopt : base::ParseDouble(number);
}

// Midnight UTC of "2028-06-10".
std::optional<double> ParseDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto year = base::ParseInt(text.substr(0, 4));
  const auto month = base::ParseInt(text.substr(5, 2));
  const auto day = base::ParseInt(text.substr(8, 2));
  if (!year || !month || !day || *month < 1 || *month > 12 || *day < 1 || *day > 31) return std::nullopt;
  struct tm date {};
  date.tm_year = static_cast<int>(*year - 1900);
  date.tm_mon = static_cast<int>(*month - 1);
  date.tm_mday = static_cast<int>(*day);
  return static_cast<double>(timegm(&date));
}

class Os : public Part {
 public:
  explicit Os(const HostEnvironment& environment)
      : fs_(environment.fs), paths_{environment.Root("etc/os-release"), environment.Root("usr/lib/os-release")} {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    RETURN_IF_ERROR(Refresh());
    std::array<std::string_view, kKeys.size()> labels;
    for (size_t i = 0; i < labels.size(); ++i) labels[i] = values_[i];
    sink.Add(kInfo, std::span<const std::string_view>(labels), 1);
    if (version_) sink.Add(kVersion, {labels[kId], labels[kIdLike], labels[kName]}, *version_);
    if (support_end_) sink.Add(kSupportEnd, *support_end_);
    return base::OkStatus();
  }

 private:
  base::Status Refresh() {
    for (const std::string& path : paths_) {
      const base::Result<base::FileInfo> info = fs_.Stat(path);
      if (info.status().code() == base::Code::kNotFound) continue;
      if (!info.ok()) return info.status();
      if (path == read_path_ && info->inode == inode_ && info->mtime_ns == mtime_ns_) return base::OkStatus();
      std::string text;
      RETURN_IF_ERROR(fs_.ReadFile(path, &text, 64 << 10));
      Parse(text);
      read_path_ = path;
      inode_ = info->inode;
      mtime_ns_ = info->mtime_ns;
      return base::OkStatus();
    }
    return base::NoData(paths_[0] + ": not there");
  }

  void Parse(std::string_view text) {
    values_ = {};
    support_end_ = std::nullopt;
    base::LineReader lines(text);
    std::string_view line;
    while (lines.Next(&line)) {
      const size_t equals = line.find('=');
      if (line.starts_with('#') || equals == std::string_view::npos) continue;
      const std::string_view key = line.substr(0, equals);
      for (size_t i = 0; i < kKeys.size(); ++i) {
        if (kKeys[i] == key) values_[i] = Unquote(line.substr(equals + 1));
      }
      if (key == "SUPPORT_END") support_end_ = ParseDate(Unquote(line.substr(equals + 1)));
    }
    version_ = MajorMinor(values_[kVersionId]);
  }

  base::FileSystem& fs_;
  const std::array<std::string, 2> paths_;
  std::string read_path_;
  uint64_t inode_ = 0;
  int64_t mtime_ns_ = 0;
  std::array<std::string, kKeys.size()> values_;
  std::optional<double> version_;
  std::optional<double> support_end_;
};

}  // namespace

extern const PartSpec kOs;
constinit const PartSpec kOs = {
    .name = "os",
    .help = "Which distribution this is.",
    .metrics = kMetrics,
    .make = MakePart<Os>,
};

}  // namespace bekci::exporters::host
