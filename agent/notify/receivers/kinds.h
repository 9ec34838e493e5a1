// The media that are asked over HTTP, a row each. The function of a row is in the file of its name.
//
// Thread rule: constants.
#pragma once

#include "agent/notify/receivers/http_integration.h"

namespace bekci::notify::receivers {

extern const HttpKind kWebhook, kIncidentio;     // webhook.cc
extern const HttpKind kSlack;                    // slack.cc
extern const HttpKind kPagerduty;                // pagerduty.cc
extern const HttpKind kOpsgenie;                 // opsgenie.cc
extern const HttpKind kVictorops, kPushover;     // pagers.cc
extern const HttpKind kTelegram;                 // telegram.cc
extern const HttpKind kDiscord, kWebex;          // chats.cc
extern const HttpKind kRocketchat, kMattermost;  // chat_servers.cc
extern const HttpKind kMsteams, kMsteamsv2;      // teams.cc
extern const HttpKind kWechat;                   // wechat.cc
extern const HttpKind kJira;                     // jira.cc
extern const HttpKind kSns;                      // sns.cc
extern const HttpKind kTwilio, kSms;             // sms.cc
extern const HttpKind kHttp;                     // generic_http.cc
extern const HttpKind kNtfy;                     // ntfy.cc

}  // namespace bekci::notify::receivers
