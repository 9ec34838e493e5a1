// Parser: tokens into the syntax tree of a template, names into slots and rows.
//
// Recursive descent along the grammar of Go's text/template/parse. A function that returns false has said why in
// `error_`; the first error is the one that is told. Variables are scoped at parse time, so that the execution knows a
// variable by its slot: `variables_` is the stack of names in scope, and a name's place on it is its slot. While a
// pipeline that declares a variable is read, that variable exists but its earlier namesake is what is meant
// ({{$x := f $x}}).
//
// Recursion is bounded by kMaxNesting. Thread rule: one owner, one use.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "agent/base/status.h"
#include "agent/template/template.h"
#include "agent/template/token.h"

namespace bekci::templates {

class Parser {
 public:
  // `out` has its text and its library; `out` and what `options` names outlive the parser.
  Parser(Template* out, const Template::Options& options) : out_(*out), options_(options) {}
  base::Status Run();

 private:
  struct Variable {
    std::string_view name;
    int32_t slot;
    bool pending;  // being declared
  };
  // How a list of statements ended.
  enum class End : unsigned char { kEnd, kElse };
  enum class Context : unsigned char { kCommand, kIf, kRange, kWith, kTemplate, kBlock, kParentheses };
  static std::string_view ContextName(Context context);

  // Tokens. Space before a token is skipped by the NonSpace ones.
  const Token& Peek() const { return tokens_.all[next_]; }
  const Token& Next();
  const Token& PeekNonSpace();
  const Token& NextNonSpace();
  bool Expect(TokenKind kind, std::string_view context);

  bool Fail(std::string_view message);
  bool FailAt(uint32_t position, std::string_view message);
  bool FailLimit(std::string_view what);
  bool Deeper();  // false, with the error, beyond kMaxNesting
  bool Unexpected(const Token& token, std::string_view context);

  // Statements: parser.cc.
  bool Top(std::vector<Statement>* out);
  bool Define();
  bool StatementList(std::vector<Statement>* out, End* end);
  bool OneStatement(std::vector<Statement>* out, bool* ended, End* end);
  bool Action(std::vector<Statement>* out, bool* ended, End* end);
  bool Else(End* end);
  bool Control(StatementKind kind, Statement* out);
  bool ControlBody(Context context, Statement* out);
  bool Otherwise(Context context, Statement* out);
  bool LoopJump(StatementKind kind, const Token& word, Statement* out);
  bool TemplateCall(Statement* out);
  bool BlockDefinition(Statement* out);
  bool TemplateName(const Token& token, std::string_view context, std::string_view* name);
  bool DefinitionBody(std::string_view name, std::string_view context);
  bool Add(const Definition& definition);

  // Pipelines: parser_pipeline.cc.
  bool ReadPipeline(Context context, TokenKind end, const Pipeline** out);
  bool Declarations(Context context, Pipeline* pipeline, std::vector<Declaration>* out);
  void Declare(std::string_view name, bool assigns, std::vector<Declaration>* out);
  bool CheckPipeline(const std::vector<Command>& commands, Context context);
  bool ReadCommand(Command* out);
  bool ReadOperand(Operand* out, bool* found);
  bool ReadTerm(Operand* out, bool* found);
  bool ReadFields(Operand* out);
  bool FunctionTerm(const Token& token, Operand* out);
  bool VariableTerm(const Token& token, Operand* out);
  bool NumberTerm(const Token& token, Operand* out);
  bool ComplexTerm(std::string_view text, Operand* out);
  bool TextTerm(const Token& token, Operand* out);
  void PrepareRegex(std::vector<Operand>* operands);
  int32_t SlotOf(std::string_view name) const;

  void PushVariable(std::string_view name);

  Template& out_;
  const Template::Options& options_;
  Tokens tokens_;
  size_t next_ = 0;
  size_t last_ = 0;  // the token last read
  std::vector<Variable> variables_;
  uint32_t slots_ = 0;  // of the current definition
  int loops_ = 0;
  int nesting_ = 0;
  base::Status error_;
};

}  // namespace bekci::templates
