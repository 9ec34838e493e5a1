#include "agent/wire/literal_matches.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace bekci::wire {
namespace {

// Shorter matches are found by their first four bytes, so three-byte ones are not: in names and labels they hardly ever
// cost less than their bytes.
constexpr uint32_t kMinMatch = 4;
constexpr unsigned kHashBits = 15;
constexpr uint32_t kNowhere = UINT32_MAX;

struct Effort {
  unsigned chain;  // candidates tried per place
  uint32_t nice;   // a match this long is taken as it is
};

struct Candidate {
  uint32_t from;
  uint16_t length;
  uint16_t holes;
};

// Price of each symbol in bits, extra bits included.
struct Prices {
  std::array<uint16_t, 256> literal;
  std::array<uint16_t, kMaxMatch + 1> length;
  std::array<uint16_t, kDistanceSymbols> distance;
};

Prices PricesOf(const SymbolCounts& counts) {
  const BlockCodes codes(counts);
  // A symbol without a code would get a long one if it were used.
  const auto bits = [](uint8_t length) { return static_cast<uint16_t>(length == 0 ? 13 : length); };
  Prices prices{};
  for (size_t i = 0; i < prices.literal.size(); ++i) prices.literal[i] = bits(codes.literal_lengths[i]);
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    const SymbolAndExtra coded = LengthSymbol(length);
    prices.length[length] = static_cast<uint16_t>(bits(codes.literal_lengths[coded.symbol]) + coded.extra_bits);
  }
  for (uint32_t symbol = 0; symbol < kDistanceSymbols; ++symbol) {
    const uint32_t extra_bits = symbol < 4 ? 0 : symbol / 2 - 1;
    prices.distance[symbol] = static_cast<uint16_t>(bits(codes.distance_lengths[symbol]) + extra_bits);
  }
  return prices;
}

// Before anything is known: text and matches as they are on most pages.
Prices FirstPrices() {
  Prices prices{};
  prices.literal.fill(6);
  for (uint32_t length = 3; length <= kMaxMatch; ++length) {
    prices.length[length] = static_cast<uint16_t>(6 + LengthSymbol(length).extra_bits);
  }
  for (uint32_t symbol = 0; symbol < kDistanceSymbols; ++symbol) {
    prices.distance[symbol] = static_cast<uint16_t>(4 + (symbol < 4 ? 0 : symbol / 2 - 1));
  }
  return prices;
}

size_t CommonLength(const char* a, const char* b, size_t limit) {
  size_t length = 0;
  while (length + 8 <= limit) {
    uint64_t left, right;
    std::memcpy(&left, a + length, 8);
    std::memcpy(&right, b + length, 8);
    if (left != right) return length + static_cast<size_t>(std::countr_zero(left ^ right)) / 8;
    length += 8;
  }
  while (length < limit && a[length] == b[length]) ++length;
  return length;
}

// Earlier places by the four bytes that stand there.
class Chains {
 public:
  Chains(const LiteralText& text, Effort effort)
      : text_(text), effort_(effort), newest_(size_t{1} << kHashBits, kNowhere), older_(kMaxDistance, kNowhere) {
    piece_of_.resize(text.text.size());
    for (size_t piece = 0; piece < text.piece_ends.size(); ++piece) {
      std::fill(piece_of_.begin() + text.piece_begin(piece), piece_of_.begin() + text.piece_ends[piece],
                static_cast<uint32_t>(piece));
    }
  }

  // Places must be given in order, each once. `end`: of the piece that `at` lies in.
  void Insert(uint32_t at, uint32_t end) {
    if (end - at < kMinMatch) return;
    uint32_t& newest = newest_[Hash(at)];
    older_[at % kMaxDistance] = newest;
    newest = at;
  }

  // What can be copied to `at`: each longer and farther than the one before it. Call before Insert(at).
  void Find(uint32_t at, uint32_t end, std::vector<Candidate>* found) const {
    found->clear();
    const uint32_t limit = std::min(end - at, kMaxMatch);
    if (limit < kMinMatch) return;
    const char* const text = text_.text.data();
    uint32_t best = kMinMatch - 1;
    uint32_t from = newest_[Hash(at)];
    for (unsigned tries = effort_.chain; from != kNowhere && tries > 0; --tries) {
      const uint32_t holes = piece_of_[at] - piece_of_[from];
      if (at - from + holes * kMaxNumberBytes > kMaxDistance) return;
      const uint32_t room = holes == 0 ? limit : std::min(limit, text_.piece_ends[piece_of_[from]] - from);
      if (room > best && text[from + best] == text[at + best]) {
        const auto length = static_cast<uint32_t>(CommonLength(text + from, text + at, room));
        if (length > best) {
          best = length;
          found->push_back({from, static_cast<uint16_t>(length), static_cast<uint16_t>(holes)});
          if (best == limit || best >= effort_.nice) return;
        }
      }
      from = older_[from % kMaxDistance];
    }
  }

 private:
  uint32_t Hash(uint32_t at) const {
    uint32_t four;
    std::memcpy(&four, text_.text.data() + at, sizeof four);
    return four * 0x9E3779B1u >> (32 - kHashBits);
  }

