#include "agent/template/token.h"

#include <algorithm>
#include <clocale>
#include <cstdio>
#include <cwctype>

#include "agent/base/utf8.h"

namespace bekci::templates {
namespace {

constexpr char32_t kEof = 0xFFFFFFFF;
constexpr std::string_view kSpaces = " \t\r\n";

struct Keyword {
  std::string_view name;
  TokenKind kind;
};
constexpr Keyword kKeywords[] = {
    {"block", TokenKind::kBlock},
    {"break", TokenKind::kBreak},
    {"continue", TokenKind::kContinue},
    {"define", TokenKind::kDefine},
    {"else", TokenKind::kElse},
    {"end", TokenKind::kEndKeyword},
    {"if", TokenKind::kIf},
    {"nil", TokenKind::kNil},
    {"range", TokenKind::kRange},
    {"template", TokenKind::kTemplate},
    {"with", TokenKind::kWith},
    {"true", TokenKind::kBool},
    {"false", TokenKind::kBool},
};

bool IsSpace(char32_t rune) {
  return rune == ' ' || rune == '\t' || rune == '\r' || rune == '\n';
}
bool IsSpaceAt(std::string_view text, size_t i) {
  return i < text.size() && IsSpace(static_cast<unsigned char>(text[i]));
}

class Lexer {
 public:
  Lexer(std::string_view source, Tokens* out) : input_(source), out_(*out) {}

  void Run() {
    while (Text() && InsideAction()) {
    }
  }

 private:
  std::string_view Rest(size_t skip = 0) const { return input_.substr(std::min(pos_ + skip, input_.size())); }

  char32_t Peek() const {
    if (pos_ >= input_.size()) return kEof;
    size_t size = 0;
    return base::DecodeRune(input_.substr(pos_), &size);
  }
  char32_t Next() {
    if (pos_ >= input_.size()) return kEof;
    size_t size = 0;
    const char32_t rune = base::DecodeRune(input_.substr(pos_), &size);
    pos_ += size;
    return rune;
  }
  bool Accept(std::string_view set) {
    if (pos_ >= input_.size() || set.find(input_[pos_]) == std::string_view::npos) return false;
    ++pos_;
    return true;
  }
  void AcceptRun(std::string_view set) {
    while (Accept(set)) {
    }
  }

  bool Emit(TokenKind kind) {
    out_.all.push_back({kind, static_cast<uint32_t>(start_), input_.substr(start_, pos_ - start_)});
    start_ = pos_;
    return true;
  }
  // Always false: there is no token after an error.
  bool Fail(std::string message) {
    out_.message = std::move(message);
    out_.all.push_back({TokenKind::kError, static_cast<uint32_t>(start_), out_.message});
    return false;
  }

  bool AtRightDelimiter(bool* trims) const {
    *trims = IsSpaceAt(input_, pos_) && Rest(1).starts_with("-}}");
    return *trims || Rest().starts_with("}}");
  }
  bool AtTerminator() const {
    switch (Peek()) {
      case kEof:
      case ' ':
      case '\t':
      case '\r':
      case '\n':
      case '.':
      case ',':
      case '|':
      case ':':
      case ')':
      case '(':
        return true;
      default:
        return Rest().starts_with("}}");
    }
  }

  bool Text();
  bool Comment();
  void SkipSpaceAfter(bool trims) {
    if (trims) AcceptRun(kSpaces);
    start_ = pos_;
  }
  bool RightDelimiter();
  bool InsideAction();
  bool One(char32_t rune);  // one token that begins with `rune`, already read
  bool Space();
  bool Quoted(char quote, TokenKind kind, std::string_view what);
  bool RawQuoted();
  bool FieldOrVariable(TokenKind kind);
  bool Identifier();
  bool Number();
  bool ScanNumber();

