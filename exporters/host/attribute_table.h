// AttributeTable: the numbers of one device, one file each, as rows of a table: file name, family, unit.
//
// Drivers leave out what they do not count. Depending on the subject such a number is shown as 0, as node_exporter
// does, or not at all; a number that is there and cannot be read as one is an error, which costs only itself.
//
// Invariant: the reader and the rows outlive the table. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "exporters/host/attribute_file.h"
#include "exporters/host/part.h"

namespace bekci::exporters::host {

struct AttributeRow {
  std::string_view file;  // below the device's directory: "statistics/rx_frames"
  MetricSpec spec;
  double factor = 1;  // from the file's unit to the family's
};

enum class WhenMissing : unsigned char { kZero, kLeaveOut };

class AttributeTable {
 public:
  // Reads a value's text as a number. nullopt: it is none. NaN: the driver says that it does not know; no series then.
  using Parser = std::optional<double> (*)(std::string_view text);

  AttributeTable(AttributeReader& reader, std::span<const AttributeRow> rows, const std::string& directory,
                 WhenMissing when_missing, Parser parser);

  // Adds a series per row with these label values. The first error is returned after all rows were tried.
  base::Status Emit(std::span<const std::string_view> label_values, FamilySink& sink);

 private:
  struct Entry {
    const AttributeRow* row;
    AttributeFile file;
  };

  AttributeReader& reader_;
  std::vector<Entry> entries_;
  const WhenMissing when_missing_;
  const Parser parser_;
};

// Values as most drivers write them: a whole number, decimal or with 0x, not negative; "N/A (no PMA)" is NaN.
std::optional<double> ParseCount(std::string_view text);

// The first of several errors: `status` when it is one, else `next`.
void KeepFirst(base::Status* status, base::Status next);

}  // namespace bekci::exporters::host
