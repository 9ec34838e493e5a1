// Literals as Go writes them: numbers in every base, quoted texts, characters.
//
// Source: the Go specification's literals; strconv.ParseInt with base 0, ParseFloat, Unquote, UnquoteChar.
// Thread rule: functions without state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bekci::templates {

// 12, 0x1F, 0b1, 0o17, 017, 1_000, with a sign. nullopt: not an integer, or too large for 64 bits.
std::optional<int64_t> GoInteger(std::string_view text);
std::optional<uint64_t> GoNatural(std::string_view text);  // without a sign

enum class FloatError : unsigned char { kNone, kSyntax, kRange };
// 1.5, .5, 1e3, 1_0.5, 0x1p-2, Inf, NaN. On kRange `*value` is an infinity.
FloatError GoFloat(std::string_view text, double* value);

// What stands between the quotes (" or `), escapes resolved; a raw text loses its carriage returns. nullopt: an escape
// that Go does not have.
std::optional<std::string> GoUnquote(std::string_view text);
// The code point of 'x'. nullopt: not exactly one character.
std::optional<int64_t> GoCharacter(std::string_view text);

}  // namespace bekci::templates
