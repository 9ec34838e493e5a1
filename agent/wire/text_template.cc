#include "agent/wire/text_template.h"

#include <numeric>

#include "agent/base/status.h"
#include "agent/base/text.h"
#include "agent/wire/text_writer.h"

namespace bekci::wire {
namespace {

// Notes where numbers go instead of printing them. The numbers it is given are slots: see below.
class HoleOutput {
 public:
  struct Mark {
    size_t literal_end;
    uint32_t slot;
  };
  explicit HoleOutput(std::string* literals) : literals_(literals) {}
  std::string* Text() { return literals_; }
  void Number(double slot) { marks_.push_back({literals_->size(), static_cast<uint32_t>(slot)}); }
  std::vector<Mark>& marks() { return marks_; }

 private:
  std::string* literals_;
  std::vector<Mark> marks_;
};

uint32_t Offset(size_t at) {
  BEKCI_CHECK(at <= UINT32_MAX);  // 4 GiB of literals: the series caps end far below
  return static_cast<uint32_t>(at);
}

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
  HoleOutput output(&literals_);
  TextWriter<HoleOutput> writer(as, &output);
  for (model::MetricFamily& family : model::ToFamilies(numbered)) {
    if (!extra.empty()) {
      for (model::Metric& metric : family.metrics) metric.labels = extra.With(metric.labels);
    }
    Entry& entry = families_.emplace_back();
    entry.name = family.name;
    entry.type = family.type;
    entry.header_begin = Offset(literals_.size());
    const bool shown = !family.metrics.empty() && !family.name.empty();
    if (shown) {
      writer.Begin(family);
      writer.Header(family);
    }
    entry.header_end = Offset(literals_.size());
    entry.first_hole = Offset(holes_.size());
    if (shown) writer.Series(family);
    uint32_t begin = entry.header_end;
    for (const HoleOutput::Mark& mark : output.marks()) {
      holes_.push_back({begin, Offset(mark.literal_end), mark.slot});
      begin = Offset(mark.literal_end);
    }
    output.marks().clear();
    entry.holes = Offset(holes_.size()) - entry.first_hole;
    entry.tail_begin = begin;
    entry.tail_end = Offset(literals_.size());
  }
  literals_.shrink_to_fit();
  holes_.shrink_to_fit();
}

TextTemplate::Family TextTemplate::family(size_t i) const {
  return {families_[i].name, families_[i].type};
}

void TextTemplate::AppendHeader(size_t i, std::string* out) const {
  const Entry& entry = families_[i];
  out->append(literals_, entry.header_begin, entry.header_end - entry.header_begin);
}

void TextTemplate::AppendSeries(size_t i, const std::vector<double>& values, std::string* out) const {
  const Entry& entry = families_[i];
  const char* const literals = literals_.data();
  const Hole* hole = holes_.data() + entry.first_hole;
  for (const Hole* const end = hole + entry.holes; hole != end; ++hole) {
    out->append(literals + hole->literal_begin, hole->literal_end - hole->literal_begin);
    base::AppendDouble(out, values[hole->slot]);
  }
  out->append(literals + entry.tail_begin, entry.tail_end - entry.tail_begin);
}

}  // namespace bekci::wire
