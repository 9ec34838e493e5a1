#include "agent/web/metrics_handler.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "agent/base/text.h"
#include "agent/web/route.h"

namespace bekci::web {
namespace {

constexpr std::string_view kTimeoutHeader = "X-Prometheus-Scrape-Timeout-Seconds";
constexpr base::Duration kDefaultScrapeTime = base::seconds(10);
constexpr double kMaxTimeoutSeconds = 600;

std::vector<std::string> Strings(const std::vector<std::string_view>& views) {
  return {views.begin(), views.end()};
}

// Takes kOwnCollector out of `names`; true if it was there.
bool TakeOwn(std::vector<std::string>* names) {
  return std::erase(*names, kOwnCollector) > 0;
}

// `all` with the newer states of `collected` in the place of the older ones. Both are sorted alike.
void Refresh(const std::vector<collect::InstanceState>& collected, std::vector<collect::InstanceState>* all) {
  std::map<std::pair<std::string_view, std::string_view>, const collect::InstanceState*> newer;
  for (const collect::InstanceState& state : collected) {
    newer[{state.config.collector, state.config.instance}] = &state;
  }
  for (collect::InstanceState& state : *all) {
    const auto it = newer.find({state.config.collector, state.config.instance});
    if (it != newer.end()) state = *it->second;
  }
}

// Adds the rounds of `collected` to the page; collectors with several instances among `all` get the instance label.
void AddSources(const std::vector<collect::InstanceState>& collected, const std::vector<collect::InstanceState>& all,
                std::vector<PageSource>* sources) {
  std::map<std::string_view, int> instances;
  for (const collect::InstanceState& state : all) ++instances[state.config.collector];
  for (const collect::InstanceState& state : collected) {
    if (state.round == nullptr) continue;
    PageSource& source = sources->emplace_back(PageSource{state.round, {}});
    if (instances[state.config.collector] > 1) source.extra = model::Labels{{"instance", state.config.instance}};
  }
}

}  // namespace

base::Duration ScrapeTime(const net::HttpRequest& request) {
  const std::optional<double> seconds = base::ParseDouble(request.Header(kTimeoutHeader));
  if (!seconds || !(*seconds > 0) || *seconds > kMaxTimeoutSeconds) return kDefaultScrapeTime;
  return base::FromSeconds(*seconds - std::min(0.5, *seconds * 0.2));
}

net::HttpResponse MetricsHandler::Everything(const net::HttpRequest& request) {
  collect::Selection selection;
  selection.only = Strings(request.QueryAll("collect[]"));
  selection.exclude = Strings(request.QueryAll("exclude[]"));
  if (!selection.only.empty() && !selection.exclude.empty()) {
    return TextAnswer(400, "collect[] and exclude[] cannot be used together");
  }
  const bool own_only = TakeOwn(&selection.only) && selection.only.empty();
  const bool own = !TakeOwn(&selection.exclude);

  std::vector<collect::InstanceState> collected;
  if (!own_only) {
    auto result = collection_.Collect(selection, clock_.Monotonic() + ScrapeTime(request));
    if (result.ok()) {
      collected = std::move(result).value();
    } else if (result.status().code() == base::Code::kNotFound || result.status().code() == base::Code::kInvalid) {
      return TextAnswer(400, result.status().message());
    }  // otherwise the agent's own metrics tell that there is no worker
  }
  std::vector<collect::InstanceState> all = collection_.States();
  Refresh(collected, &all);

  // The agent's own come first: what a target or a text file claims to be the agent's is what is left out.
  std::vector<PageSource> sources;
  if (own) sources.push_back({OwnRound(all), {}});
  AddSources(collected, all, &sources);
  return Answer(request, sources);
}

net::HttpResponse MetricsHandler::Instance(const net::HttpRequest& request) {
  constexpr std::string_view kPrefix = "/metrics/";
  const std::string_view rest = std::string_view(request.path).substr(kPrefix.size());
  const size_t slash = rest.find('/');
  if (slash == std::string_view::npos || slash == 0 || slash + 1 == rest.size()) {
    return TextAnswer(404,
                      "404 not found: the page of one instance is /metrics/<collector>/<instance>; /sd lists them");
  }
  collect::Selection selection;
  selection.collector = rest.substr(0, slash);
  selection.instance = rest.substr(slash + 1);
  if (selection.collector == kOwnCollector && selection.instance == host_) return OwnPage(request);
  selection.only = Strings(request.QueryAll("collect[]"));
  selection.exclude = Strings(request.QueryAll("exclude[]"));
  if (!selection.only.empty() && !selection.exclude.empty()) {
    return TextAnswer(400, "collect[] and exclude[] cannot be used together");
  }

  auto result = collection_.Collect(selection, clock_.Monotonic() + ScrapeTime(request));
  if (!result.ok() || result->empty()) {
    const bool unknown = result.ok() || result.status().code() == base::Code::kNotFound;
    const std::string why = result.ok() ? "no such instance" : result.status().message();
    return TextAnswer(unknown ? 404 : 503, why + (unknown ? "; /sd lists the pages there are" : ""));
  }
  const collect::InstanceState& state = result->front();
  if (state.round == nullptr && !state.status.ok() && state.status.code() != base::Code::kNoData) {
    return TextAnswer(503, state.config.collector + "/" + state.config.instance + ": " + state.status.message());
  }
  std::vector<PageSource> sources;
  if (state.round != nullptr) sources.push_back({state.round, {}});
  return Answer(request, sources);
}

net::HttpResponse MetricsHandler::OwnPage(const net::HttpRequest& request) {
  const PageSource source{OwnRound(collection_.States()), {}};
  return Answer(request, std::span(&source, 1));
}

std::shared_ptr<const model::Round> MetricsHandler::OwnRound(std::span<const collect::InstanceState> states) {
  base::MutexLock lock(own_mutex_);
  own_sink_.Begin();
  own_.Collect(states, own_sink_);
  return std::make_shared<const model::Round>(own_sink_.FinishRound());
}

net::HttpResponse MetricsHandler::Answer(const net::HttpRequest& request, std::span<const PageSource> sources) {
  const wire::Negotiated as = wire::Negotiate(request.Header("Accept"));
  net::HttpResponse response;
  response.content_type = as.ContentType();
  response.headers.emplace_back("Vary", "Accept, Accept-Encoding");
  // Where a client takes both, gzip wins for text, whose layout has it for a fifth of what zstd takes (host's page of
  // 59 KB: 25 us against 90), and zstd for protobuf, which is compressed the general way.
  const bool text = as.format != wire::Format::kProtobuf;
  const auto preferred = text ? wire::ContentEncoding::kGzip : wire::ContentEncoding::kZstd;
  ExpositionPage::Encoded page =
      page_.WriteEncoded(sources, as, wire::NegotiateEncoding(request.Header("Accept-Encoding"), preferred));
  metrics_.OnScrape(as.format, page.page_bytes);
  response.body = std::move(page.body);
  if (page.encoding != wire::ContentEncoding::kIdentity) {
    response.headers.emplace_back("Content-Encoding", wire::ContentEncodingName(page.encoding));
  }
  return response;
}

}  // namespace bekci::web
