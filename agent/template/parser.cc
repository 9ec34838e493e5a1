#include "agent/template/parser.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/template/go_literal.h"
#include "agent/template/limits.h"

namespace bekci::templates {

std::string_view Parser::ContextName(Context context) {
  constexpr std::string_view kNames[] = {
      "command", "if", "range", "with", "template clause", "block clause", "parenthesized pipeline"};
  return kNames[static_cast<size_t>(context)];
}

const Token& Parser::Next() {
  last_ = next_;
  // The last token, the end or an error, is read again and again.
  if (next_ + 1 < tokens_.all.size()) ++next_;
  return tokens_.all[last_];
}

const Token& Parser::PeekNonSpace() {
  while (Peek().kind == TokenKind::kSpace) ++next_;
  return Peek();
}

const Token& Parser::NextNonSpace() {
  PeekNonSpace();
  return Next();
}

bool Parser::Expect(TokenKind kind, std::string_view context) {
  const Token& token = NextNonSpace();
  return token.kind == kind || Unexpected(token, context);
}

bool Parser::FailAt(uint32_t position, std::string_view message) {
  error_ = base::Invalid("template: " + out_.Where(position) + ": " + std::string(message));
  return false;
}

bool Parser::Fail(std::string_view message) {
  return FailAt(tokens_.all[last_].position, message);
}

bool Parser::FailLimit(std::string_view what) {
  error_ = base::LimitReached("template: " + out_.Where(tokens_.all[last_].position) + ": " + std::string(what));
  return false;
}

bool Parser::Deeper() {
  if (++nesting_ <= kMaxNesting) return true;
  return FailLimit("nested deeper than " + std::to_string(kMaxNesting) + " levels");
}

bool Parser::Unexpected(const Token& token, std::string_view context) {
  if (token.kind == TokenKind::kError) return FailAt(token.position, TokenText(token));
  return FailAt(token.position, "unexpected " + TokenText(token) + " in " + std::string(context));
}

void Parser::PushVariable(std::string_view name) {
  variables_.push_back({name, static_cast<int32_t>(variables_.size()), false});
  slots_ = std::max(slots_, static_cast<uint32_t>(variables_.size()));
}

base::Status Parser::Run() {
  Tokenize(out_.source_, &tokens_);
  PushVariable("$");
  for (const std::string_view name : options_.variables) PushVariable(name);
  std::vector<Statement> statements;
  if (!Top(&statements)) return std::move(error_);
  std::sort(out_.definitions_.begin(), out_.definitions_.end(),
            [](const Definition& a, const Definition& b) { return a.name < b.name; });
  out_.main_ = {out_.name_, out_.arena_.Copy(statements), slots_};
  return base::OkStatus();
}

bool Parser::Top(std::vector<Statement>* out) {
  while (Peek().kind != TokenKind::kEnd) {
    const size_t start = next_;
    if (Peek().kind == TokenKind::kLeftDelimiter) {
      Next();
      if (NextNonSpace().kind == TokenKind::kDefine) {
        if (!Define()) return false;
        continue;
      }
      next_ = start;
    }
    bool ended = false;
    End end = End::kEnd;
    if (!OneStatement(out, &ended, &end)) return false;
    if (ended) return Fail(end == End::kEnd ? "unexpected {{end}}" : "unexpected {{else}}");
  }
  return true;
}

bool Parser::Define() {
  constexpr std::string_view kContext = "define clause";
  std::string_view name;
  if (!TemplateName(NextNonSpace(), kContext, &name) || !Expect(TokenKind::kRightDelimiter, kContext)) return false;
  return DefinitionBody(name, kContext);
}

// The statements up to {{end}}, in a scope of their own, as the template `name`.
bool Parser::DefinitionBody(std::string_view name, std::string_view context) {
  std::vector<Variable> outside = std::move(variables_);
  const uint32_t outside_slots = slots_;
  const int outside_loops = loops_;
  variables_.clear();
  slots_ = 0;
  loops_ = 0;
  PushVariable("$");
  std::vector<Statement> statements;
  End end = End::kEnd;
  if (!StatementList(&statements, &end)) return false;
  if (end != End::kEnd) return Fail("unexpected {{else}} in " + std::string(context));
  const Definition definition = {name, out_.arena_.Copy(statements), slots_};
  variables_ = std::move(outside);
  slots_ = outside_slots;
  loops_ = outside_loops;
  return Add(definition);
}

bool Parser::Add(const Definition& definition) {
  for (Definition& other : out_.definitions_) {
    if (other.name != definition.name) continue;
    if (IsEmpty(definition.body)) return true;
    if (!IsEmpty(other.body)) {
      return Fail("template: multiple definition of template " + base::Quoted(definition.name));
    }
    other = definition;
    return true;
  }
  if (out_.definitions_.size() >= kMaxNames) {
    return FailLimit("more than " + std::to_string(kMaxNames) + " named templates");
  }
  out_.definitions_.push_back(definition);
  return true;
}

bool Parser::StatementList(std::vector<Statement>* out, End* end) {
  while (PeekNonSpace().kind != TokenKind::kEnd) {
    bool ended = false;
    if (!OneStatement(out, &ended, end)) return false;
    if (ended) return true;
  }
  Next();
  return Fail("unexpected EOF");
}

bool Parser::OneStatement(std::vector<Statement>* out, bool* ended, End* end) {
  const Token& token = NextNonSpace();
  if (token.kind == TokenKind::kText) {
    out->push_back({.kind = StatementKind::kText, .position = token.position, .text = token.text});
    return true;
  }
  if (token.kind == TokenKind::kLeftDelimiter) return Action(out, ended, end);
  return Unexpected(token, "input");
}

bool Parser::Action(std::vector<Statement>* out, bool* ended, End* end) {
  const size_t start = next_;
  const Token& word = NextNonSpace();
  Statement statement = {.kind = StatementKind::kAction, .position = word.position};
  bool good = false;
  switch (word.kind) {
    case TokenKind::kEndKeyword:
      *ended = true;
      *end = End::kEnd;
      return Expect(TokenKind::kRightDelimiter, "end");
    case TokenKind::kElse:
      *ended = true;
      *end = End::kElse;
      return Else(end);
    case TokenKind::kIf:
      good = Control(StatementKind::kIf, &statement);
      break;
    case TokenKind::kWith:
      good = Control(StatementKind::kWith, &statement);
      break;
    case TokenKind::kRange:
      good = Control(StatementKind::kRange, &statement);
      break;
    case TokenKind::kTemplate:
      good = TemplateCall(&statement);
      break;
    case TokenKind::kBlock:
      good = BlockDefinition(&statement);
      break;
    case TokenKind::kBreak:
      good = LoopJump(StatementKind::kBreak, word, &statement);
      break;
    case TokenKind::kContinue:
      good = LoopJump(StatementKind::kContinue, word, &statement);
      break;
    default:
      next_ = start;
      good = ReadPipeline(Context::kCommand, TokenKind::kRightDelimiter, &statement.pipeline);
  }
  if (good) out->push_back(statement);
  return good;
}

// {{else}}, or the first word of {{else if ...}}, which stays to be read.
bool Parser::Else(End* end) {
  *end = End::kElse;
  const TokenKind next = PeekNonSpace().kind;
  if (next == TokenKind::kIf || next == TokenKind::kWith) return true;
  return Expect(TokenKind::kRightDelimiter, "else");
}

bool Parser::Control(StatementKind kind, Statement* out) {
  if (!Deeper()) return false;
  const Context context = kind == StatementKind::kIf     ? Context::kIf
                          : kind == StatementKind::kWith ? Context::kWith
                                                         : Context::kRange;
  out->kind = kind;
  const size_t scope = variables_.size();
  const bool good = ReadPipeline(context, TokenKind::kRightDelimiter, &out->pipeline) && ControlBody(context, out);
  if (good) variables_.resize(scope);
  --nesting_;
  return good;
}

bool Parser::ControlBody(Context context, Statement* out) {
  std::vector<Statement> body;
  End end = End::kEnd;
  loops_ += context == Context::kRange ? 1 : 0;
  if (!StatementList(&body, &end)) return false;
  loops_ -= context == Context::kRange ? 1 : 0;
  out->body = out_.arena_.Copy(body);
  return end == End::kEnd || Otherwise(context, out);
}

// What follows {{else, up to the {{end}} that it shares with its control structure.
bool Parser::Otherwise(Context context, Statement* out) {
  std::vector<Statement> statements;
  const TokenKind next = Peek().kind;
  const bool chained =
      (next == TokenKind::kIf && context == Context::kIf) || (next == TokenKind::kWith && context == Context::kWith);
  if (chained) {
    Statement statement = {.kind = StatementKind::kIf, .position = Next().position};
    if (!Control(context == Context::kIf ? StatementKind::kIf : StatementKind::kWith, &statement)) return false;
    statements.push_back(statement);
  } else {
    End end = End::kEnd;
    if (!StatementList(&statements, &end)) return false;
    if (end != End::kEnd) return Fail("expected end; found {{else}}");
  }
  out->otherwise = out_.arena_.Copy(statements);
  return true;
}

bool Parser::LoopJump(StatementKind kind, const Token& word, Statement* out) {
  const std::string name = "{{" + std::string(word.text) + "}}";
  const uint32_t position = word.position;
  if (!Expect(TokenKind::kRightDelimiter, name)) return false;
  if (loops_ == 0) return FailAt(position, name + " outside {{range}}");
  out->kind = kind;
  return true;
}

bool Parser::TemplateName(const Token& token, std::string_view context, std::string_view* name) {
  if (token.kind != TokenKind::kString && token.kind != TokenKind::kRawString) return Unexpected(token, context);
  const auto text = GoUnquote(token.text);
  if (!text) return Fail("invalid syntax");
  *name = out_.arena_.Copy(std::string_view(*text));
  return true;
}

bool Parser::TemplateCall(Statement* out) {
  out->kind = StatementKind::kTemplate;
  out->position = PeekNonSpace().position;
  if (!TemplateName(NextNonSpace(), "template clause", &out->text)) return false;
  const size_t start = next_;
  if (NextNonSpace().kind == TokenKind::kRightDelimiter) return true;
  next_ = start;
  return ReadPipeline(Context::kTemplate, TokenKind::kRightDelimiter, &out->pipeline);
}

// {{block "name" pipeline}}..{{end}}: a definition and, here, a call of it.
bool Parser::BlockDefinition(Statement* out) {
  if (!Deeper()) return false;
  out->kind = StatementKind::kTemplate;
  out->position = PeekNonSpace().position;
  const std::string_view context = ContextName(Context::kBlock);
  if (!TemplateName(NextNonSpace(), context, &out->text) ||
      !ReadPipeline(Context::kBlock, TokenKind::kRightDelimiter, &out->pipeline)) {
    return false;
  }
  const bool good = DefinitionBody(out->text, context);
  --nesting_;
  return good;
}

}  // namespace bekci::templates
