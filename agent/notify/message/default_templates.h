// The templates that are there without any file: subjects, lists, what each medium says unless it is told otherwise.
//
// The names and what they give are Alertmanager's, so that configurations and template files written for it work and
// its users see what they know. Our own: the level in the subject of level messages, the mail (default_mail.cc), its
// text part, and the names that begin with `bekci.`: a message that says what, where, since when, how bad, and where to
// look, in a few lines.
//
// Thread rule: constants.
#pragma once

#include <span>
#include <string_view>

namespace bekci::notify::message {

struct DefaultTemplate {
  std::string_view name;  // of the file
  std::string_view text;
};

std::span<const DefaultTemplate> DefaultTemplates();

// email.default.html and email.default.text.
extern const std::string_view kDefaultMail;

}  // namespace bekci::notify::message
