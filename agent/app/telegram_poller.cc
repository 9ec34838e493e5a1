#include "agent/app/telegram_poller.h"

#include <pthread.h>

#include <utility>

#include "agent/base/thread_signals.h"
#include "agent/client/http_secrets.h"
#include "agent/notify/receivers/http_integration.h"
#include "agent/notify/receivers/url_template.h"

namespace bekci::app {

using notify::receivers::HttpReply;
using web::notify::TelegramBot;

TelegramPoller::TelegramPoller(const World& world, const web::notify::EscalationSources& sources, ChatSetup::Bot bot,
                               std::vector<std::string> users)
    : world_(world),
      sources_(sources),
      bot_(std::move(bot)),
      sender_(bot_.http, world_.clock, world_.fs, world_.runtime.user_agent(), &interruption_),
      logic_(BotWorld(std::move(users)), world_.clock, world_.refusals) {
  const base::SignalsBlocked blocked;
  thread_ = std::thread([this] {
    pthread_setname_np(pthread_self(), "telegram");
    Run();
  });
}

TelegramPoller::~TelegramPoller() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    stopped_.NotifyAll();
  }
  interruption_.Interrupt();
  thread_.join();
}

TelegramBot::World TelegramPoller::BotWorld(std::vector<std::string> users) {
  TelegramBot::World bot;
  const std::string position = "telegram/" + bot_.name;
  bot.name = bot_.name;
  bot.users = std::move(users);
  bot.ask = [this](std::string_view method, const std::string& body, base::Duration within) {
    return Ask(method, body, within);
  };
  bot.chats = [this] { return Chats(); };
  const std::string kept_at = position + "/kept_at";
  bot.offset = [this, position, kept_at] {
    TelegramBot::Offset offset;
    world_.runtime.service().Inspect([&](notify::Notifier& notifier, notify::Instant) {
      offset = {notifier.Position(position), {notifier.Position(kept_at)}};
    });
    return offset;
  };
  // The offset first: between the two, an old time makes the bot ask for more than it needs, never for less.
  bot.keep_offset = [this, position, kept_at](const TelegramBot::Offset& offset) {
    world_.runtime.service().SetPosition(position, offset.next);
    world_.runtime.service().SetPosition(kept_at, offset.kept_at.ms);
  };
  bot.act = [this](const web::notify::ChatPress& press) {
    return web::notify::ActOnPress(sources_, press, web::notify::Door::kTelegram, world_.refusals);
  };
  return bot;
}

base::Result<TelegramBot::Reply> TelegramPoller::Ask(std::string_view method, const std::string& body,
                                                     base::Duration within) {
  const auto token = client::ReadSecret(world_.fs, bot_.token);
  if (!token.ok()) return base::Denied("bot_token_file: " + token.status().message());
  std::vector<std::string> hidden = notify::receivers::SecretParts(*token);
  notify::receivers::HttpQuestion question;
  question.url = notify::receivers::JoinUrl(bot_.api_url, "bot" + *token + "/" + std::string(method));
  question.body = body;
  question.max_answer_bytes = web::notify::kMaxTelegramBytes;
  HttpReply reply = sender_.Ask(question, world_.clock.Monotonic() + within, &hidden);
  if (!reply.status.ok()) {
    return base::Status(reply.status.code(), notify::receivers::Redacted(reply.status.message(), hidden));
  }
  return TelegramBot::Reply{std::move(reply.body), reply.retry_after.value_or(base::Duration::zero())};
}

// A file that cannot be read now lets nobody in.
std::vector<std::string> TelegramPoller::Chats() {
  std::vector<std::string> chats;
  for (const client::SecretSource& source : bot_.chats) {
    const auto chat = client::ReadSecret(world_.fs, source);
    if (!chat.ok() || chat->empty()) continue;
    chats.push_back(*chat);
    const std::string moved = world_.runtime.moved_chats().Of(bot_.api_url, *chat);
    if (moved.empty()) continue;
    chats.push_back(moved);
    if (!moves_told_.insert(moved).second) continue;
    world_.log.Warn("a group of Telegram has become a supergroup: chat_id should be its new number",
                    {{"bot", bot_.name}, {"chat_id", moved}});
  }
  return chats;
}

// Once when it begins, once when it ends: polls are many.
void TelegramPoller::Tell(const base::Status& status) {
  if (status.ok() == well_ || interruption_.interrupted()) return;
  well_ = status.ok();
  if (well_) {
    world_.log.Info("presses of buttons in Telegram are read again", {{"bot", bot_.name}});
  } else {
    world_.log.Error("presses of buttons in Telegram cannot be read",
                     {{"bot", bot_.name}, {"error", status.message()}});
  }
}

void TelegramPoller::Run() {
  for (;;) {
    Tell(logic_.Poll());
    const base::MonotonicTime next = world_.clock.Monotonic() + logic_.pause();
    base::MutexLock lock(mutex_);
    while (!stopping_ && world_.clock.Monotonic() < next) world_.clock.WaitUntil(stopped_, mutex_, next);
    if (stopping_) return;
  }
}

}  // namespace bekci::app
