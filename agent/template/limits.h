// Limits: how much one expansion of a template may do. Each is an error with words when it is reached.
//
// Prometheus has no such bounds; these are far beyond what a person writes and small enough that the worst template
// costs a fraction of a second and a few megabytes. Thread rule: values.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bekci::templates {

// Longest text that is parsed.
inline constexpr size_t kMaxSourceBytes = 1 << 20;
// Nesting of parentheses, control structures and `else if` in a text. Parsing recurses once for each.
inline constexpr int kMaxNesting = 100;
// Variables in scope at once, and named templates in a text: looked up one by one while parsing.
inline constexpr size_t kMaxNames = 1000;

struct Limits {
  uint64_t steps = 1'000'000;      // statements, operands, iterations, 64 bytes of argument each: about 50 ms
  size_t output_bytes = 1 << 20;   // the text that comes out, and any text that a function makes
  size_t memory_bytes = 16 << 20;  // values in between, with the answers of queries
  int depth = 400;                 // templates and nesting within them; about 600 bytes of stack each
  size_t list_items = 100'000;     // elements of one list
  uint32_t queries = 200;          // each of them is an instant query of its own
};

}  // namespace bekci::templates
