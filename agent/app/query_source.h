// Where commands get answers of the Prometheus API from: a server over HTTP, or a data directory that nobody uses,
// opened in this process. Both give the same bytes for the same data.
//
// Thread rule: called from main.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/promql/features.h"

namespace bekci::app {

using ApiParameters = std::vector<std::pair<std::string, std::string>>;

inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:10112";

// `path`: /api/v1/query and its like. The body of the answer, also of one that tells an error of the API. Errors: who
// cannot be asked, and answers that are none.
base::Result<std::string> AskServer(std::string server, const std::string& path, const ApiParameters& parameters,
                                    base::Duration timeout);

base::Result<std::string> AskDirectory(const std::string& directory, const promql::Features& features,
                                       const std::string& path, const ApiParameters& parameters);

}  // namespace bekci::app
