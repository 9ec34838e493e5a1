#include "agent/wire/exposition.h"

#include "agent/wire/protobuf_writer.h"
#include "agent/wire/text_writer.h"

namespace bekci::wire {

void WriteExposition(std::span<const model::MetricFamily> families, const Negotiated& as, std::string* out) {
  if (as.format == Format::kProtobuf) {
    WriteProtobuf(families, as.escaping, out);
    return;
  }
  StringOutput output(out);
  TextWriter<StringOutput> writer(as, &output);
  for (const model::MetricFamily& family : families) writer.Family(family);
  WriteTrailer(as, out);
}

void WriteTrailer(const Negotiated& as, std::string* out) {
  if (as.format == Format::kOpenMetrics) out->append("# EOF\n");
}

}  // namespace bekci::wire