  std::string_view input_;
  Tokens& out_;
  size_t pos_ = 0;
  size_t start_ = 0;
  int parentheses_ = 0;
};

// Up to and including the next left delimiter; false at the end of everything.
bool Lexer::Text() {
  while (true) {
    const size_t found = input_.find("{{", pos_);
    if (found == std::string_view::npos) {
      pos_ = input_.size();
      if (pos_ > start_) Emit(TokenKind::kText);
      Emit(TokenKind::kEnd);
      return false;
    }
    const bool trims = found + 2 < input_.size() && input_[found + 2] == '-' && IsSpaceAt(input_, found + 3);
    pos_ = found;
    while (trims && pos_ > start_ && IsSpaceAt(input_, pos_ - 1)) --pos_;
    if (pos_ > start_) Emit(TokenKind::kText);
    start_ = found;
    pos_ = found + 2;
    if (!Rest(trims ? 2 : 0).starts_with("/*")) {
      Emit(TokenKind::kLeftDelimiter);
      pos_ += trims ? 2 : 0;
      start_ = pos_;
      parentheses_ = 0;
      return true;
    }
    pos_ += trims ? 2 : 0;
    if (!Comment()) return false;
  }
}

bool Lexer::Comment() {
  start_ = pos_;
  const size_t end = input_.find("*/", pos_ + 2);
  if (end == std::string_view::npos) return Fail("unclosed comment");
  pos_ = end + 2;
  bool trims = false;
  if (!AtRightDelimiter(&trims)) return Fail("comment ends before closing delimiter");
  pos_ += trims ? 4 : 2;
  SkipSpaceAfter(trims);
  return true;
}

bool Lexer::RightDelimiter() {
  bool trims = false;
  AtRightDelimiter(&trims);
  pos_ += trims ? 2 : 0;
  start_ = pos_;
  pos_ += 2;
  Emit(TokenKind::kRightDelimiter);
  SkipSpaceAfter(trims);
  return true;
}

bool Lexer::InsideAction() {
  while (true) {
    bool trims = false;
    if (AtRightDelimiter(&trims)) {
      if (parentheses_ > 0) return Fail("unclosed left paren");
      return RightDelimiter();
    }
    const char32_t rune = Next();
    if (rune == kEof) return Fail("unclosed action");
    if (!One(rune)) return false;
  }
}

bool Lexer::One(char32_t rune) {
  switch (rune) {
    case ' ':
    case '\t':
    case '\r':
    case '\n':
      return Space();
    case '=':
      return Emit(TokenKind::kAssign);
    case ':':
      return Accept("=") ? Emit(TokenKind::kDeclare) : Fail("expected :=");
    case '|':
      return Emit(TokenKind::kPipe);
    case '"':
      return Quoted('"', TokenKind::kString, "unterminated quoted string");
    case '`':
      return RawQuoted();
    case '\'':
      return Quoted('\'', TokenKind::kCharacterConstant, "unterminated character constant");
    case '$':
      return AtTerminator() ? Emit(TokenKind::kVariable) : FieldOrVariable(TokenKind::kVariable);
    case '(':
      ++parentheses_;
      return Emit(TokenKind::kLeftParenthesis);
    case ')':
      Emit(TokenKind::kRightParenthesis);
      return --parentheses_ >= 0 || Fail("unexpected right paren " + RuneText(rune));
    default:
      break;
  }
  const char32_t next = Peek();
  const bool digit_next = next >= '0' && next <= '9';
  if (rune == '.' && pos_ < input_.size() && !digit_next) return FieldOrVariable(TokenKind::kField);
  if (rune == '.' || rune == '+' || rune == '-' || (rune >= '0' && rune <= '9')) {
    pos_ = start_;
    return Number();
  }
  if (IsNameRune(rune)) {
    pos_ = start_;
    return Identifier();
  }
  if (rune >= 0x20 && rune < 0x7F) return Emit(TokenKind::kCharacter);
  return Fail("unrecognized character in action: " + RuneText(rune));
}

// A run of white space, of which the last one belongs to " -}}" where that follows.
bool Lexer::Space() {
  while (IsSpaceAt(input_, pos_)) ++pos_;
  if (Rest().starts_with("-}}")) {
    --pos_;
    if (pos_ == start_) return true;
  }
  return Emit(TokenKind::kSpace);
}

bool Lexer::Quoted(char quote, TokenKind kind, std::string_view what) {
  while (true) {
    char32_t rune = Next();
    if (rune == '\\') {
      rune = Next();
      if (rune != kEof && rune != '\n') continue;
    }
    if (rune == kEof || rune == '\n') return Fail(std::string(what));
    if (rune == static_cast<char32_t>(quote)) return Emit(kind);
  }
}

bool Lexer::RawQuoted() {
  const size_t end = input_.find('`', pos_);
  if (end == std::string_view::npos) return Fail("unterminated raw quoted string");
  pos_ = end + 1;
  return Emit(TokenKind::kRawString);
}

bool Lexer::FieldOrVariable(TokenKind kind) {
  if (AtTerminator()) return Emit(kind == TokenKind::kVariable ? kind : TokenKind::kDot);
  while (IsNameRune(Peek())) Next();
  if (!AtTerminator()) return Fail("bad character " + RuneText(Peek()));
  return Emit(kind);
}

bool Lexer::Identifier() {
  while (IsNameRune(Peek())) Next();
  if (!AtTerminator()) return Fail("bad character " + RuneText(Peek()));
  const std::string_view word = input_.substr(start_, pos_ - start_);
  for (const Keyword& keyword : kKeywords) {
    if (keyword.name == word) return Emit(keyword.kind);
  }
  return Emit(TokenKind::kIdentifier);
}

bool Lexer::Number() {
  const auto bad = [&] { return Fail("bad number syntax: " + base::Quoted(input_.substr(start_, pos_ - start_))); };
  if (!ScanNumber()) return bad();
  const char32_t sign = Peek();
  if (sign != '+' && sign != '-') return Emit(TokenKind::kNumber);
  if (!ScanNumber() || input_[pos_ - 1] != 'i') return bad();
  return Emit(TokenKind::kComplex);
}

bool Lexer::ScanNumber() {
  Accept("+-");
  std::string_view digits = "0123456789_";
  if (Accept("0")) {
    if (Accept("xX")) {
      digits = "0123456789abcdefABCDEF_";
    } else if (Accept("oO")) {
      digits = "01234567_";
    } else if (Accept("bB")) {
      digits = "01_";
    }
  }
  AcceptRun(digits);
  if (Accept(".")) AcceptRun(digits);
  const bool decimal = digits.size() == 11;
  const bool hexadecimal = digits.size() == 23;
  if ((decimal && Accept("eE")) || (hexadecimal && Accept("pP"))) {
    Accept("+-");
    AcceptRun("0123456789_");
  }
  Accept("i");
  if (!IsNameRune(Peek())) return true;
  Next();
  return false;
}

locale_t Utf8Locale() {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  return kLocale;
}

}  // namespace

bool IsNameRune(char32_t rune) {
  if (rune < 0x80) {
    return rune == '_' || (rune >= '0' && rune <= '9') || (rune >= 'a' && rune <= 'z') || (rune >= 'A' && rune <= 'Z');
  }
  if (rune == kEof || rune == base::kReplacementRune || Utf8Locale() == nullptr) return false;
  return iswalnum_l(static_cast<wint_t>(rune), Utf8Locale()) != 0;
}

std::string RuneText(char32_t rune) {
  if (rune == kEof) return "U+FFFFFFFFFFFFFFFF";  // as Go prints its -1
  char code[16];
  std::snprintf(code, sizeof code, "U+%04X", static_cast<unsigned>(rune));
  std::string text = code;
  if (base::IsPrintable(rune)) {
    text += " '";
    base::AppendRune(&text, rune);
    text += "'";
  }
  return text;
}

void Tokenize(std::string_view source, Tokens* out) {
  out->all.clear();
  out->all.reserve(source.size() / 4 + 2);
  Lexer(source, out).Run();
}

std::string TokenText(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "EOF";
  if (token.kind == TokenKind::kError) return std::string(token.text);
  if (token.kind >= TokenKind::kBlock) return "<" + std::string(token.text) + ">";
  size_t end = 0;
  size_t runes = 0;
  for (; end < token.text.size() && runes < 10; ++runes) {
    size_t size = 0;
    base::DecodeRune(token.text.substr(end), &size);
    end += size;
  }
  const bool shortened = token.text.size() > 10;
  return base::Quoted(token.text.substr(0, end)) + (shortened ? "..." : "");
}

}  // namespace bekci::templates
