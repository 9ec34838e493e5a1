// The redis collector: Redis 5 to 8 and Valkey, standalone, replica, sentinel or cluster node, as redis_exporter shows
// them.
//
// A round is one write (login, PING, INFO and every part's commands) and the reads of its replies; only what depends on
// answers (SCAN, a sentinel's masters) takes further exchanges. What the server is, decides what it is asked; that is
// learned from one INFO when a connection is new.
//
// redis_up is 1 when the server answers INFO, also while it refuses its clients (LOADING, MASTERDOWN), as
// redis_exporter has it: redis_loading_dump_file and redis_master_link_up are there to tell. The log says what PING
// answers then.
//
// Thread rule: one thread at a time.
#include <algorithm>
#include <string>
#include <vector>

#include "agent/base/text.h"
#include "agent/collect/collector.h"
#include "exporters/redis/config_part.h"
#include "exporters/redis/discover.h"
#include "exporters/redis/info_page.h"
#include "exporters/redis/part.h"

namespace bekci::exporters::redis {

extern const collect::CollectorSpec kSpec;

namespace {

using enum model::MetricType;

constexpr MetricSpec kUp = {"redis_up", kGauge, "Information about the Redis instance"};
constexpr MetricSpec kConnectTime = {"redis_exporter_last_scrape_connect_time_seconds", kGauge,
                                     "exporter_last_scrape_connect_time_seconds metric"};
constexpr MetricSpec kScrapeDuration = {"redis_exporter_last_scrape_duration_seconds", kGauge,
                                        "exporter_last_scrape_duration_seconds metric"};
constexpr MetricSpec kScrapeError = {"redis_exporter_last_scrape_error", kGauge, "The last scrape error status.",
                                     "err"};
constexpr MetricSpec kScrapes = {"redis_exporter_scrapes_total", kCounter, "Current total redis scrapes."};
constexpr MetricSpec kScrapeDurations = {"redis_exporter_scrape_duration_seconds", kSummary,
                                         "Durations of scrapes by the exporter"};
constexpr const MetricSpec* kOwnMetrics[] = {&kUp,          &kConnectTime, &kScrapeDuration,
                                             &kScrapeError, &kScrapes,     &kScrapeDurations};

// The sections of INFO that can be asked for and excluded like parts.
constexpr std::string_view kInfoParts[] = {"info", "commandstats", "errorstats", "latencystats", "keyspace", "modules"};
constexpr std::string_view kConfigPart = "config";

class Redis : public collect::Collector {
 public:
  Redis(Settings settings, const collect::Environment& environment);
  base::Status Collect(const collect::CollectContext& context, FamilySink& sink) override;

 private:
  struct Running {
    std::string_view name;
    std::unique_ptr<Part> part;
    base::Code last = base::Code::kOk;  // how it went last time, so that only a change is logged
    bool wanted = false;                // in this round
    size_t first_reply = 0, replies = 0;
    base::Status taken = {};  // what its replies of the common exchange came to
  };

  base::Status Scrape(const collect::CollectContext& context, base::MonotonicTime deadline, FamilySink& sink);
  base::Status Learn(base::MonotonicTime deadline);
  base::Status Exchange(base::MonotonicTime deadline, Replies* replies);
  base::Status ShowReplies(const InfoWanted& wanted, Replies replies, base::MonotonicTime deadline, FamilySink& sink);
  void Finish(Running& running, const base::Status& status);
  void TellWhetherItServes(const Reply& ping);
  RoundView View(base::MonotonicTime deadline);

