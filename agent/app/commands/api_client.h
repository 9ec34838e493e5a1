// Asking a server that speaks the Prometheus API, or Alertmanager's, for commands.
//
// Thread rule: a function without state.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"

namespace bekci::app::commands {

inline constexpr std::string_view kDefaultServer = "http://127.0.0.1:10112";
using ApiQuestion = std::vector<std::pair<std::string, std::string>>;

// The JSON that `server` (user:password@ is sent as basic authentication) answers to GET path?parameters, errors of the
// API included. Errors: what keeps it from answering.
base::Result<std::string> AskServer(std::string server, const std::string& path, const ApiQuestion& parameters,
                                    base::Duration timeout);

struct ApiCall {
  std::string method = "GET";
  std::string path;  // "/api/v2/silences"
  ApiQuestion parameters = {};
  std::string body = {};  // JSON; sent unless it is empty
  std::string accept = "application/json";
};
struct ApiReply {
  int status = 0;
  std::string reason;  // "Not Found"; may be empty
  std::string body;
};
// What `server` answers to a call, whatever its status. Errors: what keeps it from answering.
base::Result<ApiReply> CallServer(std::string server, const ApiCall& call, base::Duration timeout);

}  // namespace bekci::app::commands
