#include "agent/web/web_metrics.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <algorithm>
#include <array>
#include <string>

namespace bekci::web {
namespace {

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"};

// A hot page takes well under a millisecond, a scrape of slow targets up to the scraper's time-out.
const prometheus::Histogram::BucketBoundaries kDurationBounds = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05,
                                                                 0.1,    0.25,  0.5,    1,     2.5,  5,     10};
const prometheus::Histogram::BucketBoundaries kSizeBounds = {256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304};

std::string Method(std::string_view method) {
  const bool usual = std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
  return usual ? std::string(method) : "other";
}

}  // namespace

struct WebMetrics::Families {
  prometheus::Family<prometheus::Counter>& requests;
  prometheus::Family<prometheus::Histogram>& durations;
  prometheus::Family<prometheus::Histogram>& sizes;
  std::array<prometheus::Counter*, 3> scrapes;  // by wire::Format
  prometheus::Histogram& page_bytes;
};

WebMetrics::WebMetrics(prometheus::Registry& registry) {
  auto& scrapes = prometheus::BuildCounter()
                      .Name("bekci_scrapes_total")
                      .Help("Pages of metrics written, by exposition format.")
                      .Register(registry);
  families_ = std::make_unique<Families>(Families{
      prometheus::BuildCounter().Name("bekci_http_requests_total").Help("HTTP requests answered.").Register(registry),
      prometheus::BuildHistogram()
          .Name("bekci_http_request_duration_seconds")
          .Help("Time from a whole request to its whole answer.")
          .Register(registry),
      prometheus::BuildHistogram()
          .Name("bekci_http_response_size_bytes")
          .Help("Length of answers as sent, without their head.")
          .Register(registry),
      {&scrapes.Add({{"format", "text"}}), &scrapes.Add({{"format", "openmetrics"}}),
       &scrapes.Add({{"format", "protobuf"}})},
      prometheus::BuildHistogram()
          .Name("bekci_scrape_page_size_bytes")
          .Help("Length of pages of metrics before compression.")
          .Register(registry)
          .Add({}, kSizeBounds)});
}

WebMetrics::~WebMetrics() = default;

void WebMetrics::OnRequest(std::string_view handler, std::string_view method, int status, base::Duration duration,
                           size_t response_bytes) {
  const std::string name(handler);
  families_->requests.Add({{"code", std::to_string(status)}, {"handler", name}, {"method", Method(method)}})
      .Increment();
  families_->durations.Add({{"handler", name}}, kDurationBounds).Observe(base::ToSeconds(duration));
  families_->sizes.Add({{"handler", name}}, kSizeBounds).Observe(static_cast<double>(response_bytes));
}

void WebMetrics::OnScrape(wire::Format format, size_t bytes) {
  families_->scrapes[static_cast<size_t>(format)]->Increment();
  families_->page_bytes.Observe(static_cast<double>(bytes));
}

}  // namespace bekci::web