  const Settings settings_;
  base::Clock& clock_;
  base::Logger& log_;
  Session session_;
  ServerFacts facts_;
  InfoPage page_;
  CommandStats commands_;
  LabelTexts labels_;
  Pipeline pipeline_;
  ConfigPart* config_ = nullptr;
  std::vector<Running> parts_;
  bool serves_ = true;  // its clients; so that only a change is logged
  double scrapes_ = 0;
  double seconds_ = 0;
};

Redis::Redis(Settings settings, const collect::Environment& environment)
    : settings_(std::move(settings)),
      clock_(*environment.clock),
      log_(*environment.log),
      session_(settings_.address,
               settings_.tls ? std::make_unique<net::ClientTlsOptions>(settings_.tls_options) : nullptr,
               settings_.login, *environment.fs, *environment.clock) {
  auto config = std::make_unique<ConfigPart>(settings_, *environment.fs);
  config_ = config.get();
  parts_.push_back({kConfigPart, std::move(config)});
  for (const PartSpec* spec : AllParts()) {
    if (auto part = spec->make(settings_, environment)) parts_.push_back({spec->name, std::move(part)});
  }
}

RoundView Redis::View(base::MonotonicTime deadline) {
  return {facts_, commands_, labels_, clock_.Now(), deadline};
}

base::Status Redis::Collect(const collect::CollectContext& context, FamilySink& sink) {
  if (std::ranges::find(context.exclude, kSpec.name) != context.exclude.end()) {
    return base::NoData("the redis collector is excluded");
  }
  const base::MonotonicTime start = clock_.Monotonic();
  // A little is kept back, so that what a hanging server leaves us to say still arrives in time.
  const base::Duration margin = std::min<base::Duration>((context.deadline - start) / 10, base::milliseconds(100));
  base::Status status = Scrape(context, context.deadline - margin, sink);
  const double seconds = base::ToSeconds(clock_.Monotonic() - start);
  scrapes_ += 1;
  seconds_ += seconds;
  sink.Add(kUp, status.ok() ? 1 : 0);
  sink.Add(kConnectTime, base::ToSeconds(session_.connect_duration()));
  sink.Add(kScrapeDuration, seconds);
  sink.Add(kScrapeError, {labels_.Of(status.message())}, status.ok() ? 0 : 1);
  sink.Add(kScrapes, scrapes_);
  sink.AddSummary(kScrapeDurations, {}, {}, seconds_, scrapes_);
  return status;
}

base::Status Redis::Scrape(const collect::CollectContext& context, base::MonotonicTime deadline, FamilySink& sink) {
  labels_.Clear();
  commands_.Clear();
  const bool all = std::ranges::find(context.only, kSpec.name) != context.only.end();
  const auto wants = [&](std::string_view part) {
    return all ? std::ranges::find(context.exclude, part) == context.exclude.end() : context.Wants(part);
  };
  for (Running& running : parts_) running.wanted = wants(running.name);
  const InfoWanted wanted = {wants("info"),
                             wants("commandstats"),
                             wants("errorstats"),
                             wants("latencystats"),
                             wants("keyspace"),
                             settings_.modules && wants("modules"),
                             settings_.system_metrics,
                             settings_.empty_databases};
  Replies replies;
  base::Status status = Exchange(deadline, &replies);
  // The server may have closed an idle connection just now: once more on a new one.
  if (status.code() == base::Code::kUnavailable && facts_.known) {
    facts_ = ServerFacts();
    status = Exchange(deadline, &replies);
  }
  if (!status.ok()) {
    session_.Close();
    facts_ = ServerFacts();
    return status;
  }
  RETURN_IF_ERROR(ShowReplies(wanted, replies, deadline, sink));
  for (Running& running : parts_) {
    if (!running.wanted || !session_.IsOpen()) continue;
    const base::Status more = running.part->Converse(View(deadline), session_, sink);
    Finish(running, running.taken.ok() ? more : running.taken);
  }
  return base::OkStatus();
}

// One write of everything. Commands that come back as errors are the parts' concern, INFO's is the round's.
base::Status Redis::Exchange(base::MonotonicTime deadline, Replies* replies) {
  bool opened = false;
  RETURN_IF_ERROR(session_.Begin(deadline, &opened));
  if (opened || !facts_.known) {
    facts_ = ServerFacts();
    RETURN_IF_ERROR(Learn(deadline));
  }
  pipeline_.Clear();
  pipeline_.Add({"PING"});
  // Before 6.0 there is no INFO EVERYTHING: the answer is empty, not an error.
  pipeline_.Add({"INFO", settings_.modules && facts_.redis.AtLeast(6) ? "EVERYTHING" : "ALL"});
  for (Running& running : parts_) {
    running.taken = base::OkStatus();
    running.first_reply = pipeline_.size();
    if (running.wanted) running.part->Ask(facts_, &pipeline_);
    running.replies = pipeline_.size() - running.first_reply;
  }
  ASSIGN_OR_RETURN(*replies, session_.Run(pipeline_, deadline));
  return base::OkStatus();
}

// What kind of server it is, before it is asked anything that not every kind knows. Shows nothing.
base::Status Redis::Learn(base::MonotonicTime deadline) {
  pipeline_.Clear();
  pipeline_.Add({"INFO"});
  ASSIGN_OR_RETURN(const Replies replies, session_.Run(pipeline_, deadline));
  if (replies[0]->IsError()) return ErrorReply(replies[0]->text, "INFO");
  if (!replies[0]->IsText()) return base::Corrupt("INFO: the answer is no text");
  const InfoWanted nothing = {false, false, false, false, false};
  FamilySink none;
  page_.Show(replies[0]->text, nothing, clock_.Now(), labels_, &facts_, &commands_, none);
  commands_.Clear();
  return base::OkStatus();
}

base::Status Redis::ShowReplies(const InfoWanted& wanted, Replies replies, base::MonotonicTime deadline,
                                FamilySink& sink) {
  const Reply &ping = *replies[0], &info = *replies[1];
  if (info.IsError()) return ErrorReply(info.text, "INFO");
  if (!info.IsText()) return base::Corrupt("INFO: the answer is no text");
  TellWhetherItServes(ping);
  InfoWanted shown = wanted;
  for (Running& running : parts_) {
    const bool is_config = running.part.get() == config_;
    if (running.wanted && running.replies > 0) {
      const auto own = replies.subspan(running.first_reply, running.replies);
      running.taken = running.part->Take(View(deadline), own, sink);
    }
    if (!is_config) continue;
    shown.databases = config_->databases();
    page_.Show(info.text, shown, clock_.Now(), labels_, &facts_, &commands_, sink);
  }
  return base::OkStatus();
}

void Redis::TellWhetherItServes(const Reply& ping) {
  // A user without the right to PING says nothing of other clients.
  const base::Status status = ping.IsError() ? ErrorReply(ping.text, "PING") : base::OkStatus();
  const bool serves = status.code() != base::Code::kUnavailable;
  if (serves == serves_) return;
  serves_ = serves;
  const std::string address = session_.address().ToString();
  if (serves) {
    log_.Info("redis serves its clients again", {{"address", address}});
  } else {
    log_.Warn("redis refuses its clients", {{"address", address}, {"error", status.message()}});
  }
}

void Redis::Finish(Running& running, const base::Status& status) {
  const auto quiet = [](base::Code code) { return code == base::Code::kOk || code == base::Code::kNoData; };
  if (status.code() == running.last) return;
  if (!quiet(status.code())) {
    log_.Warn("redis part failed",
              {{"address", session_.address().ToString()}, {"part", running.name}, {"error", status.message()}});
  } else if (!quiet(running.last)) {
    log_.Info("redis part works again", {{"address", session_.address().ToString()}, {"part", running.name}});
  }
  running.last = status.code();
}

// Joined once at start from the parts' tables.
struct Tables {
  std::vector<const MetricSpec*> metrics;
  std::vector<std::string_view> parts;

