#include "agent/wire/gzip_template.h"

#include <libdeflate.h>

#include <algorithm>
#include <cstring>

#include "agent/wire/bit_writer.h"
#include "agent/wire/deflate_block.h"
#include "agent/wire/literal_matches.h"

namespace bekci::wire {
namespace {

// RFC 1952, 2.3: magic, deflate, no flags, no time, no hint of effort, Unix.
constexpr uint8_t kGzipHeader[] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
constexpr size_t kGzipTrailerBytes = 8;
constexpr std::string_view kNumberCharacters = "0123456789+-.eNaInf";

// The page taken apart. False when the numbers are not what they should be.
bool Split(std::string_view page, std::span<const TextSpan> numbers, LiteralText* text) {
  uint32_t end = 0;
  uint32_t number_bytes = 0;
  const auto add_piece = [&](size_t stop) {
    text->text.append(page.substr(end, stop - end));
    text->piece_ends.push_back(static_cast<uint32_t>(text->text.size()));
    text->numbers_before.push_back(number_bytes);
  };
  for (const TextSpan& number : numbers) {
    if (number.begin < end || number.end < number.begin || number.end > page.size()) return false;
    if (number.size() > kMaxNumberBytes) return false;
    add_piece(number.begin);
    number_bytes += number.size();
    end = number.end;
  }
  add_piece(page.size());
  return true;
}

// What the numbers add to the block. Those of one page tell how digits are spread, but not for ever: every character
// gets its code, and digits stay fairly cheap even if there were none.
SymbolCounts CountNumbers(std::string_view page, std::span<const TextSpan> numbers) {
  SymbolCounts counts;
  if (numbers.empty()) return counts;
  for (const TextSpan& number : numbers) {
    for (uint32_t i = number.begin; i < number.end; ++i) ++counts.literals[static_cast<unsigned char>(page[i])];
  }
  const auto some = static_cast<uint32_t>(numbers.size() / 8);
  for (const char c : kNumberCharacters) {
    counts.literals[static_cast<unsigned char>(c)] += 1 + (c <= '9' && c >= '.' ? some : 0);
  }
  return counts;
}

// Every symbol that may be needed for a distance that varies, whatever the numbers are.
void CountPossibleDistances(const std::vector<LiteralMatch>& matches, SymbolCounts* counts) {
  for (const LiteralMatch& match : matches) {
    const uint32_t least = match.at - match.from;
    const uint32_t last = DistanceSymbol(least + match.holes * kMaxNumberBytes).symbol;
    for (uint32_t symbol = DistanceSymbol(least).symbol; symbol <= last; ++symbol) {
      counts->distances[symbol] = std::max(counts->distances[symbol], 1u);
    }
  }
}

// As many characters at a time as surely fit one Append. `symbols` is the table by character.
template <typename Symbols>
bool WriteNumber(std::string_view text, const Symbols& symbols, BitWriter* out) {
  uint64_t gathered = 0;
  unsigned gathered_bits = 0;
  bool good = true;
  for (const char c : text) {
    const auto at = static_cast<unsigned char>(c);
    const auto& symbol = symbols[at % symbols.size()];
    good = good && at < symbols.size() && symbol.bits > 0;
    gathered |= uint64_t{symbol.code} << gathered_bits;
    gathered_bits += symbol.bits;
    if (gathered_bits <= BitWriter::kMaxBits - kMaxCodeBits) continue;
    out->Append(gathered, gathered_bits);
    gathered = 0;
    gathered_bits = 0;
  }
  out->Append(gathered, gathered_bits);
  return good;
}

void StoreTrailer(std::string_view page, uint8_t* out) {
  const uint32_t words[] = {libdeflate_crc32(0, page.data(), page.size()), static_cast<uint32_t>(page.size())};
  std::memcpy(out, words, sizeof words);
}

}  // namespace

// Writes the bits that are always the same and cuts them into steps.
class GzipTemplate::Recorder {
 public:
  Recorder(const BlockCodes& codes, size_t max_bytes, std::vector<Step>* steps)
      : codes_(codes), bytes_(max_bytes + BitWriter::kSlackBytes), out_(bytes_.data()), steps_(*steps) {
    for (const uint8_t byte : kGzipHeader) out_.Append(byte, 8);
    AppendBlockHeader(codes, &out_);
  }

  void Literal(char c) { codes_.AppendLiteral(static_cast<unsigned char>(c), &out_); }
  void Match(const LiteralMatch& match) {
    codes_.AppendLength(match.length, &out_);
    if (match.holes == 0) {
      codes_.AppendDistance(match.at - match.from, &out_);
    } else {
      EndStep(match.at - match.from, match.holes);
    }
  }
  void Number() { EndStep(0, kNumber); }
  std::vector<uint8_t> Finish() {
    codes_.AppendLiteral(kEndOfBlock, &out_);
    EndStep(0, kNothing);
    // AppendRun reads whole words.
    bytes_.resize(out_.Finish() + BitWriter::kSlackBytes);
    bytes_.shrink_to_fit();
    return std::move(bytes_);
  }

 private:
  void EndStep(uint32_t distance, uint16_t holes) {
    size_t bits = out_.bits() - step_begin_;
    for (; bits > UINT16_MAX; bits -= UINT16_MAX) steps_.push_back({UINT16_MAX, 0, kNothing});
    steps_.push_back({static_cast<uint16_t>(bits), static_cast<uint16_t>(distance), holes});
    step_begin_ = out_.bits();
  }

