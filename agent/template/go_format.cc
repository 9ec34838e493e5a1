#include "agent/template/go_format.h"

#include <algorithm>

#include "agent/base/text.h"
#include "agent/base/utf8.h"
#include "agent/template/value_printer.h"

namespace bekci::templates {
namespace {

constexpr int kMostPlaces = 1'000'000;  // Go's own bound of width and precision

// Digits from `*at` on; false when there are none. A number beyond the bound swallows what is left of the format.
bool ReadNumber(std::string_view format, size_t* at, int* number) {
  bool any = false;
  *number = 0;
  while (*at < format.size() && format[*at] >= '0' && format[*at] <= '9') {
    if (*number > kMostPlaces) {
      *number = 0;
      *at = format.size();
      return false;
    }
    *number = *number * 10 + (format[(*at)++] - '0');
    any = true;
  }
  return any;
}

// One Sprintf: the text between directives, and of each directive flags, operand index, width, precision and verb.
class FormatReader {
 public:
  FormatReader(std::string_view format, std::span<const Value> operands, ValuePrinter* printer, std::string* out)
      : format_(format), operands_(operands), printer_(*printer), spec_(printer->spec()), out_(*out) {}
  void Run();

 private:
  void Flags();
  void Index();
  void Width();
  void Precision();
  bool NumberOperand(int* number);
  void Verb();
  void Notice(char32_t verb, std::string_view what);
  void Extra();

