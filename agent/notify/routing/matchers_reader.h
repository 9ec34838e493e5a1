// MatchersReader: the three ways in which a file names conditions on labels: matchers, match, match_re.
//
// Bound: the regular expressions of a whole file may together be so large. Thread rule: one thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/config/option.h"
#include "agent/model/matcher.h"

namespace bekci::notify::routing {

class MatchersReader {
 public:
  // Instructions of all compiled expressions: about 30 MB, a hundred times what the largest known files have.
  static constexpr size_t kMostExpressionCost = 1'000'000;

  MatchersReader(config::Errors* errors, std::vector<std::string>* warnings) : errors_(errors), warnings_(warnings) {}

  // What stands under the three keys of `values`, all of which must hold; sorted.
  std::vector<model::Matcher> Read(const config::Values& values, std::string_view matchers, std::string_view match,
                                   std::string_view match_re);

 private:
  void ReadTexts(const config::Values& values, std::string_view key, std::vector<model::Matcher>* out);
  void ReadMap(const config::Values& values, std::string_view key, model::MatchType type,
               std::vector<model::Matcher>* out);
  void Take(const config::Mark& mark, std::string_view key, model::Matcher matcher, std::vector<model::Matcher>* out);

  config::Errors* const errors_;
  std::vector<std::string>* const warnings_;
  size_t cost_ = 0;
};

}  // namespace bekci::notify::routing
