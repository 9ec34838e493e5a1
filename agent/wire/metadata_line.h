// The lines of the text formats that begin with '#': HELP, TYPE, UNIT, the end, and comments.
//
// Text: metadata needs blanks around its keyword, everything else is a comment; a HELP line without a readable name is
// one too; types in any letter case. OpenMetrics: single blanks, no comments, known types, a unit that ends the name.
// Source: Prometheus exposition formats, "Text format details"; OpenMetrics 1.0.0; Prometheus' parsers.
// Thread rule: a pure function.
#pragma once

#include <string>

#include "agent/base/status.h"
#include "agent/model/metric_family.h"
#include "agent/wire/sample_scanner.h"

namespace bekci::wire {

struct MetadataLine {
  enum class Kind : unsigned char { kComment, kHelp, kType, kUnit, kEof };
  Kind kind = Kind::kComment;
  std::string name;
  std::string text;  // of kHelp and kUnit, unescaped
  model::MetricType type = model::MetricType::kUntyped;
};

// Reads the line that `scanner` stands at, whose next character is '#', with its line end.
// Errors: invalid, "line 12: ...".
base::Status ReadMetadataLine(Dialect dialect, SampleScanner& scanner, MetadataLine* line);

}  // namespace bekci::wire
