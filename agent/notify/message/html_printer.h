// HtmlPrinter: prints what a template gives as html/template does: every value escaped for the place it stands at.
//
// Covered: text, <title> and <textarea>, attributes quoted and not, addresses (href, src, action ...; with a scheme
// other than http, https or mailto they become #ZgotmplZ), style attributes and <style>, names of attributes, comments
// (dropped). A value within a script, an on...= attribute or srcset is an error: mail has none of them, and readers
// that run scripts in mail should get nothing of ours.
//
// Differences from html/template: the context is followed on the path that the execution takes, so a template whose
// branches end in different contexts is accepted as long as what it prints is sound; and an error shows when its place
// is reached, not before.
//
// Source: Go's html/template. Thread rule: one owner, one use.
#pragma once

#include <string>
#include <string_view>

#include "agent/notify/message/html_context.h"
#include "agent/template/execution.h"

namespace bekci::notify::message {

// Texts that somebody vouched for: markup (safeHtml, and what `html` made), an address (safeUrl, urlquery).
extern const templates::Type kHtmlType;
extern const templates::Type kUrlType;

class HtmlPrinter : public templates::Printer {
 public:
  base::Status AddText(std::string_view text, std::string* out) override { return AdvanceHtml(text, &context_, out); }
  base::Status AddValue(const templates::Value& value, size_t limit, std::string* out) override;
  // Errors: invalid; the document ends within a tag, a script or the like.
  base::Status End() const;

 private:
  HtmlContext context_;
};

}  // namespace bekci::notify::message
