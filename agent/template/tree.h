// The syntax tree of a template: what the parser makes and the execution walks.
//
// Everything that can be known when the template is parsed is in it: a variable is a slot of its template's frame, a
// function is a pointer to its row, a constant is a value, a literal regular expression is compiled. Nodes live in the
// arena of their template and borrow its text; they are plain data, so a tree is freed at once.
//
// Immutable once parsed. Thread rule: any thread may read.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "agent/template/value.h"

namespace bekci::templates {

struct Pipeline;
struct Statement;
using Block = std::span<const Statement>;

inline constexpr int32_t kUndefinedSlot = -1;  // declared only by a later or no action: an error when it is reached

enum class OperandKind : unsigned char {
  kDot,
  kNil,
  kBool,
  kNumber,
  kText,
  kVariable,  // $x, $x.A.B
  kField,     // .A.B
  kChain,     // (pipeline).A.B, function.A.B
  kFunction,
  kPipeline,  // in parentheses
};

// An argument of a command, or what the command begins with.
struct Operand {
  OperandKind kind = OperandKind::kDot;
  int32_t slot = kUndefinedSlot;
  uint32_t position = 0;
  Value constant = {};                            // kBool, kNumber, kText; nil: an integer that overflows
  std::string_view text = {};                     // as written: a constant, the name of a variable or function
  std::span<const std::string_view> fields = {};  // kVariable, kField, kChain
  const Function* function = nullptr;             // kFunction
  const Pipeline* pipeline = nullptr;             // kPipeline
  const Operand* base = nullptr;                  // kChain
  const Regex* regex = nullptr;                   // kText where a function wants one
};

struct Command {
  uint32_t position = 0;
  std::span<const Operand> operands = {};  // at least one
};

struct Declaration {
  std::string_view name;
  int32_t slot = kUndefinedSlot;
};

struct Pipeline {
  uint32_t position = 0;
  bool assigns = false;  // = instead of :=
  std::span<const Declaration> declarations = {};
  std::span<const Command> commands = {};
};

enum class StatementKind : unsigned char { kText, kAction, kIf, kWith, kRange, kTemplate, kBreak, kContinue };

struct Statement {
  StatementKind kind = StatementKind::kText;
  uint32_t position = 0;
  std::string_view text = {};          // kText; kTemplate: its name
  const Pipeline* pipeline = nullptr;  // kAction, kIf, kWith, kRange; kTemplate: may be null
  Block body = {};
  Block otherwise = {};
};

// Only white space: a definition of it may be overridden by one of the same name and overrides none.
bool IsEmpty(Block block);

// A named template.
struct Definition {
  std::string_view name;
  Block body;
  uint32_t slots = 1;  // of its frame; slot 0 is $
};

// What an error is about, in the words of the template.
class Place {
 public:
  Place() = default;
  explicit Place(const Operand& operand) : kind_(Kind::kOperand), node_(&operand), position_(operand.position) {}
  explicit Place(const Command& command) : kind_(Kind::kCommand), node_(&command), position_(command.position) {}
  explicit Place(const Pipeline& pipe) : kind_(Kind::kPipeline), node_(&pipe), position_(pipe.position) {}
  explicit Place(const Statement& statement)
      : kind_(Kind::kStatement), node_(&statement), position_(statement.position) {}

  uint32_t position() const { return position_; }
  // The node as text/template prints it, which is the source with its white space made even.
  std::string Text() const;

 private:
  enum class Kind : unsigned char { kNone, kOperand, kCommand, kPipeline, kStatement };
  Kind kind_ = Kind::kNone;
  const void* node_ = nullptr;
  uint32_t position_ = 0;
};

std::string OperandText(const Operand& operand);

}  // namespace bekci::templates
