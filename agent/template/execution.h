// Execution: one walk over a parsed template with its data.
//
// Source: Go's text/template, option missingkey=zero; its order of evaluation, its rules for arguments and its
// messages, which name the place as the template has it:
//     template: NAME:LINE:COL: executing "NAME" at <$labels.job.x>: can't evaluate field x in type string
// A function that returns false has put that message into `status_`. Every statement, operand and iteration is a step;
// steps, output, memory and depth are bounded by Limits.
//
// Thread rule: one owner, one use.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "agent/base/status.h"
#include "agent/template/limits.h"
#include "agent/template/template.h"

namespace bekci::templates {

// What takes the text and the values that an execution prints, where that is more than putting them one behind the
// other: html/template's escaping. It is asked in the order of the output.
class Printer {
 public:
  virtual ~Printer() = default;
  // Text as it stands in the template. Errors: the text cannot be continued safely; they get the place in front.
  virtual base::Status AddText(std::string_view text, std::string* out) = 0;
  // The value of an action; at most some `limit` bytes. Errors: as above; limit.
  virtual base::Status AddValue(const Value& value, size_t limit, std::string* out) = 0;
};

class Execution {
 public:
  // All of these outlive the execution. `host` is handed to the functions of the template's table; without a printer
  // the output is plain text.
  Execution(const Template& top, const Limits& limits, Arena* arena, void* host, Printer* printer = nullptr)
      : top_(top), limits_(limits), arena_(*arena), host_(host), printer_(printer) {}

  // Appends to `out` what the main template gives. `variables[0]` is the data ($ and the first dot), the others are
  // the variables that the template was parsed with. Errors: invalid; limit; those of functions.
  base::Status Run(std::span<const Value> variables, std::string* out);

 private:
  enum class Flow : unsigned char { kNext, kBreak, kContinue, kFailed };
  struct Frame {
    const Template* owner = nullptr;
    const Definition* definition = nullptr;
    std::span<Value> slots;
  };
  using Operands = std::span<const Operand>;
  class Deeper;  // one level deeper while it lives

  bool Fail(std::string_view message, base::Code code = base::Code::kInvalid);
  bool FailAt(Place place, std::string_view message, base::Code code = base::Code::kInvalid) {
    at_ = place;
    return Fail(message, code);
  }
  // Counts a step; false, with the error, when a limit was reached.
  bool Step() {
    if (++steps_ <= limits_.steps && !arena_.exceeded() && depth_ <= limits_.depth) return true;
    return FailLimit();
  }
  bool FailLimit();

  // Statements: execution.cc.
  Flow Walk(Block block, const Value& dot);
  Flow WalkOne(const Statement& statement, const Value& dot);
  bool PrintText(const Statement& text);
  bool Print(const Statement& action, const Value& dot);
  Flow Branch(const Statement& statement, const Value& dot);
  Flow Range(const Statement& range, const Value& dot);
  Flow RangeOverList(const Statement& range, std::span<const Value> items);
  Flow RangeOverMap(const Statement& range, const Value& map);
  Flow RangeOverNumber(const Statement& range, const Value& number);
  Flow Iterate(const Statement& range, const Value& index, const Value& element);
  bool CallTemplate(const Statement& statement, const Value& dot);

  // Pipelines: evaluation.cc. `final` is what came through the pipe, or null.
  bool Evaluate(const Pipeline& pipeline, const Value& dot, Value* out);
  bool EvaluateCommand(const Command& command, const Value& dot, const Value* final, Value* out);
  bool EvaluateConstant(const Operand& operand, Value* out);
  bool EvaluateVariable(const Operand& variable, Operands operands, const Value& dot, const Value* final, Value* out);
  bool EvaluateChain(const Operand& chain, Operands operands, const Value& dot, const Value* final, Value* out);
  bool EvaluateFields(const Operand& node, const Value& base, Operands operands, const Value& dot, const Value* final,
                      Value* out);
  bool EvaluateField(const Operand& node, std::string_view name, const Value& receiver, Operands operands,
                     const Value& dot, const Value* final, Value* out);
  bool LookUp(std::string_view name, const Value& receiver, bool has_arguments, Value* out);
  bool RefuseArguments(Operands operands, const Value* final);
  bool Assign(int32_t slot, std::string_view name, const Value& value);

  // Calls: evaluation_call.cc. `operands` begins with the function itself, or is empty.
  bool CallFunction(const Function& function, Place place, Operands operands, const Value& dot, const Value* final,
                    const Value& receiver, Value* out);
  bool CheckCount(const Function& function, size_t arguments, bool has_final);
  bool ShortCircuited(const Function& function, Operands operands, const Value& dot, const Value* final, Value* out);
  bool EvaluateArgument(const Operand& operand, const Type* type, const Value& dot, Value* out);
  bool ConvertConstant(const Operand& operand, const Type& type, Value* out);
  bool Validate(const Type* type, Value* value);
  bool ValidateField(const Operand& operand, const Type* type, Value* value);

  const Template& top_;
  const Limits& limits_;
  Arena& arena_;
  void* host_;
  Printer* printer_;
  std::string* out_ = nullptr;
  Frame frame_;
  Place at_;
  uint64_t steps_ = 0;
  int depth_ = 0;
  bool found_nil_ = false;  // the fields last evaluated ended at a nil within the data
  base::Status status_;
};

// Go's name for a missing or nil value that is printed by an action.
inline constexpr std::string_view kNoValue = "<no value>";

}  // namespace bekci::templates
