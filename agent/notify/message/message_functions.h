// The functions that templates of notifications have beyond those of the language and the general ones.
//
// Source: Alertmanager 0.34's template.DefaultFuncs. Thread rule: a MessageHost belongs to one expansion.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/notify/message/message_data.h"
#include "agent/template/value.h"

namespace bekci::notify::message {

// What the functions find behind Call::host.
struct MessageHost {
  const MessageData& data;
  base::FileSystem& zone_files;
  std::vector<std::unique_ptr<templates::Zone>> zones = {};  // times borrow from them
};

// trimSpace title join safeHtml safeUrl urlUnescape stringSlice list append dict date tz now since toDate mustToDate
// toJson base64encode base64decode routeLabels.
std::span<const templates::Function> MessageFunctions();
// html and urlquery as they are within HTML: what they made is not escaped again.
std::span<const templates::Function> HtmlFunctions();

// The method .OnCall SCHEDULE FIELD.
base::Result<templates::Value> CallOnCall(templates::Call& call);
// Errors: limit.
base::Result<templates::Value> JoinedTexts(templates::Call& call, std::string_view separator,
                                           std::span<const templates::Value> texts);

}  // namespace bekci::notify::message
