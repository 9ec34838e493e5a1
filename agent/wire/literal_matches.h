// LZ77 matches of a page's literal text, chosen so that they hold whatever numbers are put between its pieces.
//
// The text of a page is pieces that never change with a number between each two. A match copies bytes of one piece from
// within one piece (another, or the same), so its bytes and its length are fixed. Its distance is not: it spans the
// numbers that stand between the two pieces. So a match is only taken if its distance stays within DEFLATE's 32768 when
// each number in between has its greatest length.
//
// Which matches are taken is the cheapest way through the text, counted in bits of a given pair of codes (a shortest
// path, as in optimal parsers since Storer and Szymanski 1982): first with a rough guess of the codes, then with the
// codes that the first answer leads to. Candidates come from chains of earlier places with the same four bytes. Work is
// bounded: chains are followed a fixed number of steps, and a long match is taken without looking inside it.
// Thread rule: pure functions.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/base/text.h"
#include "agent/wire/deflate_block.h"

namespace bekci::wire {

// No number on a page is longer.
inline constexpr uint32_t kMaxNumberBytes = base::kMaxDoubleText;

struct LiteralText {
  std::string text;                      // all pieces, one after the other
  std::vector<uint32_t> piece_ends;      // of the pieces in `text`, rising; the last is the end of the text
  std::vector<uint32_t> numbers_before;  // bytes of numbers before each piece on a typical page

  uint32_t piece_begin(size_t piece) const { return piece == 0 ? 0 : piece_ends[piece - 1]; }
};

struct LiteralMatch {
  uint32_t at;    // in LiteralText::text
  uint32_t from;  // likewise, before `at`
  uint16_t length;
  uint16_t holes;  // numbers between the two: the distance is at - from and their lengths
};

// The matches of the whole text, in order, not overlapping; what lies between them are literals. `extra` are uses of
// symbols beside those of the text (the numbers' characters), so that costs are those of the block as a whole.
std::vector<LiteralMatch> FindMatches(const LiteralText& text, const SymbolCounts& extra);

// Adds the uses of symbols by the text with these matches; distances are those of the typical page.
void CountSymbols(const LiteralText& text, const std::vector<LiteralMatch>& matches, SymbolCounts* counts);

}  // namespace bekci::wire
