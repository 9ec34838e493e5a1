// TelegramBot: one bot whose buttons acknowledge: asks Telegram who pressed (getUpdates, a long poll), acts, answers
// whoever pressed (answerCallbackQuery) and writes under the message who has it (editMessageText), which takes the
// button away.
//
// A press is acted on once: what it did is on disk together with its name, and only then the offset from which the next
// poll goes on. All presses of a poll are acted on before anybody is talked to, and talk ends after a while: what is
// left to say is said after the next poll, which does not wait. An error is waited out, longer each time; one token has
// one poller, so a second one hears 409 and its error says so.
//
// An offset is good while updates come: after a week without any, Telegram chooses the next number by chance, and an
// old offset could hide presses. One that was kept a day ago or more confirms nothing any more, since updates live for
// a day, and is not sent; presses that are told again by that are known by their names.
//
// Source: Telegram's Bot API; receivers.md section 6. Thread rule: one thread at a time.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/status.h"
#include "agent/web/notify/chat_press.h"
#include "agent/web/notify/telegram_actions.h"

namespace bekci::web::notify {

// How long Telegram may hold a poll that has nothing to say.
inline constexpr base::Duration kTelegramPoll = base::seconds(30);

class TelegramBot {
 public:
  struct Reply {
    std::string body;              // whatever the status of HTTP
    base::Duration retry_after{};  // Telegram wants to be left alone for so long
  };
  struct Offset {
    int64_t next = 0;  // 0: there is none
    base::Timestamp kept_at;
  };
  struct World {
    // Asks a method of the Bot API with a JSON body. Errors: no answer came within `within`, or the token is not there.
    std::function<base::Result<Reply>(std::string_view method, const std::string& body, base::Duration within)> ask;
    std::function<std::vector<std::string>()> chats;  // that may press, as they are now
    std::vector<std::string> users;                   // of these chats; none: everybody
    std::function<Offset()> offset;                   // as it was kept
    std::function<void(const Offset&)> keep_offset;   // returns when it is on the disk
    std::function<PressOutcome(const ChatPress&)> act;
    std::string name;  // of the bot, for what may be used once
  };
  // clock and refusals outlive it.
  TelegramBot(World world, const base::Clock& clock, Refusals& refusals)
      : world_(std::move(world)), clock_(clock), refusals_(refusals) {}

  // One poll, and all that comes of it but what is left to be said. Errors: those of `ask` and ReadTelegramUpdates.
  base::Status Poll();
  // How long to wait before the next one.
  base::Duration pause() const { return pause_; }

 private:
  struct Question {
    std::string_view method;
    std::string body;
  };
  base::Result<TelegramUpdates> Updates();
  int64_t OffsetToAsk() const;
  bool talks() const { return !answers_.empty() || !edits_.empty(); }
  void Talk();
  void Take(const ChatPress& press);
  void Say(std::string_view callback_id, std::string_view words, bool loud);
  void Edit(const ChatPress& press, std::string_view words);
  void WaitLonger(const base::Status& status, base::Duration retry_after);

  const World world_;
  const base::Clock& clock_;
  Refusals& refusals_;
  base::Duration pause_{};
  // What is left to say: answers first, since whoever pressed looks at the screen.
  std::deque<Question> answers_;
  std::deque<Question> edits_;
};

// editMessageText of a pressed message: `words` stand under what it said, and its button is gone. Where what it said is
// not known any more, or too long with them, it is cut, or only the button goes (editMessageReplyMarkup).
struct TelegramEdit {
  std::string_view method;
  std::string body;
};
TelegramEdit EditOf(const ChatPress& press, std::string_view words);

}  // namespace bekci::web::notify
