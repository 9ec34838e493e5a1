// Files of assets/ as the build embedded them (generated/web/assets.cc): style sheet and icon of the agent's pages.
#pragma once

#include <string_view>

namespace bekci::web {

std::string_view StyleSheet();
std::string_view Icon();  // SVG

}  // namespace bekci::web
