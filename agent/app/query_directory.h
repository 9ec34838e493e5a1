// A data directory that nobody uses as an answerer of the Prometheus API: opened in this process, it gives the bytes
// that a server with the same data would.
//
// Thread rule: called from main.
#pragma once

#include <string>

#include "agent/app/api_client.h"
#include "agent/base/status.h"
#include "agent/promql/features.h"

namespace bekci::app {

// The JSON of GET `path`?`parameters`, errors of the API included. Errors: what keeps the directory from being opened.
base::Result<std::string> AskDirectory(const std::string& directory, const promql::Features& features,
                                       const std::string& path, const ApiQuestion& parameters);

}  // namespace bekci::app
