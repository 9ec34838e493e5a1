// Signature version 4: how requests to Amazon's services prove who asks.
//
// The signature covers method, path, the host, date and any session token, and the digest of the body; it is good for
// a quarter of an hour and for this one request. Source: the vendor's documentation of Signature Version 4, with its
// published example as a test. Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/clock.h"
#include "agent/net/http_fetcher.h"

namespace bekci::notify::receivers {

struct AwsCredentials {
  std::string access_key;
  std::string secret_key;
  std::string session_token;  // may be empty
};

struct AwsRequest {
  std::string_view method;
  std::string_view host;   // as in the Host field
  std::string_view path;   // begins with '/'
  std::string_view query;  // in canonical order; may be empty
  std::string_view content_type;
  std::string_view body;
};

// "20150830T123600Z".
std::string AwsTime(base::Timestamp now);
// The fields Authorization, X-Amz-Date and, where there is a token, X-Amz-Security-Token.
net::HttpFetcher::Fields SignedFields(const AwsRequest& request, const AwsCredentials& credentials,
                                      std::string_view region, std::string_view service, base::Timestamp now);

}  // namespace bekci::notify::receivers
