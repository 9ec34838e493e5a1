// Numbers as procfs and sysfs write them: whole, decimal, alone in a file or in columns.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/base/text.h"

namespace bekci::exporters::host {

// A whole number of either sign as a sample value; what is not one, or does not fit 64 bits, is nullopt.
std::optional<double> WholeNumber(std::string_view text);

// Splits "cpu12" or "node0" after `prefix`: the digits, or empty when the text is anything else.
std::string_view DigitsAfter(std::string_view text, std::string_view prefix);

// The next `count` columns as unsigned numbers. False when one is missing or is no number.
bool ReadColumns(base::FieldReader& fields, size_t count, uint64_t* out, int number_base = 10);

// A file that holds one whole number and nothing else, read every round.
class NumberFile {
 public:
  NumberFile(base::FileSystem& fs, std::string path) : file_(fs, std::move(path), 64) {}
  // Errors: those of the file; corrupt when it holds something else.
  base::Result<double> Read();

 private:
  base::RereadFile file_;
};

// "path: line 3: what": a damaged line, for a person.
base::Status DamagedLine(const std::string& path, size_t line, std::string_view what);

}  // namespace bekci::exporters::host
