// Which rule files count: the paths and patterns of rule_files and slo_files, found and read.
//
// Thread rule: functions without state.
#pragma once

#include <string>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/config/option.h"
#include "agent/promql/features.h"
#include "agent/ruler/rule_text.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::app {

// The groups of all files that `patterns` (paths with * and ? in them, or without) lead to, in the order of patterns
// and names; a file that several lead to counts once. What is wrong, a file that is not there included, is added to
// `errors` (`mark`: where the patterns stand), and so is every mistake in a file. A pattern that leads nowhere is fine.
std::vector<ruler::GroupText> LoadRuleFiles(base::FileSystem& fs, const std::vector<std::string>& patterns,
                                            const promql::Features& features, const config::Mark& mark,
                                            config::Errors* errors);

// The same for files of service level objectives. Those of all files are read together, since those of OpenSLO refer to
// each other.
std::vector<ruler::slo::Slo> LoadObjectives(base::FileSystem& fs, const std::vector<std::string>& patterns,
                                            const config::Mark& mark, config::Errors* errors);
// The groups of rules that are made of them.
std::vector<ruler::GroupText> RulesOfObjectives(const std::vector<ruler::slo::Slo>& slos);

}  // namespace bekci::app
