#include "agent/model/literal_set.h"

#include <algorithm>
#include <utility>

namespace bekci::model {
namespace {

using Values = std::vector<std::string>;

constexpr int kMaxDepth = 32;

class Walker {
 public:
  Walker(std::string_view text, size_t limit) : text_(text), limit_(limit) {}

  std::optional<Values> Whole() {
    Values values;
    if (!Alternatives(&values, 0) || at_ != text_.size()) return std::nullopt;
    std::sort(values.begin(), values.end());
    values.erase(std::unique(values.begin(), values.end()), values.end());
    return values;
  }

 private:
  bool AtEnd() const { return at_ == text_.size(); }

  bool Alternatives(Values* out, int depth) {
    if (depth > kMaxDepth) return false;
    while (true) {
      Values one = {""};
      if (!Sequence(&one, depth)) return false;
      out->insert(out->end(), std::make_move_iterator(one.begin()), std::make_move_iterator(one.end()));
      if (out->size() > limit_) return false;
      if (AtEnd() || text_[at_] != '|') return true;
      ++at_;
    }
  }

  bool Sequence(Values* out, int depth) {
    while (!AtEnd() && text_[at_] != '|' && text_[at_] != ')') {
      Values atom;
      if (!Atom(&atom, depth)) return false;
      if (!AtEnd() && text_[at_] == '?') {
        ++at_;
        atom.emplace_back();
      }
      if (!AtEnd() && (text_[at_] == '*' || text_[at_] == '+' || text_[at_] == '{' || text_[at_] == '?')) return false;
      if (!Multiply(out, atom)) return false;
    }
    return true;
  }

  bool Multiply(Values* out, const Values& atom) const {
    if (out->size() * atom.size() > limit_) return false;
    if (atom.size() == 1) {
      for (std::string& value : *out) value += atom[0];
      return true;
    }
    Values product;
    product.reserve(out->size() * atom.size());
    for (const std::string& head : *out) {
      for (const std::string& tail : atom) product.push_back(head + tail);
    }
    *out = std::move(product);
    return true;
  }

  bool Atom(Values* out, int depth) {
    const char c = text_[at_];
    switch (c) {
      case '(':
        return Group(out, depth);
      case '[':
        return Class(out);
      case '\\':
        return Escaped(out);
      case '.':
      case '^':
      case '$':
      case '*':
      case '+':
      case '?':
      case '{':
        return false;
      default:
        return Literal(out);
    }
  }

  // One character, all the bytes of it: a `?` behind it means the whole.
  bool Literal(Values* out) {
    size_t size = 1;
    while (at_ + size < text_.size() && (static_cast<unsigned char>(text_[at_ + size]) & 0xC0) == 0x80) ++size;
    out->emplace_back(text_.substr(at_, size));
    at_ += size;
    return true;
  }

  bool Escaped(Values* out) {
    if (at_ + 1 >= text_.size()) return false;
    const char c = text_[at_ + 1];
    const auto byte = static_cast<unsigned char>(c);
    const bool alphanumeric = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    if (alphanumeric || byte >= 0x80) return false;  // \d, \Q, \x41: not worth it
    out->emplace_back(1, c);
    at_ += 2;
    return true;
  }

  bool Group(Values* out, int depth) {
    ++at_;
    if (text_.substr(at_).starts_with("?:")) {
      at_ += 2;
    } else if (!AtEnd() && text_[at_] == '?') {
      return false;  // flags change what literals mean
    }
    if (!Alternatives(out, depth + 1) || AtEnd() || text_[at_] != ')') return false;
    ++at_;
    return true;
  }

  // [abc] and [0-9] of plain ASCII, without negation, escapes or named classes.
  bool Class(Values* out) {
    ++at_;
    while (!AtEnd() && text_[at_] != ']') {
      const char first = text_[at_];
      if (!PlainInClass(first)) return false;
      ++at_;
      char last = first;
      if (at_ + 1 < text_.size() && text_[at_] == '-' && text_[at_ + 1] != ']') {
        last = text_[at_ + 1];
        if (!PlainInClass(last)) return false;
        at_ += 2;
      }
      for (int c = first; c <= last; ++c) out->emplace_back(1, static_cast<char>(c));
      if (out->size() > limit_) return false;
    }
    if (AtEnd() || out->empty()) return false;
    ++at_;
    return true;
  }

  static bool PlainInClass(char c) {
    return static_cast<unsigned char>(c) < 0x80 && c != '^' && c != '[' && c != '\\' && c != ']';
  }

  std::string_view text_;
  size_t limit_;
  size_t at_ = 0;
};

}  // namespace

std::optional<std::vector<std::string>> LiteralSet(std::string_view expression, size_t limit) {
  return Walker(expression, limit).Whole();
}

}  // namespace bekci::model
