#include "agent/wire/text_template.h"

#include <algorithm>
#include <numeric>

#include "agent/base/status.h"
#include "agent/base/text.h"
#include "agent/wire/text_writer.h"

namespace bekci::wire {
namespace {

uint32_t Offset(size_t at) {
  BEKCI_CHECK(at <= UINT32_MAX);  // 4 GiB of literals: the series caps end far below
  return static_cast<uint32_t>(at);
}

// Notes where numbers go instead of printing them. The numbers it is given are slots: see below.
template <typename Hole>
class HoleOutput {
 public:
  HoleOutput(std::string* literals, std::vector<Hole>* holes) : literals_(*literals), holes_(*holes) {}
  std::string* Text() { return &literals_; }
  void Number(double slot) { holes_.push_back({Offset(literals_.size()), static_cast<uint32_t>(slot)}); }

 private:
  std::string& literals_;
  std::vector<Hole>& holes_;
};

}  // namespace

// The schema is turned into families whose values are the numbers of their slots (exact: a slot fits 32 bits), and
// these are written as any page is. Every number that comes out of the writer then names the slot to print in its
// place.
TextTemplate::TextTemplate(const model::Schema& schema, const Negotiated& as, const model::Labels& extra) {
  BEKCI_CHECK(as.format != Format::kProtobuf);
  model::Round numbered;
  numbered.values.resize(schema.slots());
  std::iota(numbered.values.begin(), numbered.values.end(), 0.0);
  // ToFamilies only reads through the pointer while it runs; the schema stays the caller's.
  numbered.schema = std::shared_ptr<const model::Schema>(std::shared_ptr<const model::Schema>(), &schema);
  HoleOutput<Hole> output(&literals_, &holes_);
  TextWriter<HoleOutput<Hole>> writer(as, &output);
  for (model::MetricFamily& family : model::ToFamilies(numbered)) {
    if (!extra.empty()) {
      for (model::Metric& metric : family.metrics) metric.labels = extra.With(metric.labels);
    }
    writer.Family(family);
  }
  WriteTrailer(as, &literals_);
  Offset(literals_.size() + holes_.size() * base::kMaxDoubleText);  // so that spans can say where numbers stand
  literals_.shrink_to_fit();
  holes_.shrink_to_fit();
}

void TextTemplate::Write(const std::vector<double>& values, std::string* page, std::vector<TextSpan>* numbers) const {
  page->resize(literals_.size() + holes_.size() * base::kMaxDoubleText);
  if (numbers) numbers->resize(holes_.size());
  TextSpan* span = numbers ? numbers->data() : nullptr;
  char* const begin = page->data();
  char* out = begin;
  uint32_t literal = 0;
  for (const Hole& hole : holes_) {
    out = std::copy_n(literals_.data() + literal, hole.literal_end - literal, out);
    literal = hole.literal_end;
    const char* const number = out;
    out = base::WriteDouble(out, values[hole.slot]);
    if (span) *span++ = {static_cast<uint32_t>(number - begin), static_cast<uint32_t>(out - begin)};
  }
  out = std::copy(literals_.data() + literal, literals_.data() + literals_.size(), out);
  page->resize(static_cast<size_t>(out - begin));
}

}  // namespace bekci::wire
