// Files of other tools may hold keys that those tools ignore: they are told as warnings and taken out, so that what is
// left passes the option tables.
//
// Thread rule: pure.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/config/node.h"
#include "agent/config/option.h"

namespace bekci::ruler::slo {

// `node` without the keys that `table` and its sections do not know, each told in `warnings` with its place and the
// nearest key that exists: `a.yml:7: unknown key "pageAlert" is ignored, did you mean "page_alert"?`.
config::Node WithoutUnknownKeys(const config::Node& node, std::span<const config::Option> table,
                                std::vector<std::string>* warnings);

}  // namespace bekci::ruler::slo
