#include "exporters/host/cpu_info.h"

#include <array>

#include "agent/base/text.h"

namespace bekci::exporters::host {
namespace {

// Keys of /proc/cpuinfo in the order of the labels of kCpuInfo.
constexpr std::array<std::string_view, 10> kKeys = {"physical id", "core id",   "processor",  "vendor_id",
                                                    "cpu family",  "model",     "model name", "microcode",
                                                    "stepping",    "cache size"};

void AddListed(const MetricSpec& spec, std::string_view list, NameFilter* filter, FamilySink& sink) {
  if (filter == nullptr) return;
  base::FieldReader fields(list);
  for (std::string_view field = fields.Next(); !field.empty(); field = fields.Next()) {
    if (filter->Wants(field)) sink.Add(spec, {field}, 1);
  }
}

}  // namespace

base::Result<std::unique_ptr<CpuInfo>> CpuInfo::Make(const HostEnvironment& environment,
                                                     const std::string& flags_include,
                                                     const std::string& bugs_include) {
  std::unique_ptr<CpuInfo> info(new CpuInfo(environment));
  if (!flags_include.empty()) {
    ASSIGN_OR_RETURN(auto filter, NameFilter::Make(flags_include, ""));
    info->flags_ = std::make_unique<NameFilter>(std::move(filter));
  }
  if (!bugs_include.empty()) {
    ASSIGN_OR_RETURN(auto filter, NameFilter::Make(bugs_include, ""));
    info->bugs_ = std::make_unique<NameFilter>(std::move(filter));
  }
  return info;
}

// Blocks of "key : value" lines, one per CPU, each ended by an empty line.
base::Status CpuInfo::Collect(FamilySink& sink) {
  ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
  base::LineReader lines(text);
  std::string_view line;
  std::array<std::string_view, kKeys.size()> values;
  bool in_block = false;
  bool first = true;
  bool more = true;
  while (more) {
    more = lines.Next(&line);
    const size_t colon = more ? line.find(':') : std::string_view::npos;
    if (colon == std::string_view::npos) {
      if (in_block && !values[2].empty()) {
        sink.Add(kCpuInfo, std::span<const std::string_view>(values), 1);
        first = false;
      }
      in_block = false;
      values = {};
      continue;
    }
    in_block = true;
    const std::string_view key = base::Trim(line.substr(0, colon));
    const std::string_view value = base::Trim(line.substr(colon + 1));
    for (size_t i = 0; i < kKeys.size(); ++i) {
      if (kKeys[i] == key && base::IsValidUtf8(value)) values[i] = value;
    }
    if (first && key == "flags") AddListed(kCpuFlagInfo, value, flags_.get(), sink);
    if (first && key == "bugs") AddListed(kCpuBugInfo, value, bugs_.get(), sink);
  }
  return base::OkStatus();
}

}  // namespace bekci::exporters::host
