// nginx: what stub_status says, with nginx-prometheus-exporter's names.
#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "agent/base/text.h"
#include "agent/collect/collector.h"
#include "agent/net/http_client.h"
#include "exporters/nginx/discover.h"
#include "exporters/nginx/status_url.h"
#include "exporters/nginx/stub_status.h"

namespace bekci::exporters::nginx {

extern const collect::CollectorSpec kSpec;

namespace {

using collect::MetricSpec;
using model::MetricType;

constexpr size_t kMaxPageBytes = 64 << 10;
// Left of the collector's deadline for handing over.
constexpr base::Duration kReserve = base::milliseconds(100);

constexpr MetricSpec kUp = {"nginx_up", MetricType::kGauge, "Status of the last metric scrape"};
constexpr MetricSpec kAccepted = {"nginx_connections_accepted", MetricType::kCounter, "Accepted client connections"};
constexpr MetricSpec kActive = {"nginx_connections_active", MetricType::kGauge, "Active client connections"};
constexpr MetricSpec kHandled = {"nginx_connections_handled", MetricType::kCounter, "Handled client connections"};
constexpr MetricSpec kReading = {"nginx_connections_reading", MetricType::kGauge,
                                 "Connections where NGINX is reading the request header"};
constexpr MetricSpec kWaiting = {"nginx_connections_waiting", MetricType::kGauge, "Idle client connections"};
constexpr MetricSpec kWriting = {"nginx_connections_writing", MetricType::kGauge,
                                 "Connections where NGINX is writing the response back to the client"};
constexpr MetricSpec kRequests = {"nginx_http_requests_total", MetricType::kCounter, "Total http requests"};

struct Number {
  const MetricSpec* spec;
  uint64_t StubStatus::*member;
};
constexpr Number kNumbers[] = {
    {&kAccepted, &StubStatus::accepted}, {&kActive, &StubStatus::active},   {&kHandled, &StubStatus::handled},
    {&kReading, &StubStatus::reading},   {&kWaiting, &StubStatus::waiting}, {&kWriting, &StubStatus::writing},
    {&kRequests, &StubStatus::requests},
};
constexpr const MetricSpec* kMetrics[] = {&kUp,      &kAccepted, &kActive,  &kHandled,
                                          &kReading, &kWaiting,  &kWriting, &kRequests};

constexpr config::Option kOptions[] = {
    {.key = "url",
     .default_text = "http://127.0.0.1:8080/stub_status",
     .help = "Where stub_status is: http://..., https://... or unix:/SOCKET:/PATH."},
    {.key = "host", .help = "The Host to ask for, where the server block has a server_name. Empty: as in url."},
    {.key = "timeout",
     .type = config::Type::kDuration,
     .default_text = "2s",
     .help = "How long nginx has for its answer; never longer than deadline.",
     .min = 0.01,
     .max = 60},
    {.key = "ca_file", .help = "https: certificates to trust. Empty: the system's."},
    {.key = "cert_file", .help = "https: our own certificate, if nginx asks for one."},
    {.key = "key_file", .help = "https: its key."},
    {.key = "server_name", .help = "https: what the certificate must be for. Empty: the host of url."},
    {.key = "insecure_skip_verify",
     .type = config::Type::kBool,
     .default_text = "false",
     .help = "https: take any certificate."},
};

class Nginx : public collect::Collector {
 public:
  Nginx(std::unique_ptr<net::HttpClient> http, std::string path, base::Duration timeout, const base::Clock& clock)
      : http_(std::move(http)), path_(std::move(path)), timeout_(timeout), clock_(clock) {}

  base::Status Collect(const collect::CollectContext& context, collect::FamilySink& sink) override {
    const auto status = Ask(std::min(clock_.Monotonic() + timeout_, context.deadline - kReserve));
    sink.Add(kUp, status.ok() ? 1 : 0);
    if (!status.ok()) return status.status();
    for (const Number& number : kNumbers) sink.Add(*number.spec, static_cast<double>((*status).*number.member));
    return base::OkStatus();
  }

 private:
  base::Result<StubStatus> Ask(base::MonotonicTime deadline) {
    ASSIGN_OR_RETURN(const net::HttpAnswer answer, http_->Get(path_, kMaxPageBytes, deadline));
    const std::string where = http_->address().ToString() + path_;
    if (answer.status == 404) return base::NotFound(where + ": status 404; put `stub_status;` into that location");
    if (answer.status == 403) return base::Denied(where + ": status 403; its location needs `allow` for our address");
    if (answer.status != 200) return base::Unavailable(where + ": status " + std::to_string(answer.status));
    return ParseStubStatus(answer.body).WithContext(where);
  }

  const std::unique_ptr<net::HttpClient> http_;
  const std::string path_;
  const base::Duration timeout_;
  const base::Clock& clock_;
};

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  ASSIGN_OR_RETURN(StatusUrl url, ParseStatusUrl(options.String("url")));
  std::unique_ptr<net::ClientTlsOptions> tls;
  if (url.tls) {
    tls = std::make_unique<net::ClientTlsOptions>();
    tls->ca_file = options.String("ca_file");
    tls->cert_file = options.String("cert_file");
    tls->key_file = options.String("key_file");
    tls->server_name = options.String("server_name");
    tls->insecure_skip_verify = options.Bool("insecure_skip_verify");
  }
  std::string host = options.String("host").empty() ? url.host : options.String("host");
  if (host.find_first_of("\r\n \t") != std::string::npos)
    return base::Invalid("host: " + base::Quoted(host) + " is none");
  return std::unique_ptr<collect::Collector>(std::make_unique<Nginx>(
      std::make_unique<net::HttpClient>(std::move(url.address), std::move(tls), std::move(host), *environment.clock),
      std::move(url.path), options.Duration("timeout"), *environment.clock));
}

}  // namespace

constinit const collect::CollectorSpec kSpec = {
    .name = "nginx",
    .help = "nginx's connections and requests, from stub_status.",
    .job = "nginx",
    .options = kOptions,
    .metrics = kMetrics,
    .make = Make,
    .discover = Discover,
};

}  // namespace bekci::exporters::nginx
