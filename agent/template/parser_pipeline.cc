// The half of the parser that reads what stands inside an action: declarations, commands, operands, constants.
#include <algorithm>

#include "agent/base/utf8.h"
#include "agent/template/go_literal.h"
#include "agent/template/limits.h"
#include "agent/template/parser.h"

namespace bekci::templates {
namespace {

// Beyond these a regular expression is compiled when it is used.
constexpr size_t kMaxPreparedRegexes = 64;

bool StartsOperand(TokenKind kind) {
  switch (kind) {
    case TokenKind::kBool:
    case TokenKind::kCharacterConstant:
    case TokenKind::kComplex:
    case TokenKind::kDot:
    case TokenKind::kField:
    case TokenKind::kIdentifier:
    case TokenKind::kNumber:
    case TokenKind::kNil:
    case TokenKind::kRawString:
    case TokenKind::kString:
    case TokenKind::kVariable:
    case TokenKind::kLeftParenthesis:
      return true;
    default:
      return false;
  }
}

bool IsExecutable(OperandKind kind) {
  return kind == OperandKind::kVariable || kind == OperandKind::kField || kind == OperandKind::kChain ||
         kind == OperandKind::kFunction || kind == OperandKind::kPipeline;
}

// What a constant is when nothing asks for a certain type: an int, or a float where it is written as one. Nil: an
// integer that does not fit.
Value Ideal(std::string_view text, std::optional<int64_t> integer, double number) {
  const bool hexadecimal = text.size() > 2 && text[0] == '0' && (text[1] == 'x' || text[1] == 'X') &&
                           text.find_first_of("pP") == std::string_view::npos;
  if (!hexadecimal && text.find_first_of(".eEpP") != std::string_view::npos) return Value::Float(number);
  return integer ? Value::Int(*integer) : Value();
}

}  // namespace

bool Parser::ReadPipeline(Context context, TokenKind end, const Pipeline** out) {
  if (!Deeper()) return false;
  Pipeline pipeline = {.position = PeekNonSpace().position};
  std::vector<Declaration> declarations;
  const size_t first_variable = variables_.size();
  if (!Declarations(context, &pipeline, &declarations)) return false;
  const size_t behind_variables = variables_.size();
  std::vector<Command> commands;
  while (true) {
    const Token& token = PeekNonSpace();
    if (token.kind == end) break;
    if (!StartsOperand(token.kind)) return Unexpected(Next(), ContextName(context));
    Command command = {.position = token.position};
    if (!ReadCommand(&command)) return false;
    commands.push_back(command);
  }
  Next();
  if (!CheckPipeline(commands, context)) return false;
  for (size_t i = first_variable; i < behind_variables; ++i) variables_[i].pending = false;
  pipeline.declarations = out_.arena_.Copy(declarations);
  pipeline.commands = out_.arena_.Copy(commands);
  *out = out_.arena_.New(pipeline);
  --nesting_;
  return true;
}

// $x := or $x = or, in a range, $i, $x :=. Without one of these a variable is an operand, and left to be read.
bool Parser::Declarations(Context context, Pipeline* pipeline, std::vector<Declaration>* out) {
  std::vector<std::string_view> names;
  while (PeekNonSpace().kind == TokenKind::kVariable) {
    const size_t start = next_;
    names.push_back(Next().text);
    const Token& next = PeekNonSpace();
    if (next.kind == TokenKind::kAssign || next.kind == TokenKind::kDeclare) {
      pipeline->assigns = next.kind == TokenKind::kAssign;
      Next();
      break;
    }
    if (next.kind != TokenKind::kCharacter || next.text != ",") {
      next_ = start;
      names.pop_back();
      break;
    }
    Next();
    if (context != Context::kRange || names.size() > 1) {
      return Fail("too many declarations in " + std::string(ContextName(context)));
    }
    const TokenKind behind = PeekNonSpace().kind;
    if (behind != TokenKind::kVariable && behind != TokenKind::kRightDelimiter &&
        behind != TokenKind::kRightParenthesis) {
      return Fail("range can only initialize variables");
    }
  }
  if (variables_.size() + names.size() > kMaxNames) {
    return FailLimit("more than " + std::to_string(kMaxNames) + " variables");
  }
  for (const std::string_view name : names) Declare(name, pipeline->assigns, out);
  return true;
}

void Parser::Declare(std::string_view name, bool assigns, std::vector<Declaration>* out) {
  // An assignment is to what has the name already; where nothing has, that is found out when it is reached.
  const int32_t assigned = assigns ? SlotOf(name) : kUndefinedSlot;
  PushVariable(name);
  Variable& variable = variables_.back();
  if (assigns) variable.slot = assigned;
  variable.pending = !assigns;
  out->push_back({name, variable.slot});
}

int32_t Parser::SlotOf(std::string_view name) const {
  const auto found = std::find_if(variables_.rbegin(), variables_.rend(),
                                  [&](const Variable& variable) { return !variable.pending && variable.name == name; });
  return found == variables_.rend() ? kUndefinedSlot : found->slot;
}

bool Parser::CheckPipeline(const std::vector<Command>& commands, Context context) {
  if (commands.empty()) return Fail("missing value for " + std::string(ContextName(context)));
  for (size_t i = 1; i < commands.size(); ++i) {
    if (IsExecutable(commands[i].operands.front().kind)) continue;
    return FailAt(commands[i].position, "non executable command in pipeline stage " + std::to_string(i + 1));
  }
  return true;
}

bool Parser::ReadCommand(Command* out) {
  std::vector<Operand> operands;
  while (true) {
    PeekNonSpace();
    Operand operand;
    bool found = false;
    if (!ReadOperand(&operand, &found)) return false;
    if (found) operands.push_back(operand);
    const Token& token = Next();
    if (token.kind == TokenKind::kSpace) continue;
    if (token.kind == TokenKind::kRightDelimiter || token.kind == TokenKind::kRightParenthesis) {
      next_ = last_;
      break;
    }
    if (token.kind == TokenKind::kPipe) break;
    return Unexpected(token, "operand");
  }
  if (operands.empty()) return Fail("empty command");
  PrepareRegex(&operands);
  out->operands = out_.arena_.Copy(operands);
  return true;
}

void Parser::PrepareRegex(std::vector<Operand>* operands) {
  if (operands->size() < 2 || out_.regexes_.size() >= kMaxPreparedRegexes) return;
  const Operand& function = operands->front();
  Operand& expression = (*operands)[1];
  if (function.kind != OperandKind::kFunction || !function.function->first_is_regex) return;
  if (expression.kind != OperandKind::kText) return;
  auto regex = Regex::Make(expression.constant.text());
  if (!regex.ok()) return;  // an error when it is reached, as in Go
  expression.regex = regex.value().get();
  out_.regexes_.push_back(std::move(regex).value());
}

bool Parser::ReadOperand(Operand* out, bool* found) {
  if (!ReadTerm(out, found)) return false;
  if (!*found || Peek().kind != TokenKind::kField) return true;
  return ReadFields(out);
}

// .A.B behind a term: more fields of a field or variable, else a chain.
bool Parser::ReadFields(Operand* out) {
  const uint32_t position = Peek().position;
  std::vector<std::string_view> fields;
  while (Peek().kind == TokenKind::kField) fields.push_back(Next().text.substr(1));
  if (out->kind == OperandKind::kField || out->kind == OperandKind::kVariable) {
    fields.insert(fields.begin(), out->fields.begin(), out->fields.end());
  } else if (IsExecutable(out->kind)) {
    Operand chain;
    chain.kind = OperandKind::kChain;
    chain.base = out_.arena_.New(*out);
    *out = chain;
  } else {
    return Fail("unexpected . after term " + base::Quoted(OperandText(*out)));
  }
  out->position = position;
  out->fields = out_.arena_.Copy(fields);
  return true;
}

bool Parser::ReadTerm(Operand* out, bool* found) {
  *found = true;
  const Token& token = NextNonSpace();
  out->position = token.position;
  out->text = token.text;
  switch (token.kind) {
    case TokenKind::kIdentifier:
      return FunctionTerm(token, out);
    case TokenKind::kDot:
      out->kind = OperandKind::kDot;
      return true;
    case TokenKind::kNil:
      out->kind = OperandKind::kNil;
      return true;
    case TokenKind::kVariable:
      return VariableTerm(token, out);
    case TokenKind::kField:
      out->kind = OperandKind::kField;
      out->fields = out_.arena_.Copy(std::vector<std::string_view>{token.text.substr(1)});
      out->text = {};
      return true;
    case TokenKind::kBool:
      out->kind = OperandKind::kBool;
      out->constant = Value::Bool(token.text == "true");
      return true;
    case TokenKind::kCharacterConstant:
    case TokenKind::kComplex:
    case TokenKind::kNumber:
      return NumberTerm(token, out);
    case TokenKind::kLeftParenthesis:
      out->kind = OperandKind::kPipeline;
      return ReadPipeline(Context::kParentheses, TokenKind::kRightParenthesis, &out->pipeline);
    case TokenKind::kString:
    case TokenKind::kRawString:
      return TextTerm(token, out);
    default:
      next_ = last_;
      *found = false;
      return true;
  }
}

bool Parser::FunctionTerm(const Token& token, Operand* out) {
  out->kind = OperandKind::kFunction;
  out->function = options_.functions->Find(token.text);
  if (out->function != nullptr) return true;
  std::string message = "function " + base::Quoted(token.text) + " not defined";
  const std::string_view nearest = options_.functions->Nearest(token.text);
  if (!nearest.empty()) message += ", did you mean " + base::Quoted(nearest) + "?";
  return Fail(message);
}

bool Parser::VariableTerm(const Token& token, Operand* out) {
  const bool exists = std::any_of(variables_.begin(), variables_.end(),
                                  [&](const Variable& variable) { return variable.name == token.text; });
  if (!exists) return Fail("undefined variable " + base::Quoted(token.text));
  out->kind = OperandKind::kVariable;
  out->slot = SlotOf(token.text);
  return true;
}

bool Parser::NumberTerm(const Token& token, Operand* out) {
  const std::string_view text = token.text;
  out->kind = OperandKind::kNumber;
  if (token.kind == TokenKind::kCharacterConstant) {
    const auto character = GoCharacter(text);
    if (!character) return Fail("malformed character constant: " + std::string(text));
    out->constant = Value::Int(*character);
    return true;
  }
  if (token.kind == TokenKind::kComplex || text.ends_with('i')) return ComplexTerm(text, out);
  const std::optional<int64_t> integer = GoInteger(text);
  if (integer || GoNatural(text)) {
    out->constant = Ideal(text, integer, integer ? static_cast<double>(*integer) : 0);
    return true;
  }
  double number = 0;
  if (GoFloat(text, &number) != FloatError::kNone) return Fail("illegal number syntax: " + base::Quoted(text));
  if (text.find_first_of(".eEpP") == std::string_view::npos) return Fail("integer overflow: " + base::Quoted(text));
  out->constant = Ideal(text, std::nullopt, number);
  return true;
}

// 2i, 1+2i.
bool Parser::ComplexTerm(std::string_view text, Operand* out) {
  size_t split = text.size() - 1;
  const auto is_sign = [&](size_t i) {
    const bool of_exponent = i > 0 && std::string_view("eEpP").find(text[i - 1]) != std::string_view::npos &&
                             !text.starts_with("0x") && !text.starts_with("0X");
    return (text[i] == '+' || text[i] == '-') && !of_exponent;
  };
  while (split > 0 && !is_sign(split)) --split;
  double real = 0;
  double imaginary = 0;
  const std::string_view front = text.substr(0, split);
  const std::string_view back = text.substr(split, text.size() - split - 1);
  if ((!front.empty() && GoFloat(front, &real) != FloatError::kNone) ||
      GoFloat(back, &imaginary) != FloatError::kNone) {
    return Fail("illegal number syntax: " + base::Quoted(text));
  }
  out->constant = Value::Complex(real, imaginary);
  return true;
}

bool Parser::TextTerm(const Token& token, Operand* out) {
  const auto text = GoUnquote(token.text);
  if (!text) return Fail("invalid syntax");
  out->kind = OperandKind::kText;
  // A text without escapes is what stands in the source.
  const std::string_view inside = token.text.substr(1, token.text.size() - 2);
  out->constant = Value::Text(*text == inside ? inside : out_.arena_.Copy(std::string_view(*text)));
  return true;
}

}  // namespace bekci::templates
