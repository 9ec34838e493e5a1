// Reading and changing a mapping that is on its way to its Values.
//
// Thread rule: functions without state.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/config/node.h"
#include "agent/config/option.h"

namespace bekci::notify::routing {

// Whether `key` is there and says something: null and empty texts do not.
bool Says(const config::Node& mapping, std::string_view key);
// The text of `key`, or empty.
std::string TextOf(const config::Node& mapping, std::string_view key);
config::Node TextNode(std::string_view text, const config::Mark& mark);
// Sets or replaces `key`. `mapping` may be null and becomes a mapping.
void Put(config::Node* mapping, std::string_view key, config::Node value);

// Whether an http_config has an Authorization header, in the old way to write it or in the new one.
bool SaysAuthorization(const config::Node* http_config);
// Takes away keys of `table`, in sections too, that name a file and say nothing: Alertmanager does not see them.
void DropEmptyFiles(config::Node* mapping, std::span<const config::Option> table);

// What is wrong with a HOST:PORT, in Go's words; or empty. An empty text is no mistake here.
std::string WrongHostPort(std::string_view text);
// What is wrong with an URL that must be http or https and have a host, in Alertmanager's words and without repeating
// it; or empty.
std::string WrongUrl(std::string_view url);
// What is wrong with the template in `text`; or empty. Which functions there are is not known here.
std::string WrongTemplate(std::string_view text);

}  // namespace bekci::notify::routing