  Tables() {
    const auto add = [this](std::span<const MetricSpec* const> more) {
      metrics.insert(metrics.end(), more.begin(), more.end());
    };
    add(kOwnMetrics);
    add(InfoPage::metrics());
    add(ConfigPart::metrics());
    parts.assign(std::begin(kInfoParts), std::end(kInfoParts));
    parts.push_back(kConfigPart);
    for (const PartSpec* part : AllParts()) {
      add(part->metrics);
      parts.push_back(part->name);
    }
  }
};

const Tables kTables;

base::Result<std::unique_ptr<collect::Collector>> Make(const config::Values& options,
                                                       const collect::Environment& environment) {
  ASSIGN_OR_RETURN(Settings settings, MakeSettings(options));
  return std::unique_ptr<collect::Collector>(std::make_unique<Redis>(std::move(settings), environment));
}

}  // namespace

const collect::CollectorSpec kSpec = {
    .name = "redis",
    .help = "A Redis or Valkey server, replica, sentinel or cluster node: what redis_exporter shows of it.",
    .job = "redis",
    .freshness = collect::Freshness::kFresh,
    .on_by_default = false,
    .many_instances = true,
    .interval = base::seconds(15),
    .deadline = base::seconds(5),
    .options = SettingsOptions(),
    .metrics = kTables.metrics,
    .parts = kTables.parts,
    .make = Make,
    .discover = Discover,
};

}  // namespace bekci::exporters::redis
