#include "exporters/nginx/stub_status.h"

#include "agent/base/text.h"

namespace bekci::exporters::nginx {
namespace {

bool Number(base::FieldReader& fields, uint64_t* out) {
  const auto number = base::ParseUint(fields.Next());
  if (number) *out = *number;
  return number.has_value();
}

bool Word(base::FieldReader& fields, std::string_view word) {
  return fields.Next() == word;
}

}  // namespace

base::Result<StubStatus> ParseStubStatus(std::string_view text) {
  StubStatus status;
  base::LineReader lines(text);
  std::string_view line;
  for (int i = 0; i < 4; ++i) {
    if (!lines.Next(&line)) return base::Corrupt("stub_status: the page ends after line " + std::to_string(i));
    base::FieldReader fields(base::Trim(line));
    bool good = false;
    if (i == 0) good = Word(fields, "Active") && Word(fields, "connections:") && Number(fields, &status.active);
    if (i == 1) {
      good = Word(fields, "server") && Word(fields, "accepts") && Word(fields, "handled") && Word(fields, "requests");
    }
    if (i == 2) {
      good = Number(fields, &status.accepted) && Number(fields, &status.handled) && Number(fields, &status.requests);
    }
    if (i == 3) {
      good = Word(fields, "Reading:") && Number(fields, &status.reading) && Word(fields, "Writing:") &&
             Number(fields, &status.writing) && Word(fields, "Waiting:") && Number(fields, &status.waiting);
    }
    if (!good) {
      return base::Corrupt("stub_status: line " + std::to_string(i + 1) + " is " + base::Quoted(line.substr(0, 80)));
    }
  }
  return status;
}

}  // namespace bekci::exporters::nginx
