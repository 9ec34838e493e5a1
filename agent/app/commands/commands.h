// What the rows of the command table run. Each returns the exit code.
#pragma once

#include "agent/app/commands/command.h"

namespace bekci::app::commands {

int RunAgent(const Arguments& arguments, Console console);              // run
int RunCheckConfig(const Arguments& arguments, Console console);        // check config
int RunCheckWebConfig(const Arguments& arguments, Console console);     // check web-config
int RunCheckRules(const Arguments& arguments, Console console);         // check rules
int RunCheckAlertmanager(const Arguments& arguments, Console console);  // check alertmanager
int RunCheckEscalation(const Arguments& arguments, Console console);    // check escalation
int RunSimulate(const Arguments& arguments, Console console);           // escalation simulate
int RunConfigRoutes(const Arguments& arguments, Console console);       // config routes
int RunCheckMetrics(const Arguments& arguments, Console console);       // check metrics
int RunCollect(const Arguments& arguments, Console console);            // collect
int RunScrape(const Arguments& arguments, Console console);             // scrape
int RunConfigShow(const Arguments& arguments, Console console);         // config show
int RunConfigDiscover(const Arguments& arguments, Console console);     // config discover
int RunConfigDocs(const Arguments& arguments, Console console);         // config docs
int RunQueryInstant(const Arguments& arguments, Console console);       // query instant
int RunQueryRange(const Arguments& arguments, Console console);         // query range
int RunTsdbImport(const Arguments& arguments, Console console);         // tsdb import
int RunTsdbExport(const Arguments& arguments, Console console);         // tsdb export
int RunTsdbList(const Arguments& arguments, Console console);           // tsdb list
int RunTsdbAnalyze(const Arguments& arguments, Console console);        // tsdb analyze
int RunTsdbVerify(const Arguments& arguments, Console console);         // tsdb verify
int RunTestRules(const Arguments& arguments, Console console);          // test rules
int RunWhy(const Arguments& arguments, Console console);                // why
int RunVersion(const Arguments& arguments, Console console);            // version
int RunWorkerCommand(const Arguments& arguments, Console console);      // worker
int RunDiscoverProcess(const Arguments& arguments, Console console);    // discover

std::span<const Flag> CheckAlertmanagerFlags();
std::span<const Flag> CheckEscalationFlags();
std::span<const Flag> CheckRulesFlags();
std::span<const Flag> CollectFlags();
std::span<const Flag> ConfigDocsFlags();
std::span<const Flag> ConfigRoutesFlags();
std::span<const Flag> DiscoverFlags();
std::span<const Flag> EscalationSimulateFlags();
std::span<const Flag> QueryInstantFlags();
std::span<const Flag> QueryRangeFlags();
std::span<const Flag> ScrapeFlags();
std::span<const Flag> TestRulesFlags();
std::span<const Flag> WhyFlags();

}  // namespace bekci::app::commands