  const LiteralText& text_;
  const Effort effort_;
  std::vector<uint32_t> newest_;
  std::vector<uint32_t> older_;  // of the place with this remainder, the one before it in its chain
  std::vector<uint32_t> piece_of_;
};

// One stretch of text, within one piece: the cheapest way through it.
class Parser {
 public:
  Parser(const LiteralText& text, const Prices& prices, Effort effort)
      : text_(text), prices_(prices), effort_(effort), chains_(text, effort) {}

  std::vector<LiteralMatch> Parse() {
    for (size_t piece = 0; piece < text_.piece_ends.size(); ++piece) {
      // Long pieces go in stretches, so that the tables below stay small.
      for (uint32_t begin = text_.piece_begin(piece), end = text_.piece_ends[piece]; begin < end;) {
        const uint32_t stop = std::min(end, begin + kStretch);
        Stretch(piece, begin, stop);
        begin = stop;
      }
    }
    return std::move(matches_);
  }

 private:
  static constexpr uint32_t kStretch = 4096;

  struct Step {  // the last step of the cheapest way to a place
    uint32_t price;
    uint16_t length;  // 0: a literal
    uint16_t holes;
    uint32_t from;
  };

  void Stretch(size_t piece, uint32_t begin, uint32_t stop) {
    steps_.assign(stop - begin + 1, {UINT32_MAX, 0, 0, 0});
    steps_[0].price = 0;
    for (uint32_t at = begin; at < stop;) {
      chains_.Find(at, stop, &found_);
      chains_.Insert(at, text_.piece_ends[piece]);
      const uint32_t longest = found_.empty() ? 0 : found_.back().length;
      Relax(piece, at, at - begin);
      if (longest < effort_.nice) {
        ++at;
        continue;
      }
      for (uint32_t inside = at + 1; inside < at + longest; ++inside) chains_.Insert(inside, text_.piece_ends[piece]);
      at += longest;
    }
    Collect(begin, stop);
  }

  // Whether the ways through `at` are cheaper than those known to the places they lead to.
  void Relax(size_t piece, uint32_t at, uint32_t here) {
    const uint32_t price = steps_[here].price;
    const uint32_t as_literal = price + prices_.literal[static_cast<unsigned char>(text_.text[at])];
    if (as_literal < steps_[here + 1].price) steps_[here + 1] = {as_literal, 0, 0, 0};
    uint32_t length = kMinMatch;
    for (const Candidate& found : found_) {
      const uint32_t distance =
          at - found.from + text_.numbers_before[piece] - text_.numbers_before[piece - found.holes];
      const uint32_t there = price + prices_.distance[DistanceSymbol(distance).symbol];
      for (; length <= found.length; ++length) {
        Step& step = steps_[here + length];
        const uint32_t as_match = there + prices_.length[length];
        if (as_match < step.price) step = {as_match, static_cast<uint16_t>(length), found.holes, found.from};
      }
    }
  }

  void Collect(uint32_t begin, uint32_t stop) {
    const size_t first = matches_.size();
    for (uint32_t at = stop - begin; at > 0;) {
      const Step& step = steps_[at];
      at -= step.length == 0 ? 1 : step.length;
      if (step.length > 0) matches_.push_back({begin + at, step.from, step.length, step.holes});
    }
    std::reverse(matches_.begin() + static_cast<std::ptrdiff_t>(first), matches_.end());
  }

  const LiteralText& text_;
  const Prices& prices_;
  const Effort effort_;
  Chains chains_;
  std::vector<Candidate> found_;
  std::vector<Step> steps_;
  std::vector<LiteralMatch> matches_;
};

}  // namespace

std::vector<LiteralMatch> FindMatches(const LiteralText& text, const SymbolCounts& extra) {
  // The first pass only tells prices.
  const std::vector<LiteralMatch> rough = Parser(text, FirstPrices(), {.chain = 4, .nice = 16}).Parse();
  SymbolCounts counts = extra;
  CountSymbols(text, rough, &counts);
  return Parser(text, PricesOf(counts), {.chain = 16, .nice = 48}).Parse();
}

void CountSymbols(const LiteralText& text, const std::vector<LiteralMatch>& matches, SymbolCounts* counts) {
  uint32_t at = 0;
  size_t piece = 0;
  const auto literals_to = [&](uint32_t end) {
    for (; at < end; ++at) ++counts->literals[static_cast<unsigned char>(text.text[at])];
  };
  for (const LiteralMatch& match : matches) {
    literals_to(match.at);
    while (text.piece_ends[piece] <= match.at) ++piece;
    const uint32_t distance =
        match.at - match.from + text.numbers_before[piece] - text.numbers_before[piece - match.holes];
    ++counts->literals[LengthSymbol(match.length).symbol];
    ++counts->distances[DistanceSymbol(distance).symbol];
    at += match.length;
  }
  literals_to(static_cast<uint32_t>(text.text.size()));
}

}  // namespace bekci::wire
