#include "exporters/host/numbers.h"

#include <algorithm>

namespace bekci::exporters::host {

std::optional<double> WholeNumber(std::string_view text) {
  if (const auto positive = base::ParseUint(text)) return static_cast<double>(*positive);
  if (const auto negative = base::ParseInt(text)) return static_cast<double>(*negative);
  return std::nullopt;
}

std::string_view DigitsAfter(std::string_view text, std::string_view prefix) {
  if (text.substr(0, prefix.size()) != prefix) return {};
  text.remove_prefix(prefix.size());
  const bool digits = std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  return digits ? text : std::string_view();
}

bool ReadColumns(base::FieldReader& fields, size_t count, uint64_t* out, int number_base) {
  for (size_t i = 0; i < count; ++i) {
    const auto value = base::ParseUint(fields.Next(), number_base);
    if (!value) return false;
    out[i] = *value;
  }
  return true;
}

base::Result<double> NumberFile::Read() {
  ASSIGN_OR_RETURN(const std::string_view text, file_.Read());
  const auto value = WholeNumber(base::Trim(text));
  if (!value) return base::Corrupt(file_.path() + ": expected one whole number");
  return *value;
}

base::Status DamagedLine(const std::string& path, size_t line, std::string_view what) {
  std::string message = path;
  message.append(": line ");
  base::AppendInt(&message, static_cast<int64_t>(line));
  message.append(": ").append(what);
  return base::Corrupt(std::move(message));
}

}  // namespace bekci::exporters::host
