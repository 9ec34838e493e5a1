#include "agent/notify/message/message_templates.h"

#include "agent/base/path_pattern.h"
#include "agent/notify/message/default_templates.h"
#include "agent/notify/message/html_printer.h"
#include "agent/notify/message/message_functions.h"
#include "agent/template/execution.h"
#include "agent/template/limits.h"

namespace bekci::notify::message {
namespace {

// Each parsed file hangs on the one before, and a name is looked up along the chain.
constexpr size_t kMostFiles = 1000;

const templates::FunctionTable& Functions(bool html) {
  using namespace templates;  // NOLINT(google-build-using-namespace): five lists of one namespace
  static const FunctionTable kText = {BuiltinFunctions(), TextFunctions(), NumberFunctions(), MessageFunctions()};
  static const FunctionTable kHtml = {BuiltinFunctions(), TextFunctions(), NumberFunctions(), MessageFunctions(),
                                      HtmlFunctions()};
  return html ? kHtml : kText;
}

std::string BaseName(const std::string& path) {
  return path.substr(path.rfind('/') + 1);
}

}  // namespace

base::Result<std::shared_ptr<const MessageTemplates>> MessageTemplates::Load(base::FileSystem& files,
                                                                             std::span<const std::string> patterns) {
  std::shared_ptr<MessageTemplates> loaded(new MessageTemplates(files));
  for (const DefaultTemplate& file : DefaultTemplates()) {
    RETURN_IF_ERROR(loaded->Add(std::string(file.name), file.text));
  }
  for (const std::string& pattern : patterns) {
    for (const std::string& path : base::MatchPaths(files, pattern, kMostFiles)) {
      if (!base::IsPathPattern(pattern) && !files.Exists(path)) continue;
      if (loaded->files_read_.size() >= kMostFiles) {
        return base::LimitReached(path + ": more than " + std::to_string(kMostFiles) + " template files");
      }
      ASSIGN_OR_RETURN(const std::string text, files.ReadFile(path, templates::kMaxSourceBytes));
      base::Status added = loaded->Add(BaseName(path), text);
      if (!added.ok()) return std::move(added).WithContext(path);
      loaded->files_read_.push_back(path);
    }
  }
  return std::shared_ptr<const MessageTemplates>(std::move(loaded));
}

base::Status MessageTemplates::Add(const std::string& name, std::string_view text) {
  for (const bool html : {false, true}) {
    auto& library = html ? html_ : text_;
    ASSIGN_OR_RETURN(library,
                     templates::Template::Parse(name, text, {.functions = &Functions(html), .library = library}));
  }
  return base::OkStatus();
}

base::Status MessageTemplates::Check(std::string_view text, const std::string& name) const {
  if (text.find("{{") == std::string_view::npos) return base::OkStatus();
  return templates::Template::Parse(name, text, {.functions = &Functions(false), .library = text_}).status();
}

base::Result<std::string> MessageTemplates::Expand(std::string_view text, const MessageData& data,
                                                   const std::string& name) const {
  if (text.find("{{") == std::string_view::npos) return std::string(text);
  return Run(text, data, name, false);
}

base::Result<std::string> MessageTemplates::ExpandHtml(std::string_view text, const MessageData& data,
                                                       const std::string& name) const {
  return Run(text, data, name, true);
}

base::Result<std::string> MessageTemplates::Run(std::string_view text, const MessageData& data, const std::string& name,
                                                bool html) const {
  const templates::Template::Options options = {.functions = &Functions(html), .library = html ? html_ : text_};
  ASSIGN_OR_RETURN(const auto parsed, templates::Template::Parse(name, text, options));
  const templates::Limits limits;
  templates::Arena arena(limits.memory_bytes);
  MessageHost host = {.data = data, .zone_files = files_};
  HtmlPrinter printer;
  const templates::Value top = data.value();
  std::string out;
  templates::Execution execution(*parsed, limits, &arena, &host, html ? &printer : nullptr);
  RETURN_IF_ERROR(execution.Run({&top, 1}, &out));
  if (html) {
    base::Status end = printer.End();
    if (!end.ok()) return std::move(end).WithContext("template: " + name);
  }
  return out;
}

}  // namespace bekci::notify::message
