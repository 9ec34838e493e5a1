#include "exporters/host/attribute_table.h"

#include <cmath>
#include <limits>
#include <utility>

#include "agent/base/text.h"

namespace bekci::exporters::host {

AttributeTable::AttributeTable(AttributeReader& reader, std::span<const AttributeRow> rows,
                               const std::string& directory, WhenMissing when_missing, Parser parser)
    : reader_(reader), when_missing_(when_missing), parser_(parser) {
  for (const AttributeRow& row : rows) {
    AttributeFile file(reader, directory + "/" + std::string(row.file));
    if (when_missing == WhenMissing::kLeaveOut && !reader.fs().Exists(file.path())) continue;
    entries_.push_back({&row, std::move(file)});
  }
}

base::Status AttributeTable::Emit(std::span<const std::string_view> label_values, FamilySink& sink) {
  base::Status status;
  for (Entry& entry : entries_) {
    const auto text = reader_.Read(entry.file);
    double value = 0;
    if (text.ok()) {
      const auto number = parser_(*text);
      if (!number) {
        KeepFirst(&status, base::Corrupt(entry.file.path() + ": is no number: " + base::Quoted(text->substr(0, 40))));
        continue;
      }
      if (std::isnan(*number)) continue;
      value = *number * entry.row->factor;
    } else if (when_missing_ == WhenMissing::kLeaveOut) {
      continue;  // some drivers list a counter and refuse to read it
    } else if (text.status().code() != base::Code::kNotFound && text.status().code() != base::Code::kInvalid) {
      KeepFirst(&status, text.status());
      continue;
    }
    sink.Add(entry.row->spec, label_values, value);
  }
  return status;
}

std::optional<double> ParseCount(std::string_view text) {
  if (text.starts_with("N/A")) return std::numeric_limits<double>::quiet_NaN();
  const auto value = ParseUintAnyBase(text);
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

void KeepFirst(base::Status* status, base::Status next) {
  if (status->ok()) *status = std::move(next);
}

}  // namespace bekci::exporters::host
