// Documentation printed from option tables, so that it cannot differ from what the code accepts: `bekci config docs`,
// the tables in READMEs. Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/config/option.h"

namespace bekci::config {

// A Markdown table: key, type, default, meaning. Keys inside sections are written with their path: web.listen_address.
std::string MarkdownTable(std::span<const Option> table, std::string_view path = {});

// The table as a YAML file in which every key is commented out, with its meaning above it. `indent` spaces at the left.
// Taking away the "# " of any key gives a valid file with the default, where there is one.
std::string CommentedExample(std::span<const Option> table, size_t indent = 0);

// What there is to say of one option besides its help: type, range, choices, default, "required", "needs a restart".
std::string OptionFacts(const Option& option);

}  // namespace bekci::config
