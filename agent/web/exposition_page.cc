#include "agent/web/exposition_page.h"

#include <algorithm>
#include <unordered_set>
#include <utility>

namespace bekci::web {
namespace {

constexpr size_t kMaxLogged = 200;  // distinct conflicts told; a target that invents new ones stays quiet after that

// Below this a compressed page saves no packet.
constexpr size_t kEncodeFromBytes = 1024;

// Identity of a point within its family: its labels and, where it has one, its time.
std::string PointKey(const model::Metric& metric) {
  return metric.timestamp ? metric.labels.data() + '\xff' + std::to_string(metric.timestamp->ms) : metric.labels.data();
}

}  // namespace

std::string ExpositionPage::Write(std::span<const PageSource> sources, const wire::Negotiated& as) {
  std::string page;
  WriteTo(&page, nullptr, sources, as);
  return page;
}

ExpositionPage::Encoded ExpositionPage::WriteEncoded(std::span<const PageSource> sources, const wire::Negotiated& as,
                                                     wire::ContentEncoding encoding) {
  Encoded answer;
  const bool gzip = encoding == wire::ContentEncoding::kGzip;
  std::vector<wire::TextSpan> numbers;
  const std::shared_ptr<const PageLayout> layout = WriteTo(&answer.body, gzip ? &numbers : nullptr, sources, as);
  answer.page_bytes = answer.body.size();
  if (encoding == wire::ContentEncoding::kIdentity || answer.body.size() < kEncodeFromBytes) return answer;
  if (std::string packed; gzip && !layout->general() && layout->Gzip(answer.body, numbers, &packed)) {
    answer.body = std::move(packed);
  } else if (auto compressed = wire::Compress(encoding, answer.body); compressed.ok()) {
    answer.body = std::move(compressed).value();
  } else {
    return answer;  // a page that cannot be compressed is sent as it is
  }
  answer.encoding = encoding;
  return answer;
}

std::shared_ptr<const PageLayout> ExpositionPage::WriteTo(std::string* page, std::vector<wire::TextSpan>* numbers,
                                                          std::span<const PageSource> sources,
                                                          const wire::Negotiated& as) {
  const LayoutKey key = KeyOf(sources, as);
  bool built = false;
  std::shared_ptr<const PageLayout> layout = layouts_.Get(sources, key, &built);
  if (built) layouts_built_.fetch_add(1, std::memory_order_relaxed);
  for (const std::string& problem : layout->problems()) LeaveOut(problem);

  std::vector<double> values;
  layout->Gather(sources, &values);
  if (layout->general()) {
    page->reserve(layout->page_bytes().load(std::memory_order_relaxed) + 1024);
    WriteGeneral(*layout, std::move(values), sources, as, page);
    layout->page_bytes().store(page->size(), std::memory_order_relaxed);
  } else {
    layout->text().Write(values, page, numbers);
  }
  return layout;
}

void ExpositionPage::WriteGeneral(const PageLayout& layout, std::vector<double> values,
                                  std::span<const PageSource> sources, const wire::Negotiated& as, std::string* page) {
  model::Round round;
  round.schema = layout.schema();
  round.values = std::move(values);
  std::vector<model::MetricFamily> families = model::ToFamilies(round);
  MergeExtra(sources, &families);
  wire::WriteExposition(families, as, page);
}

void ExpositionPage::MergeExtra(std::span<const PageSource> sources, std::vector<model::MetricFamily>* families) {
  for (const PageSource& source : sources) {
    for (const model::MetricFamily& extra : source.round->extra) {
      auto at = std::lower_bound(families->begin(), families->end(), extra.name,
                                 [](const model::MetricFamily& a, const std::string& name) { return a.name < name; });
      if (at == families->end() || at->name != extra.name) {
        at = families->insert(at, {extra.name, extra.help, extra.unit, extra.type, {}});
      } else if (at->type != extra.type) {
        LeaveOut(extra.name + " is both " + std::string(model::MetricTypeName(at->type)) + " and " +
                 std::string(model::MetricTypeName(extra.type)) + "; the latter is left out");
        continue;
      }
      std::unordered_set<std::string> present;
      for (const model::Metric& metric : at->metrics) present.insert(PointKey(metric));
      for (model::Metric metric : extra.metrics) {
        metric.labels = source.extra.With(metric.labels);
        if (present.insert(PointKey(metric)).second) {
          at->metrics.push_back(std::move(metric));
        } else {
          LeaveOut(extra.name + metric.labels.ToString() + " stands twice; the second is left out");
        }
      }
    }
  }
}

void ExpositionPage::LeaveOut(const std::string& problem) {
  left_out_.fetch_add(1, std::memory_order_relaxed);
  {
    base::MutexLock lock(mutex_);
    if (logged_.size() >= kMaxLogged || !logged_.insert(problem).second) return;
  }
  log_.Warn("left out of the metrics page", {{"reason", problem}});
}

}  // namespace bekci::web
