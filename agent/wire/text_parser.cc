// Reader of Prometheus text, 0.0.4 and 1.0.0 (quoted names).
//
// Takes what Prometheus' own parser takes, see sample_scanner.h, metadata_line.h and family_assembler.h; beyond it:
// negative timestamps and types in any letter case. Refused: an unknown type, values that are no numbers, names and
// strings that are not UTF-8, a label twice.
// Source: Prometheus exposition formats, "Text format details".
#include "agent/wire/exposition.h"
#include "agent/wire/family_assembler.h"
#include "agent/wire/metadata_line.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::wire {

base::Result<std::vector<model::MetricFamily>> ParseText(std::string_view text, const ParseOptions& options) {
  SampleScanner scanner(text, Dialect::kText, options.max_label_bytes);
  FamilyAssembler assembler(Dialect::kText);
  MetadataLine metadata;
  SampleLine sample;
  size_t series = 0;
  while (!scanner.AtEnd()) {
    scanner.SkipBlanks();
    if (scanner.Peek() == '\n') {
      scanner.RestOfLine();
    } else if (scanner.Peek() == '#') {
      RETURN_IF_ERROR(ReadMetadataLine(Dialect::kText, scanner, &metadata));
      assembler.Take(metadata);
    } else if (++series > options.max_series) {
      return base::LimitReached("more than " + std::to_string(options.max_series) + " series");
    } else {
      RETURN_IF_ERROR(scanner.ReadSample(&sample));
      assembler.Add(sample);
    }
  }
  return assembler.Finish();
}

}  // namespace bekci::wire
