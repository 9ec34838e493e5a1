#include "agent/app/slack_answers.h"

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "agent/base/thread_signals.h"
#include "agent/notify/message/media_escapes.h"
#include "agent/notify/receivers/http_integration.h"
#include "agent/notify/receivers/http_sender.h"
#include "agent/notify/receivers/json.h"

namespace bekci::app {
namespace {

constexpr base::Duration kWithin = base::seconds(15);

}  // namespace

SlackAnswers::SlackAnswers(std::vector<ChatSetup::SlackWay> ways, std::string user_agent, base::FileSystem& fs,
                           base::Clock& clock, base::Logger& log)
    : ways_(std::move(ways)), user_agent_(std::move(user_agent)), fs_(fs), clock_(clock), log_(log) {
  const base::SignalsBlocked blocked;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "slack");
    Run();
  });
}

SlackAnswers::~SlackAnswers() {
  queue_.Close();
  interruption_.Interrupt();
  thread_.join();
}

void SlackAnswers::Say(const web::notify::ChatPress& press, const web::notify::PressOutcome& outcome) {
  if (press.answer_to.empty() || ways_.empty() || outcome.replayed) return;
  const auto knows = std::find_if(ways_.begin(), ways_.end(), [&](const ChatSetup::SlackWay& way) {
    return std::find(outcome.told.begin(), outcome.told.end(), way.receiver) != outcome.told.end();
  });
  notify::receivers::JsonBody json;
  json.Add("response_type", outcome.done ? "in_channel" : "ephemeral").AddFlag("replace_original", false);
  json.Add("text", notify::message::SlackEscaped(outcome.words));
  const size_t way = knows == ways_.end() ? 0 : static_cast<size_t>(knows - ways_.begin());
  (void)queue_.TryPush({press.answer_to, std::move(json).Body(), way});
}

void SlackAnswers::Run() {
  while (auto answer = queue_.Pop()) Send(*answer);
}

void SlackAnswers::Send(const Answer& answer) {
  client::HttpOptions options;
  options.fetcher = ways_[answer.way].fetcher;
  notify::receivers::HttpSender sender(options, clock_, fs_, user_agent_, &interruption_);
  // The URL is a secret: who has it can write into the channel.
  std::vector<std::string> hidden = notify::receivers::SecretParts(answer.url);
  const auto reply = sender.Ask({.url = answer.url, .body = answer.body}, clock_.Monotonic() + kWithin, &hidden);
  if (reply.ok() || interruption_.interrupted()) return;
  const std::string why = reply.status.ok() ? "status " + std::to_string(reply.code) : reply.status.message();
  log_.Warn("Slack could not be told what came of a press; the acknowledgement holds",
            {{"error", notify::receivers::Redacted(why, hidden)}});
}

}  // namespace bekci::app
