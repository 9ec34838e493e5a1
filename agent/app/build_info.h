// What this binary was built from. The revision is asked of git by the build.
#pragma once

#include <string>
#include <string_view>

namespace bekci::app {

struct BuildInfo {
  std::string_view version;   // 0.1.0
  std::string_view revision;  // 3f2a91c: the commit; "unknown" where git does not say
  std::string_view branch;
  std::string_view compiler;    // gcc 12.2.0
  std::string_view build_type;  // Release
  std::string_view architecture;
};

const BuildInfo& ThisBuild();
// "0.1.0 (3f2a91c)"
std::string ShortVersion();

}  // namespace bekci::app