  const BlockCodes& codes_;
  std::vector<uint8_t> bytes_;
  BitWriter out_;
  std::vector<Step>& steps_;
  size_t step_begin_ = 0;
};

std::unique_ptr<const GzipTemplate> GzipTemplate::Make(std::string_view page, std::span<const TextSpan> numbers) {
  // Numbers are bounded, so this bounds the text too, before any of it is copied.
  if (page.size() > kMaxLiteralBytes + numbers.size() * kMaxNumberBytes) return nullptr;
  LiteralText text;
  if (!Split(page, numbers, &text) || text.text.size() > kMaxLiteralBytes) return nullptr;

  SymbolCounts counts = CountNumbers(page, numbers);
  counts.literals[kEndOfBlock] = 1;
  const std::vector<LiteralMatch> matches = FindMatches(text, counts);
  CountSymbols(text, matches, &counts);
  CountPossibleDistances(matches, &counts);

  std::unique_ptr<GzipTemplate> made(new GzipTemplate);
  const BlockCodes codes(counts);
  made->literal_bytes_ = text.text.size();
  made->holes_ = numbers.size();
  made->KeepCodes(codes);
  made->Record(text, matches, codes);
  return made;
}

void GzipTemplate::KeepCodes(const BlockCodes& codes) {
  for (uint32_t symbol = 0; symbol < distances_.size(); ++symbol) {
    const uint8_t extra_bits = symbol < 4 ? uint8_t{0} : static_cast<uint8_t>(symbol / 2 - 1);
    distances_[symbol] = {codes.distance_codes[symbol], codes.distance_lengths[symbol], extra_bits};
  }
  for (const char c : kNumberCharacters) {
    const auto at = static_cast<unsigned char>(c);
    characters_[at] = {codes.literal_codes[at], codes.literal_lengths[at], 0};
    character_bits_ = std::max<size_t>(character_bits_, characters_[at].bits);
  }
}

void GzipTemplate::Record(const LiteralText& text, const std::vector<LiteralMatch>& matches, const BlockCodes& codes) {
  // No symbol takes more than its code's 15 bits and, a distance, 13 more: two bytes a literal, at most six a match.
  const size_t max_bytes = sizeof kGzipHeader + kMaxBlockHeaderBytes + 2 * text.text.size() + 6 * matches.size() + 4;
  Recorder recorder(codes, max_bytes, &steps_);
  auto match = matches.begin();
  uint32_t at = 0;
  size_t variable = 0;
  for (size_t piece = 0; piece < text.piece_ends.size(); ++piece) {
    if (piece > 0) recorder.Number();
    while (at < text.piece_ends[piece]) {
      if (match == matches.end() || match->at != at) {
        recorder.Literal(text.text[at++]);
        continue;
      }
      recorder.Match(*match);
      if (match->holes > 0) ++variable;
      at += match->length;
      ++match;
    }
  }
  bits_ = recorder.Finish();
  steps_.shrink_to_fit();
  unsigned dearest = 0;
  for (const Symbol& distance : distances_) dearest = std::max<unsigned>(dearest, distance.bits + distance.extra_bits);
  fixed_bits_ = bits_.size() * 8 + variable * dearest;
}

bool GzipTemplate::Compress(std::string_view page, std::span<const TextSpan> numbers, std::string* out) const {
  out->clear();
  if (numbers.size() != holes_ || page.size() < literal_bytes_) return false;
  const size_t number_bytes = page.size() - literal_bytes_;
  const size_t max_bits = fixed_bits_ + number_bytes * character_bits_;
  out->resize(max_bits / 8 + 1 + kGzipTrailerBytes + BitWriter::kSlackBytes);
  BitWriter bits(reinterpret_cast<uint8_t*>(out->data()));
  if (!WriteSteps(page, numbers, &bits)) {
    out->clear();
    return false;
  }
  const size_t size = bits.Finish();
  StoreTrailer(page, reinterpret_cast<uint8_t*>(out->data()) + size);
  out->resize(size + kGzipTrailerBytes);
  return true;
}

bool GzipTemplate::WriteSteps(std::string_view page, std::span<const TextSpan> numbers, BitWriter* bits) const {
  const size_t number_bytes = page.size() - literal_bytes_;
  std::vector<uint32_t> before(holes_ + 1);  // bytes of numbers before each piece
  BitWriter out = *bits;                     // a local one stays in registers
  size_t from = 0;
  size_t piece = 0;
  for (const Step& step : steps_) {
    out.AppendRun(bits_.data(), from, step.bits);
    from += step.bits;
    if (step.distance != 0) {
      const SymbolAndExtra coded = DistanceSymbol(step.distance + before[piece] - before[piece - step.holes]);
      const Symbol& symbol = distances_[coded.symbol];
      out.Append(uint64_t{coded.extra} << symbol.bits | symbol.code, unsigned{symbol.bits} + symbol.extra_bits);
    } else if (step.holes == kNumber) {
      const TextSpan& number = numbers[piece];
      const uint32_t size = number.size();
      // What is written must fit also when the page is refused in the end.
      if (size > kMaxNumberBytes || number.end > page.size() || before[piece] + size > number_bytes) return false;
      if (!WriteNumber(page.substr(number.begin, size), characters_, &out)) return false;
      before[piece + 1] = before[piece] + size;
      ++piece;
    }
  }
  *bits = out;
  return before[holes_] == number_bytes;
}

size_t GzipTemplate::size_bytes() const {
  return sizeof *this + steps_.capacity() * sizeof(Step) + bits_.capacity();
}

}  // namespace bekci::wire
