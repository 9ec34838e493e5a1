// MessageTemplates: all templates of a configuration, and the expansion of the texts that use them.
//
// The default templates come first, each file of the configuration stands over what was read before it: a definition of
// the same name wins, whoever calls it. A text of the configuration ({{ template "slack.default.title" . }}) is parsed
// against all of these when it is expanded. A text without any action is itself.
//
// ExpandHtml escapes each value for the place it stands at (html_printer.h); it is what the HTML part of a mail is made
// with. The default templates of mail use functions that mean the same in both.
//
// Nothing a template says can hang the agent or eat its memory: template/limits.h holds for each expansion.
//
// Source: Go's text/template and html/template, missingkey=zero; Alertmanager's template package.
// Thread rule: immutable; any thread may expand, also several at once.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/notify/message/message_data.h"
#include "agent/template/template.h"

namespace bekci::notify::message {

class MessageTemplates {
 public:
  // The default templates and all files that the patterns match, in the order of the patterns, then of the names. A
  // pattern that matches nothing is fine. `files` outlives this: time zones are read from it when `tz` asks.
  // Errors: invalid, "PATH: template: NAME:LINE:COLUMN: what is wrong"; those of reading; limit.
  static base::Result<std::shared_ptr<const MessageTemplates>> Load(base::FileSystem& files,
                                                                    std::span<const std::string> patterns);

  // Whether a text of the configuration can be parsed. Errors: invalid, "template: NAME:LINE:COLUMN: ...", where `name`
  // says what the text is ("slack title").
  base::Status Check(std::string_view text, const std::string& name) const;

  // The text for this message. Errors: invalid, with the place in the template; limit.
  base::Result<std::string> Expand(std::string_view text, const MessageData& data, const std::string& name = "") const;
  // The same as HTML. Errors: as above; a value where none can be sent safely, HTML that does not end.
  base::Result<std::string> ExpandHtml(std::string_view text, const MessageData& data,
                                       const std::string& name = "") const;

  // The files that were read, in their order.
  const std::vector<std::string>& files() const { return files_read_; }

 private:
  explicit MessageTemplates(base::FileSystem& files) : files_(files) {}
  base::Status Add(const std::string& name, std::string_view text);
  base::Result<std::string> Run(std::string_view text, const MessageData& data, const std::string& name,
                                bool html) const;

  base::FileSystem& files_;
  std::vector<std::string> files_read_;
  std::shared_ptr<const templates::Template> text_;
  std::shared_ptr<const templates::Template> html_;
};

}  // namespace bekci::notify::message
