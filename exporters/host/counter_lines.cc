#include "exporters/host/counter_lines.h"

#include <algorithm>
#include <optional>

#include "agent/base/text.h"
#include "exporters/host/numbers.h"

namespace bekci::exporters::host {

CounterLines::CounterLines(std::span<const CounterLine> lines) : lines_(lines) {
  size_t next = 0;
  for (const CounterLine& line : lines_) {
    begins_.push_back(next);
    next += line.columns;
  }
  values_.resize(next);
}

base::Status CounterLines::Parse(const std::string& path, std::string_view text) {
  std::fill(values_.begin(), values_.end(), 0);
  base::LineReader reader(text);
  std::string_view line;
  size_t number = 1;
  for (; reader.Next(&line); ++number) {
    base::FieldReader fields(line);
    const std::string_view word = fields.Next();
    const auto known =
        std::find_if(lines_.begin(), lines_.end(), [&](const CounterLine& one) { return one.word == word; });
    if (known == lines_.end()) continue;
    double* const out = values_.data() + begins_[static_cast<size_t>(known - lines_.begin())];
    const base::Status status = ParseLine(fields.rest(), *known, out);
    if (!status.ok()) return DamagedLine(path, number, status.message());
  }
  return number > 1 ? base::OkStatus() : base::Corrupt(path + ": is empty");
}

base::Status CounterLines::ParseLine(std::string_view numbers, const CounterLine& line, double* out) const {
  base::FieldReader fields(numbers);
  std::optional<uint64_t> announced;
  if (line.counted) {
    announced = base::ParseUint(fields.Next());
    if (!announced) return base::Corrupt("expected the number of counters");
  }
  size_t found = 0;
  for (std::string_view field = fields.Next(); !field.empty(); field = fields.Next(), ++found) {
    if (found >= line.columns && !line.counted) break;  // what comes behind the known may be anything
    const auto value = base::ParseUint(field);
    if (!value) return base::Corrupt("expected whole numbers after " + base::Quoted(line.word));
    if (found < line.columns) out[found] = static_cast<double>(*value);
  }
  if (found < line.min_columns) return base::Corrupt("too few numbers after " + base::Quoted(line.word));
  if (announced && *announced != found) return base::Corrupt("the number of counters is not what the line says");
  return base::OkStatus();
}

}  // namespace bekci::exporters::host
