#include "agent/web/site.h"

#include <exception>
#include <utility>

#include "agent/web/assets.h"
#include "agent/web/cross_site.h"
#include "agent/web/landing_page.h"
#include "agent/web/service_discovery.h"

namespace bekci::web {
namespace {

net::HttpResponse AssetAnswer(std::string_view content_type, std::string_view body) {
  net::HttpResponse response;
  response.content_type = content_type;
  response.body = body;
  response.headers.emplace_back("Cache-Control", "max-age=300");
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  return response;
}

std::vector<std::string> OwnHosts(const SiteFacts& facts) {
  std::vector<std::string> hosts = {facts.host, HostOf(facts.listen_address)};
  if (!facts.external_url.empty()) hosts.push_back(HostOf(facts.external_url));
  return hosts;
}

}  // namespace

Site::Site(SiteFacts facts, SiteHooks hooks, collect::Collection& collection, OwnMetrics& own, WebMetrics& metrics,
           WebGuard& guard, base::Clock& clock, base::Logger& log)
    : facts_(std::move(facts)),
      hooks_(std::move(hooks)),
      own_hosts_(OwnHosts(facts_)),
      collection_(collection),
      metrics_(metrics),
      guard_(guard),
      clock_(clock),
      log_(log),
      started_(clock.Monotonic()),
      metrics_page_(collection, own, metrics, facts_.host, clock, log),
      routes_(MakeRoutes()) {}

std::vector<Route> Site::MakeRoutes() {
  using Request = const net::HttpRequest&;
  const auto icon = [](Request) { return AssetAnswer("image/svg+xml", Icon()); };
  std::vector<Route> routes = {
      {.methods = "GET", .path = "/", .name = "landing", .handle = [this](Request) { return Landing(); }},
      {.methods = "GET",
       .path = "/metrics",
       .name = "metrics",
       .help = "Everything collected, and the agent's own metrics. collect[]= and exclude[]= choose.",
       .handle = [this](Request request) { return metrics_page_.Everything(request); }},
      {.methods = "GET",
       .path = "/metrics/",
       .below = true,
       .name = "instance",
       .help = "<collector>/<instance>: one instance as its peer exporter prints it.",
       .handle = [this](Request request) { return metrics_page_.Instance(request); }},
      {.methods = "GET",
       .path = "/sd",
       .name = "sd",
       .help = "Prometheus HTTP service discovery of the instance pages.",
       .handle =
           [this](Request request) {
             return ServiceDiscovery(request, collection_.States(), {facts_.host, facts_.listen_address});
           }},
      {.methods = "GET",
       .path = "/-/healthy",
       .name = "healthy",
       .help = "200 while the process answers.",
       .handle = [](Request) { return TextAnswer(200, "bekci is healthy."); }},
      {.methods = "GET",
       .path = "/-/ready",
       .name = "ready",
       .help = "200 when every instance has been collected once, else 503 and why.",
       .handle = [this](Request) { return Ready(); }},
      {.methods = "POST PUT",
       .path = "/-/reload",
       .name = "reload",
       .changes_state = true,
       .help = "Reads the configuration again; 500 and the reasons when it is bad.",
       .handle = [this](Request) { return Reload(); }},
      {.methods = "GET",
       .path = "/static/bekci.css",
       .name = "static",
       .handle = [](Request) { return AssetAnswer("text/css; charset=utf-8", StyleSheet()); }},
      {.methods = "GET", .path = "/static/icon.svg", .name = "static", .handle = icon},
      {.methods = "GET", .path = "/favicon.ico", .name = "static", .handle = icon},
  };
  routes.insert(routes.end(), hooks_.routes.begin(), hooks_.routes.end());
  return routes;
}

net::HttpResponse Site::Handle(const net::HttpRequest& request) {
  const base::MonotonicTime start = clock_.Monotonic();
  std::string_view handler = "none";
  net::HttpResponse response;
  try {
    response = Dispatch(request, &handler);
  } catch (const std::exception& error) {  // out of memory, mostly: this request is lost, the agent is not
    log_.Error("request failed", {{"handler", handler}, {"error", error.what()}});
    response = TextAnswer(500, "500 internal error; the log says more");
  }
  guard_.Decorate(&response);
  const size_t sent = request.method == "HEAD" ? 0 : response.body.size();
  metrics_.OnRequest(handler, request.method, response.status, clock_.Monotonic() - start, sent);
  return response;
}

net::HttpResponse Site::Dispatch(const net::HttpRequest& request, std::string_view* handler) {
  if (auto refusal = guard_.Refuse(request)) return std::move(*refusal);
  const Route* route = routes_.Find(request.path);
  if (route == nullptr) return routes_.NotFound(request.path);
  *handler = route->name;
  if (!route->Allows(request.method)) return RouteTable::MethodNotAllowed(*route, request.method);
  if (route->changes_state && request.method != "GET" && request.method != "HEAD") {
    const base::Status same_site = CheckSameSite(request, own_hosts_, guard_.authenticates());
    if (!same_site.ok()) return TextAnswer(403, "403 forbidden: " + same_site.message());
  }
  return route->handle(request);
}

std::string Site::NotReady() {
  if (ready_.load(std::memory_order_relaxed)) return "";
  if (!collection_.worker().running) return "the collection worker is not running";
  for (const collect::InstanceState& state : collection_.States()) {
    if (state.rounds == 0) {
      return "the first collection of " + state.config.collector + "/" + state.config.instance + " has not ended";
    }
  }
  if (hooks_.not_ready) {
    if (std::string reason = hooks_.not_ready(); !reason.empty()) return reason;
  }
  ready_.store(true, std::memory_order_relaxed);
  return "";
}

net::HttpResponse Site::Ready() {
  const std::string reason = NotReady();
  return reason.empty() ? TextAnswer(200, "bekci is ready.") : TextAnswer(503, "bekci is not ready: " + reason);
}

net::HttpResponse Site::Reload() {
  if (!hooks_.lifecycle_enabled()) {
    return TextAnswer(403, "403 forbidden: reloading over HTTP is off (web.enable_lifecycle); send SIGHUP");
  }
  const base::Status status = hooks_.reload();
  if (!status.ok()) return TextAnswer(500, "failed to reload, the old configuration stays:\n" + status.message());
  return TextAnswer(200, "reloaded");
}

net::HttpResponse Site::Landing() {
  LandingFacts facts;
  facts.host = facts_.host;
  facts.version = facts_.version;
  facts.config_file = facts_.config_file;
  facts.now = clock_.Now();
  facts.uptime = clock_.Monotonic() - started_;
  facts.not_ready = NotReady();
  facts.reload_error = hooks_.reload_error();
  facts.worker = collection_.worker();
  if (hooks_.alerts) facts.alerts = hooks_.alerts();
  return PageAnswer(LandingPage(facts, collection_.States(),
                                hooks_.targets ? hooks_.targets() : std::vector<collect::ActiveTarget>(),
                                routes_.routes()));
}

}  // namespace bekci::web
