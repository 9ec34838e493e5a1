// bekci query instant|range EXPR: PromQL at the command line, answered by a server or from a data directory.
#include <algorithm>
#include <cmath>
#include <ostream>

#include "agent/app/commands/api_client.h"
#include "agent/app/commands/api_directory.h"
#include "agent/app/commands/commands.h"
#include "agent/app/commands/feature_flag.h"
#include "agent/app/commands/query_output.h"
#include "agent/app/commands/run_flags.h"
#include "agent/app/commands/terminal_chart.h"
#include "agent/base/text.h"
#include "agent/web/api_parameters.h"

namespace bekci::app::commands {
namespace {

constexpr Flag kServer = {.name = "server",
                          .value = "URL",
                          .default_text = kDefaultServer,
                          .help =
                              "Whom to ask: bekci, Prometheus or anything that speaks its API. user:password@ is sent "
                              "as basic authentication."};
constexpr Flag kPath = {
    .name = "path", .value = "DIR", .help = "Answer from this data directory instead; no process may be using it."};
constexpr Flag kTimeout = {.name = "timeout", .value = "DURATION", .default_text = "2m", .help = "When to give up."};
constexpr Flag kOutput = {
    .name = "output", .alias = "o", .value = "FORM", .default_text = "table", .help = "table, json, csv or chart."};

constexpr Flag kInstantFlags[] = {
    kServer, kPath,    {.name = "time", .value = "TIME", .help = "Unix seconds or RFC 3339; without it, now."},
    kOutput, kTimeout, kFeatureFlag,
};
constexpr Flag kRangeFlags[] = {
    kServer,
    kPath,
    {.name = "start", .value = "TIME", .help = "Unix seconds or RFC 3339; without it, five minutes before the end."},
    {.name = "end", .value = "TIME", .help = "Without it, now."},
    {.name = "step", .value = "DURATION", .help = "Without it, a 250th of the range, whole seconds."},
    kOutput,
    kTimeout,
    kFeatureFlag,
};

int Print(const Arguments& arguments, const std::string& body, Console console) {
  const auto answer = ParseQueryAnswer(body);
  if (!answer.ok()) {
    PrintError(console.err, answer.status().message());
    return kExitUsage;
  }
  for (const std::string& warning : answer->warnings) console.err << "warning: " << warning << "\n";
  for (const std::string& info : answer->infos) console.err << "info: " << info << "\n";
  if (!answer->error.empty()) {
    PrintError(console.err, "query failed: " + answer->error_type + ": " + answer->error);
    return kExitNo;
  }
  const std::string form = arguments.Value("output");
  if (form == "json") {
    console.out << body << "\n";
  } else if (form == "csv") {
    PrintCsv(*answer, console.out);
  } else if (form == "chart") {
    PrintChart(*answer, {}, console.out);
  } else {
    PrintTable(*answer, console.out);
  }
  return kExitGood;
}

int Ask(const Arguments& arguments, const std::string& path, ApiQuestion parameters, Console console) {
  const auto bad = [&](const std::string& message) {
    PrintError(console.err, message);
    return kExitUsage;
  };
  const std::string form = arguments.Value("output");
  if (form != "table" && form != "json" && form != "csv" && form != "chart") {
    return bad("--output=" + form + ": must be table, json, csv or chart");
  }
  const auto timeout = web::ParseApiDuration(arguments.Value("timeout"));
  if (!timeout.ok() || *timeout <= base::Duration::zero()) {
    return bad("--timeout=" + arguments.Value("timeout") + ": must be a duration such as 30s");
  }
  parameters.emplace_back("timeout", arguments.Value("timeout"));
  const auto features = FeaturesOf(arguments);
  if (!features.ok()) return bad(features.status().message());
  const auto body = arguments.Has("path") ? AskDirectory(arguments.Value("path"), path, parameters, *features)
                                          : AskServer(arguments.Value("server"), path, parameters, *timeout);
  if (!body.ok()) return bad(body.status().message());
  return Print(arguments, *body, console);
}

std::string SecondsText(int64_t ms) {
  std::string text;
  base::AppendDecimal(&text, static_cast<double>(ms) / 1000);
  return text;
}

// Milliseconds. Errors: invalid, naming the flag.
base::Result<int64_t> TimeFlag(const Arguments& arguments, const std::string& flag, int64_t otherwise) {
  if (!arguments.Has(flag)) return otherwise;
  return web::ParseApiTime(arguments.Value(flag)).WithContext("--" + flag);
}

// start, end and step as promtool fills them in.
base::Result<ApiQuestion> RangeParameters(const Arguments& arguments) {
  const int64_t now_ms = base::RealClock().Now().ms;
  ASSIGN_OR_RETURN(const int64_t end_ms, TimeFlag(arguments, "end", now_ms));
  ASSIGN_OR_RETURN(const int64_t start_ms, TimeFlag(arguments, "start", end_ms - 5 * 60 * 1000));
  if (end_ms < start_ms) return base::Invalid("--end is before --start");
  std::string step = arguments.Value("step");
  if (step.empty()) {
    const double seconds = static_cast<double>(end_ms - start_ms) / 1000;
    step = std::to_string(static_cast<int64_t>(std::max(1.0, std::floor(seconds / 250))));
  }
  return ApiQuestion{{"start", SecondsText(start_ms)}, {"end", SecondsText(end_ms)}, {"step", step}};
}

}  // namespace

std::span<const Flag> QueryInstantFlags() {
  return kInstantFlags;
}
std::span<const Flag> QueryRangeFlags() {
  return kRangeFlags;
}

int RunQueryInstant(const Arguments& arguments, Console console) {
  const auto time_ms = TimeFlag(arguments, "time", base::RealClock().Now().ms);
  if (!time_ms.ok()) {
    PrintError(console.err, time_ms.status().message());
    return kExitUsage;
  }
  return Ask(arguments, "/api/v1/query", {{"query", arguments.positional()[0]}, {"time", SecondsText(*time_ms)}},
             console);
}

int RunQueryRange(const Arguments& arguments, Console console) {
  auto parameters = RangeParameters(arguments);
  if (!parameters.ok()) {
    PrintError(console.err, parameters.status().message());
    return kExitUsage;
  }
  parameters->insert(parameters->begin(), {"query", arguments.positional()[0]});
  return Ask(arguments, "/api/v1/query_range", *std::move(parameters), console);
}

}  // namespace bekci::app::commands
