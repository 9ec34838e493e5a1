// nginx's configuration as far as discovery asks: where a `stub_status` is served.
//
// The text is words, ';' and braces. A walk through the words keeps the blocks it is in; `stub_status` in a location of
// a server gives a URL per `listen` of that server. An `include` is walked where it stands, as nginx does it: in an
// http block, a server, a location. Bounded: so many files, so deep, so large.
//
// Source: nginx's src/core/ngx_conf_file.c (words, include: relative to the directory of the main file).
// Thread rule: any thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"

namespace bekci::exporters::nginx {

// The URLs at which a configuration text has stub_status: every `listen` of the server block with its location.
// Includes are passed over.
std::vector<std::string> StubStatusUrls(std::string_view text);

// The same of a file and of all it includes.
inline constexpr size_t kMaxConfigurationFiles = 200;
inline constexpr size_t kMaxIncludeDepth = 8;
std::vector<std::string> StubStatusUrlsOfFile(base::FileSystem& fs, const std::string& path);

}  // namespace bekci::exporters::nginx
