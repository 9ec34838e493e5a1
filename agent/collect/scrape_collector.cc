#include "agent/collect/scrape_collector.h"

#include "agent/collect/scrape_options.h"
#include "agent/collect/scrape_page.h"
#include "agent/collect/scrape_request.h"

namespace bekci::collect {
namespace {

// How much longer than the scrape itself the reading of its page may take: less than what the core lets pass before it
// takes this worker for one that hangs (collection_schedule.cc).
constexpr base::Duration kReadingTime = base::seconds(2);

class Scrape final : public Collector {
 public:
  Scrape(ScrapeOptions options, net::Url url, const config::Values& target, const Environment& environment)
      : options_(std::move(options)),
        forced_error_(target.String("forced_error")),
        clock_(*environment.clock),
        request_(options_, std::move(url), target.String("timeout"), *environment.fs, *environment.clock,
                 environment.scrape_bodies),
        page_({options_.labels, options_.honor_timestamps, options_.sample_limit, options_.native_histograms,
               options_.classic_too}) {}

  base::Status Collect(const CollectContext& context, FamilySink& sink) override {
    ScrapeCounts counts;
    base::Status status = Take(context, sink, &counts);
    sink.SetCounts(counts);
    return status;
  }

 private:
  base::Status Take(const CollectContext& context, FamilySink& sink, ScrapeCounts* counts) {
    if (!forced_error_.empty()) return base::LimitReached(forced_error_);
    auto page = request_.Ask(context.deadline, &counts->body_bytes);
    if (!page.ok()) return std::move(page).status();
    const auto in_time = [&] {
      if (clock_.Monotonic() < context.deadline + kReadingTime) return base::OkStatus();
      return base::Timeout("the page came in time, but to read it took too long");
    };
    base::Status status = page_.Read(page->format, page->body, sink, counts, in_time);
    request_.Recycle(std::move(*page));
    return status;
  }

  const ScrapeOptions options_;
  const std::string forced_error_;
  const base::Clock& clock_;
  ScrapeRequest request_;
  ScrapePage page_;
};

base::Result<std::unique_ptr<Collector>> Make(const config::Values& values, const Environment& environment) {
  config::Errors errors;
  ScrapeOptions options = ReadScrapeOptions(values, &errors);
  RETURN_IF_ERROR(errors.ToStatus());
  const config::Values& target = values.Section("target");
  ASSIGN_OR_RETURN(net::Url url, net::ParseUrl(target.String("url")));
  std::vector<model::Labels::Pair> labels;
  for (const auto& [name, value] : target.StringMap("labels")) labels.emplace_back(name, value);
  options.labels.target = model::Labels::FromPairs(std::move(labels));
  return std::unique_ptr<Collector>(std::make_unique<Scrape>(std::move(options), std::move(url), target, environment));
}

}  // namespace

const CollectorSpec kScrapeSpec = {
    .name = kScrapeCollector,
    .help = "Scrapes a target of scrape_configs.",
    .job = "",
    .options = TargetOptions(),
    .make = Make,
};

}  // namespace bekci::collect
