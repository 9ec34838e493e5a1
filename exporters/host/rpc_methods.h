// What the parts nfs and nfsd share: a file of counter lines below /proc/net/rpc, numbers with a column of their own,
// and requests per protocol version and method. Thread rule: as every part.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "exporters/host/counter_lines.h"
#include "exporters/host/part.h"

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

// All that tells the client's part from the server's.
struct RpcTable {
  std::string_view file;    // below procfs
  std::string_view absent;  // what it means that there is none
  std::span<const CounterLine> lines;
  std::span<const RpcNumber> numbers;
  const MetricSpec* requests;
  std::span<const RpcMethods> versions;
};

class RpcPart final : public Part {
 public:
  // `table` outlives the part.
  RpcPart(const HostEnvironment& environment, const RpcTable& table)
      : table_(table), file_(environment.fs, environment.Proc(table.file), 64 << 10), lines_(table.lines) {}

  base::Status Collect(FamilySink& sink, base::MonotonicTime) override {
    const auto text = file_.Read();
    if (!text.ok() && text.status().code() == base::Code::kNotFound) return base::NoData(std::string(table_.absent));
    if (!text.ok()) return text.status();
    RETURN_IF_ERROR(lines_.Parse(file_.path(), *text));
    EmitNumbers(table_.numbers, lines_, sink);
    EmitMethods(*table_.requests, table_.versions, lines_, sink);
    return base::OkStatus();
  }

 private:
  const RpcTable& table_;
  base::RereadFile file_;
  CounterLines lines_;
};

}  // namespace bekci::exporters::host
