// What has to be done to a text that others wrote (labels, annotations) so that a medium shows it and does not obey it.
//
// Source: the documentation of each medium (receivers.md section 0.2). Thread rule: functions without state.
#pragma once

#include <string>
#include <string_view>

namespace bekci::notify::message {

// Slack mrkdwn: & < > only; nothing else can make a mention or a link.
std::string SlackEscaped(std::string_view text);
// Telegram's HTML: & < > ".
std::string TelegramHtmlEscaped(std::string_view text);
// Telegram's MarkdownV2: a backslash before each character that means something there.
std::string TelegramMarkdownEscaped(std::string_view text);
// Discord: @everyone, @here, <@id>, <@&id> and <#id> are shown and reach nobody.
std::string DiscordEscaped(std::string_view text);
// One line of a mail's head: line ends and other control characters become a blank, a run of them one.
std::string MailHeaderText(std::string_view text);

}  // namespace bekci::notify::message
