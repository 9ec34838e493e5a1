#include "agent/notify/receivers/answer_check.h"

#include "agent/base/text.h"

namespace bekci::notify::receivers {
namespace {

struct CodeRange {
  int first = 0;
  int last = 0;
};

base::Result<CodeRange> ParseRange(std::string_view text) {
  const size_t dash = text.find('-');
  const auto first = base::ParseUint(base::Trim(text.substr(0, dash)));
  const auto last = dash == std::string_view::npos ? first : base::ParseUint(base::Trim(text.substr(dash + 1)));
  if (!first || !last || *first < 100 || *last > 599 || *last < *first) {
    return base::Invalid(base::Quoted(text) + " is no status code and no range like 500-599");
  }
  return CodeRange{static_cast<int>(*first), static_cast<int>(*last)};
}

bool Covers(const std::vector<std::string>& ranges, int code) {
  for (const std::string& text : ranges) {
    const auto range = ParseRange(text);
    if (range.ok() && code >= range->first && code <= range->last) return true;
  }
  return false;
}

// Empty: the answer says what it has to.
std::string Missing(const Settings& settings, const HttpReply& reply) {
  const std::string text = settings.Text("success_text");
  if (!text.empty() && reply.body.find(text) == std::string::npos) {
    return "the answer lacks " + base::Quoted(text) + ": " + Excerpt(reply.body);
  }
  const auto json = settings.Section("success_json");
  if (!json || !json->IsSet("pointer")) return {};
  const std::string got = JsonAnswer(reply.body).Text(json->Text("pointer"));
  if (got == json->Text("value")) return {};
  return "the answer has " + base::Quoted(Excerpt(got)) + " at " + json->Text("pointer") + ", not " +
         base::Quoted(json->Text("value")) + ": " + Excerpt(reply.body);
}

}  // namespace

Delivery CheckedAnswer(HttpJob& job, const HttpReply& reply) {
  Delivery delivery = job.Judged(reply);
  if (!reply.status.ok()) return delivery;
  const auto success = job.settings().Texts("success_codes");
  const auto retry = job.settings().Texts("retry_codes");
  if (!success.empty()) {
    if (Covers(success, reply.code)) {
      delivery = Delivery();
      delivery.status = reply.code;
    } else if (IsSuccess(delivery.outcome)) {
      delivery =
          FailureInside(Outcome::kPermanent, reply, "HTTP " + std::to_string(reply.code) + " is no success here");
    }
  }
  if (!IsSuccess(delivery.outcome)) {
    if (Covers(retry, reply.code) && delivery.outcome != Outcome::kRateLimited) delivery.outcome = Outcome::kRetryable;
    if (!retry.empty() && !Covers(retry, reply.code) && delivery.outcome == Outcome::kRetryable) {
      delivery.outcome = Outcome::kPermanent;
    }
    return delivery;
  }
  const std::string missing = Missing(job.settings(), reply);
  return missing.empty() ? delivery : FailureInside(Outcome::kPermanent, reply, missing);
}

base::Status CheckAnswerSettings(const Settings& settings) {
  for (const std::string_view key : {"success_codes", "retry_codes"}) {
    for (const std::string& text : settings.Texts(key)) {
      const auto range = ParseRange(text);
      if (!range.ok()) return base::Invalid(std::string(key) + ": " + range.status().message());
    }
  }
  return base::OkStatus();
}

}  // namespace bekci::notify::receivers
