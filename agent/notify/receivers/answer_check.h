// What a configuration says about good answers: which status codes are success, which are worth another try, and what
// has to stand in an answer of services that say 200 whatever happens.
//
// Keys: success_codes and retry_codes ("200-299", "408", "500-599"), success_json {pointer, value}, success_text.
// Source: receivers.md section 11. Thread rule: pure functions.
#pragma once

#include <string_view>

#include "agent/notify/receivers/http_integration.h"

namespace bekci::notify::receivers {

// Judged by these keys of the job's settings; what they do not speak of is judged as everywhere.
Delivery CheckedAnswer(HttpJob& job, const HttpReply& reply);
// Errors: invalid, for a range of codes that is none.
base::Status CheckAnswerSettings(const Settings& settings);

}  // namespace bekci::notify::receivers
