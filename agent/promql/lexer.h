// Lexer: query text to tokens, one at a time, comments and spaces left out.
//
// What a character means depends on where it stands: within braces there are only labels, within brackets only duration
// arithmetic; that, and the depth of parentheses, is the lexer's whole state, so a copy of it is a look ahead.
// Source: Prometheus 3.14, promql/parser/lex.go; the texts of the errors are those.
//
// Invariant: after kError and kEof every further token is the same again.
// Thread rule: one thread; holds a view of the text.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "agent/promql/token.h"

namespace bekci::promql {

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  // Of a kError token the text is error() and the position reaches from where the lexer stood to the end.
  Token Next();
  const std::string& error() const { return error_; }

 private:
  bool AtEnd() const { return position_ >= text_.size(); }
  char Peek(size_t ahead = 0) const { return position_ + ahead < text_.size() ? text_[position_ + ahead] : '\0'; }
  bool AtDigit() const;
  bool Accept(std::string_view characters);
  void AcceptRun(std::string_view characters);
  void SkipBlanks();

  Token Make(TokenKind kind);
  Token Fail(std::string message);
  // "unexpected character: 'x'" for the character at `position_`.
  Token FailAt(std::string_view what);

  Token Statement();
  Token InBraces();
  Token InBrackets();
  Token EndOfText();
  Token Punctuation(char c);
  Token Comparison(char c);
  Token Paren(char c);
  Token BracketWord();
  Token WordOrIdentifier();
  Token NumberOrDuration();
  bool ScanNumber();
  bool ScanExponent();
  bool ScanDuration();
  Token QuotedString(char quote);
  Token RawString();
  std::string ScanEscape(char quote);

  std::string_view text_;
  size_t position_ = 0;
  size_t start_ = 0;  // of the token being read
  int paren_depth_ = 0;
  bool in_braces_ = false;
  bool in_brackets_ = false;
  bool got_colon_ = false;
  bool got_duration_ = false;
  std::string error_;
};

}  // namespace bekci::promql