  std::string_view format_;
  std::span<const Value> operands_;
  ValuePrinter& printer_;
  FormatSpec& spec_;
  std::string& out_;
  size_t at_ = 0;
  size_t operand_ = 0;
  bool good_operand_ = true;
  bool reordered_ = false;
  bool after_index_ = false;
};

void FormatReader::Run() {
  while (at_ < format_.size() && !printer_.Full()) {
    const size_t percent = std::min(format_.find('%', at_), format_.size());
    out_ += format_.substr(at_, percent - at_);
    at_ = percent + 1;
    if (percent >= format_.size()) break;
    good_operand_ = true;
    after_index_ = false;
    spec_ = {};
    Flags();
    Index();
    Width();
    Precision();
    if (!after_index_) Index();
    Verb();
  }
  if (!reordered_ && operand_ < operands_.size() && !printer_.Full()) Extra();
}

void FormatReader::Flags() {
  for (; at_ < format_.size(); ++at_) {
    switch (format_[at_]) {
      case '#':
        spec_.sharp = true;
        break;
      case '0':
        spec_.zero = !spec_.minus;
        break;
      case '+':
        spec_.plus = true;
        break;
      case '-':
        spec_.minus = true;
        spec_.zero = false;
        break;
      case ' ':
        spec_.space = true;
        break;
      default:
        return;
    }
  }
}

// [n]: the operand that is next, counted from 1.
void FormatReader::Index() {
  const std::string_view rest = format_.substr(std::min(at_, format_.size()));
  after_index_ = false;
  if (!rest.starts_with('[')) return;
  reordered_ = true;
  const size_t close = rest.size() < 3 ? std::string_view::npos : rest.find(']');
  if (close == std::string_view::npos) {
    good_operand_ = false;
    at_ += 1;
    return;
  }
  size_t end = 1;
  int number = 0;
  const bool is_number = ReadNumber(rest.substr(0, close), &end, &number) && end == close;
  at_ += close + 1;
  if (is_number && number >= 1 && static_cast<size_t>(number) <= operands_.size()) {
    operand_ = static_cast<size_t>(number - 1);
    after_index_ = true;
    return;
  }
  good_operand_ = false;
  after_index_ = is_number;
}

// The next operand, which must be a whole number of a reasonable size.
bool FormatReader::NumberOperand(int* number) {
  *number = 0;
  if (operand_ >= operands_.size()) return false;
  const Value& value = operands_[operand_++];
  int64_t whole = 0;
  if (value.kind() == Kind::kInt) {
    whole = value.integer();
  } else if (value.kind() == Kind::kUint && value.natural() <= kMostPlaces) {
    whole = static_cast<int64_t>(value.natural());
  } else {
    return false;
  }
  if (whole > kMostPlaces || whole < -kMostPlaces) return false;
  *number = static_cast<int>(whole);
  return true;
}

void FormatReader::Width() {
  if (at_ < format_.size() && format_[at_] == '*') {
    ++at_;
    spec_.has_width = NumberOperand(&spec_.width);
    if (!spec_.has_width) out_ += "%!(BADWIDTH)";
    if (spec_.width < 0) {
      spec_.width = -spec_.width;
      spec_.minus = true;
      spec_.zero = false;
    }
    after_index_ = false;
    return;
  }
  spec_.has_width = ReadNumber(format_, &at_, &spec_.width);
  if (after_index_ && spec_.has_width) good_operand_ = false;  // %[3]2d
}

void FormatReader::Precision() {
  if (at_ >= format_.size() || format_[at_] != '.') return;
  ++at_;
  if (after_index_) good_operand_ = false;  // %[3].2d
  Index();
  if (at_ < format_.size() && format_[at_] == '*') {
    ++at_;
    spec_.has_precision = NumberOperand(&spec_.precision);
    if (spec_.precision < 0) {
      spec_.precision = 0;
      spec_.has_precision = false;
    }
    if (!spec_.has_precision) out_ += "%!(BADPREC)";
    after_index_ = false;
    return;
  }
  ReadNumber(format_, &at_, &spec_.precision);
  spec_.has_precision = true;  // without digits it is 0
}

void FormatReader::Verb() {
  if (at_ >= format_.size()) {
    out_ += "%!(NOVERB)";
    return;
  }
  size_t size = 0;
  const char32_t verb = base::DecodeRune(format_.substr(at_), &size);
  at_ += size;
  if (verb == '%') {
    out_ += "%";
  } else if (!good_operand_) {
    Notice(verb, "(BADINDEX)");
  } else if (operand_ >= operands_.size()) {
    Notice(verb, "(MISSING)");
  } else {
    if (verb == 'v') {
      spec_.sharp_v = spec_.sharp;
      spec_.plus_v = spec_.plus;
      spec_.sharp = false;
      spec_.plus = false;
    }
    printer_.Argument(operands_[operand_++], verb);
  }
}

void FormatReader::Notice(char32_t verb, std::string_view what) {
  out_ += "%!";
  base::AppendRune(&out_, verb);
  out_ += what;
}

void FormatReader::Extra() {
  spec_ = {};
  out_ += "%!(EXTRA ";
  for (size_t i = operand_; i < operands_.size() && !printer_.Full(); ++i) {
    const Value& value = operands_[i];
    if (i > operand_) out_ += ", ";
    if (value.nil()) {
      out_ += "<nil>";
    } else {
      out_.append(value.type()->name).append("=");
      printer_.Argument(value, 'v');
    }
  }
  out_ += ")";
}

bool IsText(const Value& value) {
  return value.kind() == Kind::kText;
}

}  // namespace

base::Status AppendValue(const Value& value, size_t limit, std::string* out) {
  if (value.kind() == Kind::kFloat) {
    base::AppendDouble(out, value.real());
    return base::OkStatus();
  }
  ValuePrinter printer(limit, out);
  printer.Pointed(value);
  return printer.status();
}

std::string ValueText(const Value& value) {
  std::string out;
  ValuePrinter(256, &out).Argument(value, 'v');
  return out;
}

base::Status AppendPrint(std::span<const Value> operands, size_t limit, std::string* out) {
  ValuePrinter printer(limit, out);
  for (size_t i = 0; i < operands.size() && !printer.Full(); ++i) {
    if (i > 0 && !IsText(operands[i]) && !IsText(operands[i - 1])) out->push_back(' ');
    printer.Argument(operands[i], 'v');
  }
  return printer.status();
}

base::Status AppendPrintLine(std::span<const Value> operands, size_t limit, std::string* out) {
  ValuePrinter printer(limit, out);
  for (size_t i = 0; i < operands.size() && !printer.Full(); ++i) {
    if (i > 0) out->push_back(' ');
    printer.Argument(operands[i], 'v');
  }
  out->push_back('\n');
  return printer.status();
}

base::Status AppendFormatted(std::string_view format, std::span<const Value> operands, size_t limit, std::string* out) {
  ValuePrinter printer(limit, out);
  FormatReader(format, operands, &printer, out).Run();
  return printer.status();
}

}  // namespace bekci::templates
