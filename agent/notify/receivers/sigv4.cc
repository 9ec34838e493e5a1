#include "agent/notify/receivers/sigv4.h"

#include <cstdio>

#include "agent/notify/receivers/digest.h"

namespace bekci::notify::receivers {
namespace {

constexpr std::string_view kAlgorithm = "AWS4-HMAC-SHA256";

}  // namespace

std::string AwsTime(base::Timestamp now) {
  using std::chrono::floor;
  const std::chrono::sys_time<std::chrono::milliseconds> time{std::chrono::milliseconds(now.ms)};
  const auto days = floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(days);
  const std::chrono::hh_mm_ss clock(floor<std::chrono::seconds>(time - days));
  char text[40];
  snprintf(text, sizeof text, "%04d%02u%02uT%02d%02d%02dZ", static_cast<int>(date.year()),
           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
           static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
           static_cast<int>(clock.seconds().count()));
  return text;
}

net::HttpFetcher::Fields SignedFields(const AwsRequest& request, const AwsCredentials& credentials,
                                      std::string_view region, std::string_view service, base::Timestamp now) {
  const std::string time = AwsTime(now);
  const std::string day = time.substr(0, 8);
  const std::string scope = day + "/" + std::string(region) + "/" + std::string(service) + "/aws4_request";
  // Names in alphabetical order, lower case.
  std::string headers, names;
  const auto add = [&](std::string_view name, std::string_view value) {
    if (value.empty()) return;
    headers.append(name).append(":").append(value).append("\n");
    names.append(names.empty() ? "" : ";").append(name);
  };
  add("content-type", request.content_type);
  add("host", request.host);
  add("x-amz-date", time);
  add("x-amz-security-token", credentials.session_token);
  std::string canonical(request.method);
  canonical.append("\n").append(request.path).append("\n").append(request.query).append("\n");
  canonical.append(headers).append("\n").append(names).append("\n").append(Hex(Sha256(request.body)));

  const std::string to_sign = std::string(kAlgorithm) + "\n" + time + "\n" + scope + "\n" + Hex(Sha256(canonical));
  std::string key = HmacSha256("AWS4" + credentials.secret_key, day);
  for (const std::string_view part : {region, service, std::string_view("aws4_request")}) key = HmacSha256(key, part);
  net::HttpFetcher::Fields fields = {
      {"Authorization", std::string(kAlgorithm) + " Credential=" + credentials.access_key + "/" + scope +
                            ", SignedHeaders=" + names + ", Signature=" + Hex(HmacSha256(key, to_sign))},
      {"X-Amz-Date", time}};
  if (!credentials.session_token.empty()) fields.emplace_back("X-Amz-Security-Token", credentials.session_token);
  return fields;
}

}  // namespace bekci::notify::receivers
