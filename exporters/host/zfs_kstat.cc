#include "exporters/host/zfs_kstat.h"

#include "agent/base/text.h"
#include "exporters/host/attribute_file.h"
#include "exporters/host/numbers.h"

namespace bekci::exporters::host {
namespace {

constexpr std::string_view kUnsigned64 = "4";

bool IsHeading(std::string_view line) {
  base::FieldReader fields(line);
  return fields.Next() == "name" && fields.Next() == "type" && fields.Next() == "data" && fields.Next().empty();
}

}  // namespace

base::Status ParseKstat(const std::string& path, std::string_view text, std::string* dataset, const KstatNumber& each) {
  base::LineReader lines(text);
  std::string_view line;
  bool in_data = false;
  for (size_t number = 1; lines.Next(&line); ++number) {
    if (!in_data) {
      in_data = IsHeading(line);
      continue;
    }
    base::FieldReader fields(line);
    const std::string_view name = fields.Next();
    const std::string_view type = fields.Next();
    if (name == "dataset_name") {
      if (dataset != nullptr) *dataset = LabelText(base::Trim(fields.rest()));  // it may hold spaces
      continue;
    }
    const std::string_view data = fields.Next();
    if (type != kUnsigned64 || data.empty()) continue;
    const auto value = base::ParseUint(data);
    if (!value) return DamagedLine(path, number, "expected a whole number");
    each(name, static_cast<double>(*value));
  }
  return in_data ? base::OkStatus() : base::Corrupt(path + ": has no line \"name type data\"");
}

base::Status ParseKstatIo(const std::string& path, std::string_view text, const KstatNumber& each) {
  base::LineReader lines(text);
  std::string_view line;
  std::string_view heading;
  while (heading.empty() && lines.Next(&line)) {
    base::FieldReader fields(line);
    if (fields.Next() == "nread") heading = line;
  }
  if (heading.empty()) return base::Corrupt(path + ": has no line of headings");
  lines.Next(&line);
  base::FieldReader names(heading);
  base::FieldReader values(line);
  for (std::string_view name = names.Next(); !name.empty(); name = names.Next()) {
    const auto value = base::ParseUint(values.Next());
    if (!value) return base::Corrupt(path + ": " + base::Quoted(name) + " is no whole number");
    each(name, static_cast<double>(*value));
  }
  return base::OkStatus();
}

}  // namespace bekci::exporters::host
