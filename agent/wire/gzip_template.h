// GzipTemplate: a compressor that already knows the page, all but its numbers.
//
// Pages of one layout differ only in their numbers. So what costs time in compressing them, searching for matches and
// making Huffman codes, is done once, and better than a fast compressor would; a page then is cached bits with numbers
// between them. What is kept is one program:
//
//   copy 412 bits; a distance of 57 + 1 number; copy 9 bits; a number; copy 31 bits; a distance of ...
//
// - Copied bits are everything that is always the same: the header, literals, the lengths of matches, and distances
//   within one piece of text, which no number changes.
// - A distance that spans numbers is computed when it is written, from the lengths that these have on this page.
//   literal_matches.h sees to it that it cannot pass DEFLATE's window.
// - A number is written character by character in the block's literal code, which has all characters that a number can
//   have. There is one dynamic block; its codes are made from the page that the template is made from, with room for
//   digits to change.
//
// Sources: RFC 1951 (DEFLATE), RFC 1952 (gzip). A page that does not fit (a number too long, a character that has no
// code) is refused, never written wrong; the caller then compresses as one compresses anything.
// Measured on a host's page of 59 KB with 540 numbers (EPYC): 25 us a page, 5 of them the checksum, where libdeflate's
// level 1 takes 137, zstd's 90 and zlib's 270; 10.4 KB come out (libdeflate's levels 1 and 6: 10.7 and 9.9, zlib's 1:
// 11.2). The template takes 23 KB and 5 ms to make; more effort would save little (twice the time, 0.4 %).
// Thread rule: immutable after Make; Compress may be called from several threads at once.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "agent/wire/text_span.h"

namespace bekci::wire {

class BitWriter;
struct BlockCodes;
struct LiteralText;
struct LiteralMatch;

class GzipTemplate {
 public:
  // Of the text without its numbers. So much takes 0.1 s to make, or 0.5 s where it is made to be hard (noise of few
  // letters), and at most a little more memory than the text.
  static constexpr size_t kMaxLiteralBytes = 1 << 20;

  // Learns from a page and where its numbers stand (rising, not overlapping). Null when there is too much text, or a
  // number is longer than numbers are.
  static std::unique_ptr<const GzipTemplate> Make(std::string_view page, std::span<const TextSpan> numbers);

  // The page as one gzip member into `out` (replaced). It must have the text between numbers that Make was given.
  // False, and `out` empty, when this page cannot be said this way.
  bool Compress(std::string_view page, std::span<const TextSpan> numbers, std::string* out) const;

  size_t size_bytes() const;

 private:
  // "Copy `bits` bits, then what the other two say."
  struct Step {
    uint16_t bits;
    uint16_t distance;  // literal bytes between a match and its source; 0: no match follows
    uint16_t holes;     // numbers between these; without a match: kNumber or kNothing
  };
  static constexpr uint16_t kNumber = 0;
  static constexpr uint16_t kNothing = 1;
  struct Symbol {
    uint16_t code;
    uint8_t bits;
    uint8_t extra_bits;
  };
  class Recorder;

  GzipTemplate() = default;
  void KeepCodes(const BlockCodes& codes);
  void Record(const LiteralText& text, const std::vector<LiteralMatch>& matches, const BlockCodes& codes);
  bool WriteSteps(std::string_view page, std::span<const TextSpan> numbers, BitWriter* bits) const;

  std::vector<Step> steps_;
  std::vector<uint8_t> bits_;
  std::array<Symbol, 30> distances_{};
  std::array<Symbol, 128> characters_{};
  size_t literal_bytes_ = 0;
  size_t holes_ = 0;
  // Of what is written beside the page's numbers, and of the dearest character.
  size_t fixed_bits_ = 0;
  size_t character_bits_ = 0;
};

}  // namespace bekci::wire
