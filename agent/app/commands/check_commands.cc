// `bekci check ...`: is this file good? Nothing is started and nothing is changed.
#include <iostream>
#include <iterator>

#include "agent/app/commands/commands.h"
#include "agent/app/commands/metric_lint.h"
#include "agent/app/commands/run_flags.h"
#include "agent/app/commands/trial_build.h"
#include "agent/base/text.h"
#include "agent/client/file_discovery.h"
#include "agent/web/web_config.h"
#include "agent/wire/exposition.h"

namespace bekci::app::commands {
namespace {

// Files that file_sd_configs name: what stands in them is checked as it will be read, and one that is not there yet is
// told, as promtool does.
base::Status CheckTargetFiles(const Settings& settings, base::FileSystem& fs, Console console) {
  std::vector<std::string> problems;
  for (const collect::ScrapeConfig& config : settings.scrape_configs) {
    for (const client::FileSource& source : config.file_sources) {
      for (const std::string& pattern : source.patterns) {
        if (!client::FilesOf(fs, pattern).empty()) continue;
        console.out << source.mark.ToString() << ": warning: job " << config.job << ": no file is called " << pattern
                    << "\n";
      }
      client::FileDiscovery files(source.patterns);
      files.Refresh(fs, &problems);
      for (const std::string& problem : collect::BuildTargets(config, files.Groups()).problems) {
        problems.push_back(problem);
      }
    }
    for (const std::string& problem : collect::BuildTargets(config, config.static_groups).problems) {
      problems.push_back(problem);
    }
  }
  return problems.empty() ? base::OkStatus() : base::Invalid(base::Join(problems, "\n"));
}

// One file's verdict on the console; true when it is good.
bool Tell(const std::string& path, const base::Status& status, const std::string& good, Console console) {
  if (status.ok()) {
    console.out << path << ": " << good << "\n";
    return true;
  }
  PrintError(console.err, status.message());
  return false;
}

std::string Plural(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace

int RunCheckConfig(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  bool good = true;
  for (const std::string& path : arguments.positional()) {
    SettingsInput input;
    input.path = path;
    input.host_name = HostName();
    input.collectors = collect::AllCollectors();
    input.environment = ProcessEnvironment;
    const auto settings = LoadBuildableSettings(fs, input);
    std::string what = settings.ok() ? "good, " + Plural(settings->instances.size(), "instance") : "";
    if (settings.ok() && !settings->scrape_configs.empty()) {
      what += ", " + Plural(settings->scrape_configs.size(), "scrape config");
    }
    const base::Status status = settings.ok() ? CheckTargetFiles(*settings, fs, console) : settings.status();
    good = Tell(path, status, what, console) && good;
  }
  return good ? kExitGood : kExitNo;
}

int RunCheckWebConfig(const Arguments& arguments, Console console) {
  base::RealFileSystem fs;
  bool good = true;
  for (const std::string& path : arguments.positional()) {
    const auto config = web::LoadWebConfig(fs, path, ProcessEnvironment);
    std::string what;
    if (config.ok()) {
      what = std::string("good, ") + (config->tls.cert_file.empty() ? "no TLS" : "TLS") + ", " +
             (config->Authenticates() ? "asks who comes" : "asks nobody who he is");
    }
    good = Tell(path, config.status(), what, console) && good;
  }
  return good ? kExitGood : kExitNo;
}

int RunCheckMetrics(const Arguments&, Console console) {
  const std::string text((std::istreambuf_iterator<char>(std::cin)), std::istreambuf_iterator<char>());
  const auto families = text.ends_with("# EOF\n") ? wire::ParseOpenMetrics(text) : wire::ParseText(text);
  if (!families.ok()) {
    PrintError(console.err, families.status().message());
    return kExitNo;
  }
  const std::vector<std::string> findings = LintMetrics(*families);
  for (const std::string& finding : findings) console.out << finding << "\n";
  return findings.empty() ? kExitGood : kExitNo;
}

}  // namespace bekci::app::commands
