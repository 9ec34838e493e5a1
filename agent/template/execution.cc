#include "agent/template/execution.h"

#include <algorithm>
#include <vector>

#include "agent/base/utf8.h"
#include "agent/template/go_format.h"

namespace bekci::templates {
namespace {

constexpr size_t kMaxMessageBytes = 4096;

// At most so much of what an error is about, or of its words.
std::string Shortened(std::string_view text) {
  if (text.size() <= kMaxMessageBytes) return std::string(text);
  size_t end = kMaxMessageBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u) --end;  // not within a character
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace

class Execution::Deeper {
 public:
  explicit Deeper(Execution* execution) : depth_(execution->depth_) { ++depth_; }
  ~Deeper() { --depth_; }
  Deeper(const Deeper&) = delete;
  Deeper& operator=(const Deeper&) = delete;

 private:
  int& depth_;
};

bool Execution::Fail(std::string_view message, base::Code code) {
  std::string text = "template: " + frame_.owner->Where(at_.position()) + ": executing " +
                     base::Quoted(frame_.definition->name) + " at <" + Shortened(at_.Text()) +
                     ">: " + Shortened(message);
  status_ = base::Status(code, std::move(text));
  return false;
}

bool Execution::FailLimit() {
  const auto number = [](auto n) { return std::to_string(n); };
  if (depth_ > limits_.depth) {
    return Fail("exceeded maximum template depth (" + number(limits_.depth) + ")", base::Code::kLimit);
  }
  if (arena_.exceeded()) {
    return Fail("used more than " + number(limits_.memory_bytes) + " bytes of memory", base::Code::kLimit);
  }
  return Fail("took more than " + number(limits_.steps) + " steps", base::Code::kLimit);
}

base::Status Execution::Run(std::span<const Value> variables, std::string* out) {
  out_ = out;
  frame_ = {&top_, &top_.main(), arena_.NewArray<Value>(std::max<size_t>(top_.main().slots, variables.size()))};
  std::copy(variables.begin(), variables.end(), frame_.slots.begin());
  Walk(top_.main().body, frame_.slots[0]);
  return std::move(status_);
}

Execution::Flow Execution::Walk(Block block, const Value& dot) {
  const Deeper deeper(this);
  for (const Statement& statement : block) {
    if (statement.kind == StatementKind::kText) {
      if (!PrintText(statement)) return Flow::kFailed;
    } else if (const Flow flow = WalkOne(statement, dot); flow != Flow::kNext) {
      return flow;
    }
    at_ = Place(statement);
    if (out_->size() > limits_.output_bytes) {
      Fail("gave more than " + std::to_string(limits_.output_bytes) + " bytes of text", base::Code::kLimit);
      return Flow::kFailed;
    }
  }
  return Flow::kNext;
}

Execution::Flow Execution::WalkOne(const Statement& statement, const Value& dot) {
  at_ = Place(statement);
  if (!Step()) return Flow::kFailed;
  switch (statement.kind) {
    case StatementKind::kText:
      break;
    case StatementKind::kAction:
      return Print(statement, dot) ? Flow::kNext : Flow::kFailed;
    case StatementKind::kIf:
    case StatementKind::kWith:
      return Branch(statement, dot);
    case StatementKind::kRange:
      return Range(statement, dot);
    case StatementKind::kTemplate:
      return CallTemplate(statement, dot) ? Flow::kNext : Flow::kFailed;
    case StatementKind::kBreak:
      return Flow::kBreak;
    case StatementKind::kContinue:
      return Flow::kContinue;
  }
  return Flow::kNext;
}

bool Execution::PrintText(const Statement& text) {
  if (printer_ == nullptr) {
    *out_ += text.text;
    return true;
  }
  const base::Status printed = printer_->AddText(text.text, out_);
  return printed.ok() || FailAt(Place(text), printed.message(), printed.code());
}

bool Execution::Print(const Statement& action, const Value& dot) {
  Value value;
  if (!Evaluate(*action.pipeline, dot, &value)) return false;
  if (!action.pipeline->declarations.empty()) return true;
  if (printer_ != nullptr) {
    const base::Status printed = printer_->AddValue(value, limits_.output_bytes, out_);
    return printed.ok() || FailAt(Place(action), printed.message(), printed.code());
  }
  if (value.nil()) {
    *out_ += kNoValue;
  } else if (value.kind() == Kind::kText && value.type()->text == nullptr) {
    *out_ += value.text();
  } else if (const base::Status printed = AppendValue(value, limits_.output_bytes, out_); !printed.ok()) {
    return FailAt(Place(action), printed.message(), printed.code());
  }
  return true;
}

Execution::Flow Execution::Branch(const Statement& statement, const Value& dot) {
  Value value;
  if (!Evaluate(*statement.pipeline, dot, &value)) return Flow::kFailed;
  if (!IsTrue(value)) return Walk(statement.otherwise, dot);
  return Walk(statement.body, statement.kind == StatementKind::kWith ? value : dot);
}

Execution::Flow Execution::Range(const Statement& range, const Value& dot) {
  Value value;
  if (!Evaluate(*range.pipeline, dot, &value)) return Flow::kFailed;
  switch (value.kind()) {
    case Kind::kList:
      if (!value.list().empty()) return RangeOverList(range, value.list());
      break;
    case Kind::kMap:
      if (*Length(value) != 0) return RangeOverMap(range, value);
      break;
    case Kind::kInt:
    case Kind::kUint:
      if (range.pipeline->declarations.size() > 1) {
        Fail("can't use " + ValueText(value) + " to iterate over more than one variable");
        return Flow::kFailed;
      }
      if (value.kind() == Kind::kInt ? value.integer() > 0 : value.natural() > 0) return RangeOverNumber(range, value);
      break;
    case Kind::kNil:
      break;
    default:
      Fail("range can't iterate over " + ValueText(value));
      return Flow::kFailed;
  }
  return Walk(range.otherwise, dot);
}

Execution::Flow Execution::RangeOverList(const Statement& range, std::span<const Value> items) {
  for (size_t i = 0; i < items.size(); ++i) {
    const Flow flow = Iterate(range, Value::Int(static_cast<int64_t>(i)), items[i]);
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kFailed) return flow;
  }
  return Flow::kNext;
}

Execution::Flow Execution::RangeOverMap(const Statement& range, const Value& map) {
  std::vector<MapEntry> entries;
  map.type()->map->entries(map, &entries);
  for (const MapEntry& entry : entries) {
    const Flow flow = Iterate(range, Value::Text(entry.key), entry.value);
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kFailed) return flow;
  }
  return Flow::kNext;
}

