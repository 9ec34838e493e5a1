// The requests that NFS client and server count per protocol version and method, each from a line of their file.
#pragma once

#include <span>
#include <string_view>

#include "exporters/host/counter_lines.h"

namespace bekci::exporters::host {

// The methods of one protocol version, in the order of the line's columns; an empty name is not shown.
struct RpcMethods {
  size_t line;  // index into the table of lines
  std::string_view proto;
  std::span<const std::string_view> names;
};

// Adds spec{method,proto} for each method of each version.
inline void EmitMethods(const MetricSpec& spec, std::span<const RpcMethods> versions, const CounterLines& lines,
                        FamilySink& sink) {
  for (const RpcMethods& version : versions) {
    for (size_t i = 0; i < version.names.size(); ++i) {
      if (version.names[i].empty()) continue;
      sink.Add(spec, {version.names[i], version.proto}, lines.At(version.line, i));
    }
  }
}

// A family, or a series of it, that has a column of its own.
struct RpcNumber {
  const MetricSpec* spec;
  size_t line;
  size_t column;
  std::string_view label = {};  // its label's value, where the family has one
};

inline void EmitNumbers(std::span<const RpcNumber> numbers, const CounterLines& lines, FamilySink& sink) {
  for (const RpcNumber& number : numbers) {
    const double value = lines.At(number.line, number.column);
    if (number.spec->labels.empty()) {
      sink.Add(*number.spec, value);
    } else {
      sink.Add(*number.spec, {number.label}, value);
    }
  }
}

}  // namespace bekci::exporters::host
