#include "agent/collect/scrape_page.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "agent/base/text.h"

namespace bekci::collect {
namespace {

using model::MetricType;
using Pairs = std::vector<model::Labels::Pair>;

constexpr size_t kMaxLabelBytes = 60 << 10;  // of one series: it must fit a frame
// Lines that are remembered for each series that may be: comments and dropped samples are lines too.
constexpr uint64_t kLinesPerSeries = 8;

MetricSpec FamilyOf(std::string_view name) {
  MetricSpec spec;
  spec.name = name;
  return spec;
}

// Bounds of histograms and summaries are written in one way, whatever the page's: 1, 1.0 and 1e0 are one series.
std::string NormalBound(std::string_view text) {
  const auto number = base::ParseDouble(text);
  return number ? BoundText(*number) : std::string(text);
}

}  // namespace

std::string BoundText(double bound) {
  std::string text = base::DoubleText(bound);
  if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
  return text;
}

base::Status ScrapePage::Read(wire::Format format, std::string_view body, FamilySink& sink, ScrapeCounts* counts,
                              const std::function<base::Status()>& in_time) {
  Reading reading;
  reading.in_time = &in_time;
  reading.counts = counts;
  reading.max_series = sink.max_series();
  const wire::Dialect dialect =
      format == wire::Format::kOpenMetrics ? wire::Dialect::kOpenMetrics : wire::Dialect::kText;
  reading.values.reserve(slots_);
  // A sink that has forgotten (after a bad page, or one that was too large) must be told everything again.
  if (sink.remembered() != slots_) {
    Diverge(dialect, &reading);
    described_hash_ = 0;
  }
  base::Status status =
      format == wire::Format::kProtobuf ? ReadProtobuf(body, &reading) : ReadText(dialect, body, &reading);
  if (status.ok() && options_.sample_limit != 0 && counts->kept > options_.sample_limit) {
    status = base::LimitReached("sample limit exceeded: " + std::to_string(counts->kept) +
                                " samples, sample_limit is " + std::to_string(options_.sample_limit));
  }
  if (!status.ok()) {
    TakeBack(&reading);
    return status;
  }
  if (reading.in_step && reading.line < lines_.size()) Diverge(dialect, &reading);  // lines at the end are gone
  HandOver(reading, sink);
  if (format == wire::Format::kProtobuf) {
    SetDescriptions(std::move(protobuf_descriptions_), sink);
  } else if (!reading.in_step) {
    DescribeLines(dialect, sink);
  }
  return base::OkStatus();
}

void ScrapePage::HandOver(Reading& reading, FamilySink& sink) {
  const std::span<const double> values = reading.values;
  const size_t known = reading.in_step ? values.size() : reading.known_slots;
  (void)sink.AddUnchanged(values.first(known));  // it remembers them: Read has seen to that
  for (size_t i = known; i < values.size(); ++i) {
    const model::Labels& labels = reading.new_labels[i - known];
    sink.AddSeries(FamilyOf(labels.Get(model::kMetricName)), labels.Without(model::kMetricName), values[i]);
  }
  for (model::MetricFamily& family : reading.whole) sink.AddWhole(std::move(family));
}

// --- what is remembered ---

void ScrapePage::Remember(std::string_view text, Kind kind, uint32_t labels) {
  lines_.push_back({static_cast<uint32_t>(texts_.size()), static_cast<uint32_t>(text.size()), labels, kind});
  texts_ += text;
  if (kind == Kind::kSlot) ++slots_;
}

// From here on lines are new. What was remembered is put aside: it says which series were there before, and comes back
// if the page turns out to be bad.
void ScrapePage::Diverge(wire::Dialect dialect, Reading* reading) {
  reading->in_step = false;
  reading->known_slots = reading->values.size();
  const size_t from = reading->line;
  const size_t text_from = from < lines_.size() ? lines_[from].begin : texts_.size();
  reading->old_texts = texts_.substr(text_from);
  reading->old_lines.assign(lines_.begin() + static_cast<std::ptrdiff_t>(from), lines_.end());
  reading->old_whole_labels = whole_labels_;
  texts_.resize(text_from);
  lines_.resize(from);
  slots_ = reading->known_slots;
  whole_labels_.resize(static_cast<size_t>(
      std::count_if(lines_.begin(), lines_.end(), [](const Line& line) { return line.kind == Kind::kWhole; })));
  for (const Line& line : reading->old_lines) {
    if (line.kind == Kind::kComment) continue;
    reading->old_series.insert(std::string_view(reading->old_texts).substr(line.begin - text_from, line.size));
  }
  for (auto line = lines_.rbegin(); line != lines_.rend(); ++line) {
    if (line->kind != Kind::kComment || TextOf(*line).find("TYPE") == std::string_view::npos) continue;
    wire::SampleScanner scanner(TextOf(*line), dialect, kMaxLabelBytes);
    if (!wire::ReadMetadataLine(dialect, scanner, &metadata_).ok()) continue;
    if (metadata_.kind != wire::MetadataLine::Kind::kType) continue;
    reading->type = metadata_.type;
    break;
  }
}

void ScrapePage::TakeBack(Reading* reading) {
  if (reading->in_step) return;
  const size_t from = reading->line;
  const size_t text_from = from < lines_.size() ? lines_[from].begin : texts_.size();
  texts_.resize(text_from);
  texts_ += reading->old_texts;
  lines_.resize(std::min(from, lines_.size()));
  lines_.insert(lines_.end(), reading->old_lines.begin(), reading->old_lines.end());
  whole_labels_ = std::move(reading->old_whole_labels);
  slots_ = static_cast<size_t>(
      std::count_if(lines_.begin(), lines_.end(), [](const Line& line) { return line.kind == Kind::kSlot; }));
}

// --- points ---

bool ScrapePage::IsWhole(const model::Metric& point) const {
  return point.native || !point.exemplars.empty() || (point.timestamp && options_.honor_timestamps);
}

void ScrapePage::AddWhole(const model::Labels& labels, model::Metric point, Reading* reading) {
  const std::string name(labels.Get(model::kMetricName));
  const auto [at, is_new] = reading->whole_by_name.try_emplace(name, reading->whole.size());
  if (is_new) {
    model::MetricFamily& family = reading->whole.emplace_back();
    family.name = name;
    family.type = point.native ? MetricType::kHistogram : MetricType::kUntyped;
  }
  if (!options_.honor_timestamps) point.timestamp.reset();
  point.labels = labels.Without(model::kMetricName);
  reading->whole[at->second].metrics.push_back(std::move(point));
}

base::Status ScrapePage::CheckRoom(const Reading& reading) const {
  if (reading.max_series == 0) return base::OkStatus();
  if (slots_ + whole_labels_.size() > reading.max_series) {
    return base::LimitReached("more than " + std::to_string(reading.max_series) + " series (max_series)");
  }
  if (lines_.size() > kLinesPerSeries * reading.max_series) {
    return base::LimitReached("more than " + std::to_string(kLinesPerSeries * reading.max_series) +
                              " lines (8 for each of max_series)");
  }
  return base::OkStatus();
}

// A sample that was not expected here: its labels are made.
base::Status ScrapePage::AddNew(std::string_view text, std::string_view name, Pairs& shown, model::Metric point,
                                Reading* reading) {
  if (!reading->old_series.contains(text)) ++reading->counts->added;
  std::string bound;
  const bool histogram = reading->type == MetricType::kHistogram;
  if (histogram || reading->type == MetricType::kSummary) {
    for (auto& [label, value] : shown) {
      if (label == (histogram ? "le" : "quantile")) value = bound = NormalBound(value);
    }
  }
  ASSIGN_OR_RETURN(std::optional<model::Labels> labels, labels_.Make(name, shown));
  if (!labels) {
    Remember(text, Kind::kDropped);
    return CheckRoom(*reading);
  }
  ++reading->counts->kept;
  if (options_.sample_limit != 0 && reading->counts->kept > options_.sample_limit) return base::OkStatus();  // counted
  if (IsWhole(point)) {
    AddWhole(*labels, std::move(point), reading);
    Remember(text, Kind::kWhole, static_cast<uint32_t>(whole_labels_.size()));
    whole_labels_.push_back(std::move(*labels));
  } else {
    Remember(text, Kind::kSlot);
    reading->values.push_back(point.value);
    reading->new_labels.push_back(std::move(*labels));
  }
  return CheckRoom(*reading);
}

// --- text and OpenMetrics ---

// Whether the line that the scanner stands at is the remembered one, and taken.
base::Result<bool> ScrapePage::TakeKnown(wire::SampleScanner& scanner, Reading* reading) {
  if (reading->line >= lines_.size()) return false;
  const Line& line = lines_[reading->line];
  const std::string_view text = TextOf(line);
  if (line.kind == Kind::kComment) {
    if (!scanner.TakeLine(text)) return false;
    ++reading->line;
    return true;
  }
  const size_t at = scanner.at();
  const size_t number = scanner.line();
  if (!scanner.TakeSeries(text)) return false;
  model::Metric point;
  if (!scanner.TakeValueAndLineEnd(&point.value)) {
    RETURN_IF_ERROR(scanner.ReadRest(&sample_));
    point.value = sample_.value;
    point.timestamp = sample_.timestamp;
    if (sample_.has_exemplar) {
      point.exemplars.push_back(
          {model::Labels::FromPairs(sample_.exemplar_labels), sample_.exemplar_value, sample_.exemplar_timestamp});
    }
  }
  if (line.kind != Kind::kDropped && IsWhole(point) != (line.kind == Kind::kWhole)) {
    scanner.Return(at, number);
    return false;
  }
  CountKnown(std::move(point), reading);
  return true;
}

// The sample is that of the remembered line.
void ScrapePage::CountKnown(model::Metric point, Reading* reading) {
  const Line& line = lines_[reading->line++];
  ++reading->counts->scraped;
  if (line.kind == Kind::kDropped) return;
  ++reading->counts->kept;
  if (line.kind == Kind::kSlot) {
    reading->values.push_back(point.value);
  } else {
    AddWhole(whole_labels_[line.labels], std::move(point), reading);
  }
}

base::Status ScrapePage::TakeNew(wire::Dialect dialect, wire::SampleScanner& scanner, Reading* reading) {
  if (scanner.Peek() == '#') {
    const size_t begin = scanner.at();
    const std::string_view text = scanner.LineAtHand();
    RETURN_IF_ERROR(wire::ReadMetadataLine(dialect, scanner, &metadata_));
    if (metadata_.kind == wire::MetadataLine::Kind::kType) reading->type = metadata_.type;
    // A quoted name may hold line ends; such a line is read anew each time.
    if (scanner.at() <= begin + text.size() + 1) Remember(text, Kind::kComment);
    return CheckRoom(*reading);
  }
  RETURN_IF_ERROR(scanner.ReadSeries(&sample_));
  const std::string_view text = scanner.series_text();
  RETURN_IF_ERROR(scanner.ReadRest(&sample_));
  ++reading->counts->scraped;
  model::Metric point;
  point.value = sample_.value;
  point.timestamp = sample_.timestamp;
  if (sample_.has_exemplar) {
    point.exemplars.push_back(
        {model::Labels::FromPairs(sample_.exemplar_labels), sample_.exemplar_value, sample_.exemplar_timestamp});
  }
  return AddNew(text, sample_.name, sample_.labels, std::move(point), reading);
}

base::Status ScrapePage::ReadText(wire::Dialect dialect, std::string_view body, Reading* reading) {
  wire::SampleScanner scanner(body, dialect, kMaxLabelBytes);
  const bool text = dialect == wire::Dialect::kText;
  constexpr std::string_view kEnd = "# EOF";
  while (!scanner.AtEnd()) {
    RETURN_IF_ERROR(reading->Step());
    if (reading->in_step) {
      ASSIGN_OR_RETURN(const bool known, TakeKnown(scanner, reading));
      if (known) continue;
    }
    if (text) {
      scanner.SkipBlanks();
      if (scanner.Peek() == '\n') {
        scanner.RestOfLine();
        continue;
      }
    } else if (scanner.LineAtHand() == kEnd) {
      scanner.RestOfLine();
      return scanner.AtEnd() ? base::OkStatus() : scanner.Expected("nothing behind \"# EOF\"");
    }
    if (reading->in_step) Diverge(dialect, reading);
    RETURN_IF_ERROR(TakeNew(dialect, scanner, reading));
  }
  return text ? base::OkStatus() : scanner.Error("expected \"# EOF\", found end of text");
}

void ScrapePage::DescribeLines(wire::Dialect dialect, FamilySink& sink) {
  std::unordered_map<std::string, model::FamilySchema> by_name;
  for (const Line& line : lines_) {
    if (line.kind != Kind::kComment) continue;
    wire::SampleScanner scanner(TextOf(line), dialect, kMaxLabelBytes);
    if (!wire::ReadMetadataLine(dialect, scanner, &metadata_).ok()) continue;
    if (metadata_.kind == wire::MetadataLine::Kind::kComment || metadata_.kind == wire::MetadataLine::Kind::kEof) {
      continue;
    }
    model::FamilySchema& family = by_name[metadata_.name];
    if (metadata_.kind == wire::MetadataLine::Kind::kType) family.type = metadata_.type;
    if (metadata_.kind == wire::MetadataLine::Kind::kHelp) family.help = std::move(metadata_.text);
    if (metadata_.kind == wire::MetadataLine::Kind::kUnit) family.unit = std::move(metadata_.text);
  }
  std::vector<model::FamilySchema> descriptions;
  for (auto& [name, family] : by_name) {
    family.name = name;
    descriptions.push_back(std::move(family));
  }
  SetDescriptions(std::move(descriptions), sink);
}

void ScrapePage::SetDescriptions(std::vector<model::FamilySchema> descriptions, FamilySink& sink) {
  std::sort(descriptions.begin(), descriptions.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
  std::string all;
  for (model::FamilySchema& family : descriptions) {
    family.only_described = true;
    all += family.name + '\0' + family.help + '\0' + family.unit + '\0' + static_cast<char>(family.type);
  }
  const size_t hash = std::hash<std::string>{}(all);
  if (hash == std::exchange(described_hash_, hash)) return;
  sink.SetDescriptions(std::move(descriptions));
}

}  // namespace bekci::collect