Execution::Flow Execution::RangeOverNumber(const Statement& range, const Value& number) {
  const uint64_t count = number.kind() == Kind::kInt ? static_cast<uint64_t>(number.integer()) : number.natural();
  for (uint64_t i = 0; i < count; ++i) {
    const Value element = number.kind() == Kind::kInt ? Value::Int(static_cast<int64_t>(i), *number.type())
                                                      : Value::Uint(i, *number.type());
    const Flow flow = Iterate(range, {}, element);
    if (flow == Flow::kBreak) break;
    if (flow == Flow::kFailed) return flow;
  }
  return Flow::kNext;
}

// One time through the body. With two variables the index comes first, with one it is the element.
Execution::Flow Execution::Iterate(const Statement& range, const Value& index, const Value& element) {
  at_ = Place(range);
  if (!Step()) return Flow::kFailed;
  const auto declarations = range.pipeline->declarations;
  if (declarations.size() > 1 && !Assign(declarations[0].slot, declarations[0].name, index)) return Flow::kFailed;
  if (!declarations.empty() && !Assign(declarations.back().slot, declarations.back().name, element)) {
    return Flow::kFailed;
  }
  return Walk(range.body, element);
}

bool Execution::CallTemplate(const Statement& statement, const Value& dot) {
  const Template::Found found = top_.Find(statement.text);
  if (found.definition == nullptr) {
    return Fail("template " + base::Quoted(statement.text) + " not defined");
  }
  Value argument;
  if (statement.pipeline != nullptr && !Evaluate(*statement.pipeline, dot, &argument)) return false;
  at_ = Place(statement);
  const Deeper deeper(this);
  if (!Step()) return false;
  const Frame caller = frame_;
  frame_ = {found.owner, found.definition, arena_.NewArray<Value>(found.definition->slots)};
  frame_.slots[0] = argument;
  const Flow flow = Walk(found.definition->body, argument);
  frame_ = caller;
  return flow != Flow::kFailed;
}

}  // namespace bekci::templates
