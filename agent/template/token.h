// Token: the pieces a template's text falls into, and the lexer that cuts it.
//
// Outside {{ }} everything is text. Inside, white space is a token too, because `$x .y` and `$x.y` differ. A comment
// gives nothing, trim markers eat the white space beside their action. What cannot be a token is one last token kError
// that carries the words; the parser meets it only if nothing before it was wrong.
//
// Source: the lexical rules of Go's text/template/parse, delimiters {{ and }}.
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bekci::templates {

enum class TokenKind : unsigned char {
  kError,  // text is the message
  kEnd,
  kText,
  kLeftDelimiter,
  kRightDelimiter,
  kSpace,
  kLeftParenthesis,
  kRightParenthesis,
  kPipe,
  kDeclare,    // :=
  kAssign,     // =
  kCharacter,  // a printable ASCII character without a meaning of its own, such as a comma
  kBool,
  kCharacterConstant,
  kNumber,
  kComplex,  // 1+2i
  kString,
  kRawString,
  kField,       // .name
  kIdentifier,  // a function
  kVariable,    // $ or $name
  // Keywords. Printed as <if> in messages.
  kBlock,
  kDot,
  kBreak,
  kContinue,
  kDefine,
  kElse,
  kEndKeyword,
  kIf,
  kNil,
  kRange,
  kTemplate,
  kWith,
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  uint32_t position = 0;  // bytes from the start of the template's text
  std::string_view text;  // within the template's text, or, of kError, within `message`
};

struct Tokens {
  std::vector<Token> all;  // ends with kEnd or kError
  std::string message;     // of the error
};

// `source` outlives the result. Never fails; see kError. O(length).
void Tokenize(std::string_view source, Tokens* out);

// As messages show it: "EOF", <if>, "text" shortened after ten characters, the message of an error.
std::string TokenText(const Token& token);

// Letters, digits (of any script) and the underscore: what names are made of.
bool IsNameRune(char32_t rune);
// Go's %#U: U+0021 '!'.
std::string RuneText(char32_t rune);

}  // namespace bekci::templates
