#include "agent/app/self_metrics.h"

#include <doctest/doctest.h>

#include "agent/base/file_system.h"
#include "agent/web/exposition_page.h"

namespace bekci::app::self_metrics_test {
namespace {

struct Fixture {
  base::RealFileSystem fs;
  base::CaptureLogger log;
  ReloadState reloads{base::Timestamp{1'700'000'000'000}};
  SelfMetrics self{fs, reloads, log};
  std::vector<collect::InstanceState> states;
  collect::FamilySink sink;

  std::string Page() {
    sink.Begin();
    self.Collect(states, sink);
    std::vector<std::string> problems;
    const web::PageSource source{std::make_shared<const model::Round>(sink.FinishRound(&problems)), {}};
    CHECK(problems.empty());
    web::ExpositionPage page(log);
    return page.Write({&source, 1}, wire::Negotiate(""));
  }
  collect::InstanceState& Add(const std::string& collector, uint64_t rounds, base::Status status = {}) {
    collect::InstanceState& state = states.emplace_back();
    state.config.collector = collector;
    state.config.instance = std::string("i");
    state.rounds = rounds;
    state.status = std::move(status);
    state.duration = base::milliseconds(30);
    if (rounds > 0) state.at = {1'700'000'001'500};
    return state;
  }
};

bool Contains(const std::string& page, std::string_view text) {
  return page.find(text) != std::string::npos;
}

TEST_CASE("the agent tells what it is, what its process uses and how its configuration was loaded") {
  Fixture f;
  f.log.Warn("x");
  std::string page = f.Page();
  for (const char* text :
       {"bekci_build_info{", "process_cpu_seconds_total ", "process_resident_memory_bytes ", "process_open_fds ",
        "process_max_fds ", "process_threads ", "process_start_time_seconds ", "process_virtual_memory_bytes ",
        "bekci_config_last_reload_successful 1\n", "bekci_config_last_reload_success_timestamp_seconds 1.7e+09\n",
        "bekci_config_reloads_total{result=\"failure\"} 0\n", "bekci_log_lines_total{level=\"warn\"} 1\n",
        "bekci_internal_bugs_total 0\n"}) {
    CAPTURE(std::string(text));
    CHECK(Contains(page, text));
  }
  CHECK_FALSE(Contains(page, "go_"));

  f.reloads.Record(base::Invalid("bad"), {1'700'000'100'000});
  page = f.Page();
  CHECK(Contains(page, "bekci_config_last_reload_successful 0\n"));
  CHECK(Contains(page, "bekci_config_last_reload_success_timestamp_seconds 1.7e+09\n"));
  CHECK(Contains(page, "bekci_config_reloads_total{result=\"failure\"} 1\n"));
  f.reloads.Record(base::OkStatus(), {1'700'000'200'000});
  page = f.Page();
  CHECK(Contains(page, "bekci_config_last_reload_successful 1\n"));
  CHECK(Contains(page, "bekci_config_last_reload_success_timestamp_seconds 1.7000002e+09\n"));
}

TEST_CASE("each instance shows how its last collection went; nothing to report is not a failure") {
  Fixture f;
  f.Add("host", 3);
  f.Add("mysql", 2, base::Timeout("no answer"));
  f.Add("systemd", 1, base::NoData("none here"));
  f.Add("redis", 0, base::Unavailable("not collected yet"));
  const std::string page = f.Page();
  CHECK(Contains(page, "bekci_collector_success{collector=\"host\",instance=\"i\"} 1\n"));
  CHECK(Contains(page, "bekci_collector_success{collector=\"mysql\",instance=\"i\"} 0\n"));
  CHECK(Contains(page, "bekci_collector_success{collector=\"systemd\",instance=\"i\"} 1\n"));
  CHECK_FALSE(Contains(page, "bekci_collector_success{collector=\"redis\""));
  CHECK(Contains(page, "bekci_collector_collections_total{collector=\"redis\",instance=\"i\"} 0\n"));
  CHECK(Contains(page, "bekci_collector_last_duration_seconds{collector=\"host\",instance=\"i\"} 0.03\n"));
  CHECK(Contains(page,
                 "bekci_collector_last_collection_timestamp_seconds{collector=\"host\",instance=\"i\"} "
                 "1.7000000015e+09\n"));
}

TEST_CASE("an attempt is counted once in the histogram, whoever tells of it") {
  Fixture f;
  const collect::InstanceState first = f.Add("host", 1);
  f.self.OnRound(first);
  f.self.OnRound(first);
  CHECK(Contains(f.Page(), "bekci_collector_duration_seconds_count{collector=\"host\"} 1\n"));
  f.states[0].at = f.states[0].at + base::seconds(1);
  f.Page();
  f.self.OnRound(first);  // an older one again, as a page with a selection shows it
  const std::string page = f.Page();
  CHECK(Contains(page, "bekci_collector_duration_seconds_count{collector=\"host\"} 2\n"));
  CHECK(Contains(page, "bekci_collector_duration_seconds_bucket{collector=\"host\",le=\"0.025\"} 0\n"));
  CHECK(Contains(page, "bekci_collector_duration_seconds_bucket{collector=\"host\",le=\"0.05\"} 2\n"));

  f.states[0].at = f.states[0].at - base::hours(5);  // the host's clock was wrong
  CHECK(Contains(f.Page(), "bekci_collector_duration_seconds_count{collector=\"host\"} 3\n"));
}

TEST_CASE("the worker's deaths are there before the first one, and the server's connections by reason") {
  Fixture f;
  f.self.set_sources({.worker =
                          [] {
                            return collect::WorkerStats{true, 7, 3, {{"hang", 2}}, 1000, 0.5};
                          },
                      .server =
                          [] {
                            net::ServerStats stats;
                            stats.accepted = 9;
                            stats.dropped_slow = 4;
                            return stats;
                          },
                      .left_out_of_pages = [] { return uint64_t{5}; }});
  const std::string page = f.Page();
  for (const char* text :
       {"bekci_worker_up 1\n", "bekci_worker_starts_total 3\n", "bekci_worker_deaths_total{reason=\"crash\"} 0\n",
        "bekci_worker_deaths_total{reason=\"hang\"} 2\n", "bekci_worker_resident_memory_bytes 1000\n",
        "bekci_worker_cpu_seconds_total 0.5\n", "bekci_http_connections_accepted_total 9\n",
        "bekci_http_connections_dropped_total{reason=\"slow\"} 4\n", "bekci_metrics_page_left_out_total 5\n"}) {
    CAPTURE(std::string(text));
    CHECK(Contains(page, text));
  }
}

}  // namespace
}  // namespace bekci::app::self_metrics_test
