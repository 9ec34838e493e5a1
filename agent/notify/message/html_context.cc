#include "agent/notify/message/html_context.h"

#include <algorithm>
#include <array>

#include "agent/base/text.h"
#include "agent/notify/message/html_css.h"
#include "agent/notify/message/html_entities.h"

namespace bekci::notify::message {
namespace {

constexpr std::string_view kSpace = " \t\n\f\r";
constexpr std::string_view kCommentBegins = "<!--";
constexpr std::string_view kCommentEnds = "-->";

bool IsLetter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool IsLetterOrDigit(char c) {
  return IsLetter(c) || (c >= '0' && c <= '9');
}

size_t SkipSpace(std::string_view text, size_t at = 0) {
  return std::min(text.find_first_not_of(kSpace, at), text.size());
}

HtmlElement ElementNamed(std::string_view name) {
  struct Row {
    std::string_view name;
    HtmlElement element;
  };
  constexpr std::array<Row, 4> kRows = {{{"script", HtmlElement::kScript},
                                         {"style", HtmlElement::kStyle},
                                         {"textarea", HtmlElement::kTextarea},
                                         {"title", HtmlElement::kTitle}}};
  for (const Row& row : kRows) {
    if (base::EqualsIgnoreCase(row.name, name)) return row.element;
  }
  return HtmlElement::kOther;
}

std::string_view EndTagOf(HtmlElement element) {
  constexpr std::array<std::string_view, 5> kTags = {"", "</script", "</style", "</textarea", "</title"};
  return kTags[static_cast<size_t>(element)];
}

HtmlState ContentOf(HtmlElement element) {
  constexpr std::array<HtmlState, 5> kStates = {HtmlState::kText, HtmlState::kScript, HtmlState::kCss,
                                                HtmlState::kRawText, HtmlState::kRawText};
  return kStates[static_cast<size_t>(element)];
}

HtmlState ValueOf(HtmlAttribute attribute) {
  constexpr std::array<HtmlState, 6> kStates = {HtmlState::kAttr,   HtmlState::kUrl,    HtmlState::kCss,
                                                HtmlState::kScript, HtmlState::kSrcset, HtmlState::kAttr};
  return kStates[static_cast<size_t>(attribute)];
}

// The end of the tag's name that begins at `at`; `at` itself where none does.
size_t TagNameEnd(std::string_view text, size_t at) {
  if (at >= text.size() || !IsLetter(text[at])) return at;
  size_t end = at + 1;
  while (end < text.size()) {
    const bool joined =
        (text[end] == ':' || text[end] == '-') && end + 1 < text.size() && IsLetterOrDigit(text[end + 1]);
    if (!IsLetterOrDigit(text[end]) && !joined) break;
    end += joined ? 2 : 1;
  }
  return end;
}

// Within an element whose content ends at its end tag only.
bool IsContent(const HtmlContext& context) {
  const bool in_tag = context.state >= HtmlState::kTag && context.state <= HtmlState::kBeforeValue;
  return context.element != HtmlElement::kOther && !in_tag;
}

// Where the end tag of `element` begins in its content, or npos.
size_t FindEndTag(std::string_view text, HtmlElement element) {
  const std::string_view tag = EndTagOf(element);
  for (size_t at = text.find("</"); at != std::string_view::npos; at = text.find("</", at + 2)) {
    const std::string_view rest = text.substr(at);
    if (rest.size() < tag.size() || !base::EqualsIgnoreCase(rest.substr(0, tag.size()), tag)) continue;
    if (rest.size() > tag.size() && std::string_view("> \t\n\f\r/").find(rest[tag.size()]) != std::string_view::npos) {
      return at;
    }
  }
  return std::string_view::npos;
}

// One context's share of a text: how many bytes it takes, and what comes then. Each reads at least one byte or changes
// the context.
struct Step {
  HtmlContext next;
  size_t bytes = 0;
};

Step InText(const HtmlContext& context, std::string_view text) {
  size_t from = 0;
  while (true) {
    const size_t open = text.find('<', from);
    if (open == std::string_view::npos || open + 1 == text.size()) return {context, text.size()};
    if (text.substr(open).starts_with(kCommentBegins)) {
      return {{.state = HtmlState::kComment}, open + kCommentBegins.size()};
    }
    const bool end = text[open + 1] == '/';
    const size_t name = open + (end ? 2 : 1);
    if (name >= text.size()) return {context, text.size()};
    const size_t name_end = TagNameEnd(text, name);
    if (name_end != name) {
      const HtmlElement element = end ? HtmlElement::kOther : ElementNamed(text.substr(name, name_end - name));
      return {{.state = HtmlState::kTag, .element = element}, name_end};
    }
    from = name;
  }
}

Step InComment(const HtmlContext& context, std::string_view text) {
  const size_t end = text.find(kCommentEnds);
  if (end == std::string_view::npos) return {context, text.size()};
  return {{}, end + kCommentEnds.size()};
}

base::Result<size_t> AttributeNameEnd(std::string_view text, size_t at) {
  const size_t end = std::min(text.find_first_of(" \t\n\f\r=>'\"<", at), text.size());
  if (end < text.size() && (text[end] == '\'' || text[end] == '"' || text[end] == '<')) {
    return base::Invalid("in an HTML tag: " + base::Quoted(text.substr(end, 1)) + " cannot be in an attribute's name");
  }
  return end;
}

base::Result<Step> InTag(const HtmlContext& context, std::string_view text) {
  const size_t at = SkipSpace(text);
  if (at == text.size()) return Step{context, text.size()};
  if (text[at] == '>') {
    return Step{{.state = ContentOf(context.element), .element = context.element}, at + 1};
  }
  ASSIGN_OR_RETURN(const size_t end, AttributeNameEnd(text, at));
  if (end == at) {
    return base::Invalid("in an HTML tag: a name of an attribute or > was expected, not " +
                         base::Quoted(text.substr(at, 1)));
  }
  const HtmlState state = end == text.size() ? HtmlState::kAttrName : HtmlState::kAfterName;
  return Step{{.state = state, .attribute = AttributeNamed(text.substr(at, end - at)), .element = context.element},
              end};
}

base::Result<Step> InAttributeName(HtmlContext context, std::string_view text) {
  ASSIGN_OR_RETURN(const size_t end, AttributeNameEnd(text, 0));
  if (end != text.size()) context.state = HtmlState::kAfterName;
  return Step{context, end};
}

Step AfterAttributeName(HtmlContext context, std::string_view text) {
  const size_t at = SkipSpace(text);
  if (at == text.size()) return {context, at};
  const bool value = text[at] == '=';
  context.state = value ? HtmlState::kBeforeValue : HtmlState::kTag;
  return {context, value ? at + 1 : at};
}

Step BeforeAttributeValue(HtmlContext context, std::string_view text) {
  const size_t at = SkipSpace(text);
  if (at == text.size()) return {context, at};
  context.delimiter = text[at] == '"'    ? HtmlDelimiter::kDouble
                      : text[at] == '\'' ? HtmlDelimiter::kSingle
                                         : HtmlDelimiter::kSpaceOrTagEnd;
  context.state = ValueOf(context.attribute);
  context.attribute = HtmlAttribute::kPlain;
  return {context, at + (context.delimiter == HtmlDelimiter::kSpaceOrTagEnd ? 0 : 1)};
}

// Content that has a grammar of its own, the whole of `text`.
base::Status ReadInner(std::string_view text, HtmlContext* context) {
  if (context->state == HtmlState::kUrl) {
    AdvanceUrl(text, context);
    return base::OkStatus();
  }
  return IsCss(context->state) ? AdvanceCss(text, context, nullptr) : base::OkStatus();
}

base::Result<Step> InAttributeValue(const HtmlContext& context, std::string_view text) {
  const bool bare = context.delimiter == HtmlDelimiter::kSpaceOrTagEnd;
  const std::string_view ends = bare ? " \t\n\f\r>" : context.delimiter == HtmlDelimiter::kDouble ? "\"" : "'";
  const size_t end = std::min(text.find_first_of(ends), text.size());
  if (bare && text.substr(0, end).find_first_of("\"'<=`") != std::string_view::npos) {
    return base::Invalid("an attribute's value without quotes cannot hold " + base::Quoted(text.substr(0, end)) +
                         "; put it in quotes");
  }
  if (end == text.size()) {
    HtmlContext next = context;
    RETURN_IF_ERROR(ReadInner(EntitiesDecoded(text), &next));
    return Step{next, end};
  }
  return Step{{.state = HtmlState::kTag, .element = context.element}, end + (bare ? 0 : 1)};
}

base::Result<Step> Next(const HtmlContext& context, std::string_view text) {
  if (context.delimiter != HtmlDelimiter::kNone) return InAttributeValue(context, text);
  switch (context.state) {
    case HtmlState::kText:
      return InText(context, text);
    case HtmlState::kComment:
      return InComment(context, text);
    case HtmlState::kTag:
      return InTag(context, text);
    case HtmlState::kAttrName:
      return InAttributeName(context, text);
    case HtmlState::kAfterName:
      return AfterAttributeName(context, text);
    case HtmlState::kBeforeValue:
      return BeforeAttributeValue(context, text);
    default:
      return Step{context, text.size()};  // kRawText, kScript
  }
}

// A `<` in text that begins neither a tag nor a document type is no `<` for every reader.
void AppendHtmlText(std::string_view text, std::string* out) {
  for (size_t i = 0; i < text.size(); ++i) {
    constexpr std::string_view kDocumentType = "<!doctype";
    const std::string_view rest = text.substr(i, kDocumentType.size());
    if (text[i] == '<' && !base::EqualsIgnoreCase(rest, kDocumentType)) {
      *out += "&lt;";
    } else {
      *out += text[i];
    }
  }
}

// The output of what a step read.
void AppendStep(const HtmlContext& before, const Step& step, std::string_view text, std::string* out) {
  if (before.state == HtmlState::kComment) return;
  size_t kept = step.bytes;
  if (step.next.state == HtmlState::kComment) kept -= kCommentBegins.size();
  if (before.state != HtmlState::kText && before.state != HtmlState::kRawText) {
    out->append(text.substr(0, kept));
    return;
  }
  size_t tag = kept;
  if (step.next.state == HtmlState::kTag) tag = text.substr(0, kept).rfind('<');
  AppendHtmlText(text.substr(0, tag), out);
  out->append(text.substr(tag, kept - tag));
}

}  // namespace

std::string_view HtmlContext::Name() const {
  constexpr std::array<std::string_view, 19> kNames = {"text",
                                                       "a tag",
                                                       "the name of an attribute",
                                                       "a tag, behind the name of an attribute",
                                                       "a tag, before the value of an attribute",
                                                       "a comment",
                                                       "the text of a title or textarea",
                                                       "the value of an attribute",
                                                       "an address",
                                                       "a script",
                                                       "a srcset",
                                                       "a style sheet",
                                                       "a text of a style sheet",
                                                       "a text of a style sheet",
                                                       "an address of a style sheet",
                                                       "an address of a style sheet",
                                                       "an address of a style sheet",
                                                       "a comment of a style sheet",
                                                       "a comment of a style sheet"};
  return kNames[static_cast<size_t>(state)];
}

HtmlContext HtmlContext::BeforeValue() const {
  HtmlContext next = *this;
  if (state == HtmlState::kTag) next.state = HtmlState::kAttrName;
  if (state == HtmlState::kAfterName) {
    next.state = HtmlState::kAttrName;
    next.attribute = HtmlAttribute::kPlain;
  }
  if (state == HtmlState::kBeforeValue) {
    next.state = ValueOf(attribute);
    next.delimiter = HtmlDelimiter::kSpaceOrTagEnd;
    next.attribute = HtmlAttribute::kPlain;
  }
  return next;
}

base::Status AdvanceHtml(std::string_view text, HtmlContext* context, std::string* out) {
  while (!text.empty()) {
    std::string_view part = text;
    const bool special = context->delimiter == HtmlDelimiter::kNone && IsContent(*context);
    if (special) part = text.substr(0, FindEndTag(text, context->element));
    if (special && part.empty()) {  // the end tag of a script, style sheet, title: text again, which begins with a tag
      *context = {};
      part = text;
    }
    if (special && IsCss(context->state)) {
      RETURN_IF_ERROR(AdvanceCss(part, context, out));
      text.remove_prefix(part.size());
      continue;
    }
    ASSIGN_OR_RETURN(const Step step, Next(*context, part));
    AppendStep(*context, step, part, out);
    *context = step.next;
    text.remove_prefix(step.bytes);
  }
  return base::OkStatus();
}

}  // namespace bekci::notify::message
