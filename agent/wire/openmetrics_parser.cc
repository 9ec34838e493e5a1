// Reader of OpenMetrics 1.0.0 and 0.0.1.
//
// Strict as Prometheus' own parser is: single blanks, no empty lines, no comments, known types, a unit that ends the
// name, "# EOF" as the last line and nothing behind it. Tolerant where it is: metadata in any order and also behind
// samples, families that are interleaved, samples without metadata or with a suffix that their type does not have,
// values that the type forbids, a HELP line without text. PHP-FPM's own page needs this: its counters lack _total and
// one family has its type before its help. Source: OpenMetrics 1.0.0.
#include "agent/wire/exposition.h"
#include "agent/wire/family_assembler.h"
#include "agent/wire/metadata_line.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::wire {

base::Result<std::vector<model::MetricFamily>> ParseOpenMetrics(std::string_view text, const ParseOptions& options) {
  SampleScanner scanner(text, Dialect::kOpenMetrics, options.max_label_bytes);
  FamilyAssembler assembler(Dialect::kOpenMetrics);
  MetadataLine metadata;
  SampleLine sample;
  size_t series = 0;
  while (metadata.kind != MetadataLine::Kind::kEof) {
    if (scanner.AtEnd()) return scanner.Error("expected \"# EOF\", found end of text");
    if (scanner.Peek() == '#') {
      RETURN_IF_ERROR(ReadMetadataLine(Dialect::kOpenMetrics, scanner, &metadata));
      assembler.Take(metadata);
    } else if (++series > options.max_series) {
      return base::LimitReached("more than " + std::to_string(options.max_series) + " series");
    } else {
      RETURN_IF_ERROR(scanner.ReadSample(&sample));
      assembler.Add(sample);
    }
  }
  if (!scanner.AtEnd()) return scanner.Expected("nothing behind \"# EOF\"");
  return assembler.Finish();
}

}  // namespace bekci::wire
