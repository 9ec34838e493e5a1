// The envelope of errors that the Prometheus API has no kind for: the same object with a status of ours.
//
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/net/http.h"

namespace bekci::web::notify {

// {"status":"error","errorType":...,"error":...}; never kept by anybody on the way.
net::HttpResponse Refused(int status, std::string_view type, std::string_view message);
net::HttpResponse BadRequest(std::string_view message);                           // 400 bad_data
net::HttpResponse NotFound(std::string_view message);                             // 404 not_found
net::HttpResponse TooLarge(size_t bytes, size_t limit);                           // 413 too_large
net::HttpResponse WrongMethod(std::string_view given, std::string_view allowed);  // 405 with Allow
// 400, 404, 409, 503 or 500 by the code: what an action or a post came to.
net::HttpResponse RefusedAction(const base::Status& status);

// The part of `path` behind `prefix`.
std::string_view Below(std::string_view path, std::string_view prefix);
// Whether the Content-Type says JSON.
bool SaysJson(const net::HttpRequest& request);
// The user's name in an Authorization header ("ana" of "Basic YW5hOnNlY3JldA=="), which the site's guard has checked
// where passwords are asked for; empty where there is none.
std::string UserOf(std::string_view authorization);

}  // namespace bekci::web::notify
