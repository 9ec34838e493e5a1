#include "agent/tsdb/xor_chunk.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "agent/tsdb/padded_bytes.h"

namespace bekci::tsdb {
namespace {

constexpr uint8_t kMaxLeading = 31;  // 5 bits

// Widths of a difference of differences: its prefix, then so many bits; everything else takes 64.
struct StepWidth {
  unsigned prefix;
  unsigned prefix_bits;
  unsigned bits;
};
constexpr std::array<StepWidth, 3> kStepWidths = {{{0b10, 2, 14}, {0b110, 3, 17}, {0b1110, 4, 20}}};

// Whether `value` is in -(2^(bits-1) - 1) .. 2^(bits-1).
bool Fits(int64_t value, unsigned bits) {
  const int64_t half = int64_t{1} << (bits - 1);
  return -(half - 1) <= value && value <= half;
}

void WriteStep(BitWriter* out, int64_t step) {
  if (step == 0) return out->Write(0, 1);
  for (const StepWidth& width : kStepWidths) {
    if (!Fits(step, width.bits)) continue;
    out->Write(width.prefix, width.prefix_bits);
    return out->Write(static_cast<uint64_t>(step), width.bits);
  }
  out->Write(0b1111, 4);
  out->Write(static_cast<uint64_t>(step), 64);
}

// `raw` as written by WriteStep in `bits` bits.
int64_t SignedStep(uint64_t raw, unsigned bits) {
  const uint64_t half = uint64_t{1} << (bits - 1);
  return raw > half ? static_cast<int64_t>(raw) - static_cast<int64_t>(half * 2) : static_cast<int64_t>(raw);
}

// The hot loop of every query lives on these: one load serves the whole prefix and, nearly always, what follows it.
inline int64_t ReadStep(BitReader* in) {
  const uint64_t word = in->Peek();
  if ((word >> 63) == 0) {
    in->Skip(1);
    return 0;
  }
  const auto ones = static_cast<unsigned>(std::countl_one(word));
  if (ones < 4) {
    const StepWidth width = kStepWidths[ones - 1];
    in->Skip(width.prefix_bits + width.bits);
    return SignedStep(word << width.prefix_bits >> (64 - width.bits), width.bits);
  }
  in->Skip(4);
  return static_cast<int64_t>(in->Read(64));
}

inline uint64_t ReadXorBits(BitReader* in, XorWindow* window, uint64_t before) {
  const uint64_t word = in->Peek();
  if ((word >> 63) == 0) {
    in->Skip(1);
    return before;
  }
  unsigned used = 2;
  if ((word >> 62) == 0b11) {
    used = 13;
    auto significant = static_cast<unsigned>(word << 7 >> 58);
    if (significant == 0) significant = 64;
    window->leading = static_cast<uint8_t>(word << 2 >> 59);
    if (window->leading + significant > 64) {  // what no writer writes
      in->Fail();
      *window = {0, 0};
      return before;
    }
    window->trailing = static_cast<uint8_t>(64 - window->leading - significant);
  }
  const unsigned significant = 64u - window->leading - window->trailing;
  in->Skip(used);
  if (used + significant <= 57) {
    in->Skip(significant);
    return before ^ (word << used >> (64 - significant) << window->trailing);
  }
  return before ^ (in->Read(significant) << window->trailing);
}

base::Status Damaged(size_t sample, size_t count) {
  return base::Corrupt("chunk of floats: damaged at sample " + std::to_string(sample + 1) + " of " +
                       std::to_string(count));
}

// Where decoded samples go: arrays with room for all of them.
struct Sink {
  int64_t* times;
  double* values;
};

// Decodes samples after the first, whose time and value are given; returns how many were kept.
// The reader is a copy of the caller's, so that the compiler keeps it in registers: through a pointer, every sample
// stored might be one of its members.
base::Status DecodeRest(BitReader in, size_t count, int64_t min_ms, int64_t max_ms, Sink sink, int64_t time,
                        uint64_t value, size_t* kept) {
  XorWindow window{0, 0};
  uint64_t step = 0;
  size_t n = *kept;
  for (size_t i = 1; i < count; ++i) {
    step = i == 1 ? in.ReadUvarint() : step + static_cast<uint64_t>(ReadStep(&in));
    value = ReadXorBits(&in, &window, value);
    const auto next = static_cast<int64_t>(static_cast<uint64_t>(time) + step);
    if (in.overrun() || next <= time) {
      *kept = n;
      return Damaged(i, count);
    }
    time = next;
    if (time > max_ms) break;
    sink.times[n] = time;
    sink.values[n] = std::bit_cast<double>(value);
    n += time >= min_ms ? 1 : 0;
  }
  *kept = n;
  return base::OkStatus();
}

}  // namespace

void WriteXor(BitWriter* out, XorWindow* window, double before, double value) {
  const uint64_t delta = std::bit_cast<uint64_t>(before) ^ std::bit_cast<uint64_t>(value);
  if (delta == 0) return out->Write(0, 1);
  const auto leading = static_cast<uint8_t>(std::min<int>(std::countl_zero(delta), kMaxLeading));
  const auto trailing = static_cast<uint8_t>(std::countr_zero(delta));
  if (window->leading != XorWindow::kNone && leading >= window->leading && trailing >= window->trailing) {
    out->Write(0b10, 2);
    return out->Write(delta >> window->trailing, 64u - window->leading - window->trailing);
  }
  *window = {leading, trailing};
  const unsigned significant = 64u - leading - trailing;
  out->Write(0b11u << 11 | static_cast<unsigned>(leading) << 6 | (significant & 63), 13);
  out->Write(delta >> trailing, significant);
}

double ReadXor(BitReader* in, XorWindow* window, double before) {
  return std::bit_cast<double>(ReadXorBits(in, window, std::bit_cast<uint64_t>(before)));
}

XorAppender::XorAppender() {
  bits_.Write(0, 16);
}

void XorAppender::Append(int64_t t_ms, double value) {
  const size_t number = count();
  if (number == 0) {
    bits_.WriteVarint(t_ms);
    bits_.Write(std::bit_cast<uint64_t>(value), 64);
  } else {
    const uint64_t step = static_cast<uint64_t>(t_ms) - static_cast<uint64_t>(time_);
    if (number == 1) {
      bits_.WriteUvarint(step);
    } else {
      WriteStep(&bits_, static_cast<int64_t>(step - step_));
    }
    WriteXor(&bits_, &window_, value_, value);
    step_ = step;
  }
  time_ = t_ms;
  value_ = value;
  StoreSampleCount(bits_.mutable_data(), number + 1);
}

base::Status DecodeXorChunk(std::string_view bytes, int64_t min_ms, int64_t max_ms, storage::Samples* out) {
  const size_t count = ChunkSampleCount(bytes);
  // After the first, a sample takes two bits at least: what claims more gets no memory.
  if (bytes.size() < 2 || count > bytes.size() * 4) return base::Corrupt("chunk of floats: too short");
  if (count == 0) return base::OkStatus();
  const PaddedBytes padded(bytes);
  BitReader in(padded.view());
  in.Skip(16);
  const int64_t time = in.ReadVarint();
  const uint64_t value = in.Read(64);
  if (in.overrun()) return Damaged(0, count);
  if (time > max_ms) return base::OkStatus();

  const size_t before = out->times.size();
  out->times.resize(before + count);
  out->values.resize(before + count);
  const Sink sink{out->times.data() + before, out->values.data() + before};
  sink.times[0] = time;
  sink.values[0] = std::bit_cast<double>(value);
  size_t kept = time >= min_ms ? 1 : 0;
  base::Status status = DecodeRest(in, count, min_ms, max_ms, sink, time, value, &kept);
  out->times.resize(before + kept);
  out->values.resize(before + kept);
  return status;
}

}  // namespace bekci::tsdb
