#include "agent/wire/compression.h"

#include <libdeflate.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "agent/wire/accept_list.h"

namespace bekci::wire {
namespace {

// Level 1 of both. On a host's page of 59 KB libdeflate's level 6 takes 2.9 times as long for 7 % fewer bytes.
// A kept compressor was measured too: nothing gained when called again and again (137 us both ways), 0.1 ms when caches
// are cold, at 200 KB kept per thread. Pages that come often have a GzipTemplate and do not come here.
constexpr int kGzipLevel = 1;
constexpr int kZstdLevel = 1;
constexpr size_t kChunk = 64 << 10;

base::Result<std::string> Gzip(std::string_view data) {
  const std::unique_ptr<libdeflate_compressor, void (*)(libdeflate_compressor*)> compressor(
      libdeflate_alloc_compressor(kGzipLevel), libdeflate_free_compressor);
  if (!compressor) return base::LimitReached("gzip: no memory");
  std::string out(libdeflate_gzip_compress_bound(compressor.get(), data.size()), '\0');
  const size_t size = libdeflate_gzip_compress(compressor.get(), data.data(), data.size(), out.data(), out.size());
  if (size == 0) return base::Internal("gzip: compressing failed");
  out.resize(size);
  return out;
}

base::Status Bomb(size_t max_bytes) {
  return base::LimitReached("decompressed data passes " + std::to_string(max_bytes) + " bytes");
}

// Room to begin with: what the last member says it has (RFC 1952, ISIZE), as far as that is believable; a member that
// says more than it has costs no more memory than one that really has it.
size_t FirstRoom(std::string_view data, size_t max_bytes) {
  constexpr size_t kBelievableRatio = 16;
  uint32_t said = 0;
  if (data.size() > sizeof said) std::memcpy(&said, data.data() + data.size() - sizeof said, sizeof said);
  return std::min({size_t{said}, kChunk + data.size() * kBelievableRatio, max_bytes});
}

// libdeflate takes members whole. Where the room is too small for one, that member starts again with twice the room,
// up to the limit: since the room never shrinks, all members together start again at most log2(max_bytes) times.
base::Result<std::string> Gunzip(std::string_view data, size_t max_bytes) {
  const std::unique_ptr<libdeflate_decompressor, void (*)(libdeflate_decompressor*)> decompressor(
      libdeflate_alloc_decompressor(), libdeflate_free_decompressor);
  if (!decompressor) return base::LimitReached("gzip: no memory");
  std::string out(FirstRoom(data, max_bytes), '\0');
  size_t used = 0;
  do {  // RFC 1952 allows several members one after the other
    size_t taken = 0;
    size_t made = 0;
    switch (libdeflate_gzip_decompress_ex(decompressor.get(), data.data(), data.size(), out.data() + used,
                                          out.size() - used, &taken, &made)) {
      case LIBDEFLATE_SUCCESS:
        data.remove_prefix(taken);
        used += made;
        break;
      case LIBDEFLATE_INSUFFICIENT_SPACE:
        if (out.size() == max_bytes) return Bomb(max_bytes);
        out.resize(std::min(std::max(kChunk, 2 * out.size()), max_bytes));
        break;
      default:
        return base::Corrupt("gzip: the data is damaged or ends too early");
    }
  } while (!data.empty());
  out.resize(used);
  return out;
}

base::Result<std::string> Zstd(std::string_view data) {
  std::string out(ZSTD_compressBound(data.size()), '\0');
  const size_t size = ZSTD_compress(out.data(), out.size(), data.data(), data.size(), kZstdLevel);
  if (ZSTD_isError(size)) return base::Internal(std::string("zstd: ") + ZSTD_getErrorName(size));
  out.resize(size);
  return out;
}

// Grows `out` by a chunk, never beyond one byte more than `max_bytes`: that byte tells that there is more.
bool Grow(std::string* out, size_t used, size_t max_bytes) {
  if (used > max_bytes) return false;
  const size_t step = std::max(kChunk, used);
  out->resize(std::min(used + step, max_bytes + 1));
  return true;
}

base::Result<std::string> Unzstd(std::string_view data, size_t max_bytes) {
  if (data.empty()) return base::Corrupt("zstd: no data");
  const std::unique_ptr<ZSTD_DCtx, size_t (*)(ZSTD_DCtx*)> context(ZSTD_createDCtx(), ZSTD_freeDCtx);
  if (!context) return base::LimitReached("zstd: no memory");
  // The frame's window is memory too: it may be no larger than what may come out (and 8 MiB, which level 19 uses).
  int window = 23;
  while (window < 27 && (size_t{1} << window) < max_bytes) ++window;
  ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window);
  std::string out;
  ZSTD_inBuffer in{data.data(), data.size(), 0};
  size_t used = 0;
  for (;;) {
    if (used == out.size() && !Grow(&out, used, max_bytes)) return Bomb(max_bytes);
    ZSTD_outBuffer buffer{out.data(), out.size(), used};
    const size_t in_before = in.pos;
    const size_t answer = ZSTD_decompressStream(context.get(), &buffer, &in);
    if (ZSTD_isError(answer)) return base::Corrupt(std::string("zstd: ") + ZSTD_getErrorName(answer));
    const bool moved = buffer.pos != used || in.pos != in_before;
    used = buffer.pos;
    if (answer == 0 && in.pos == in.size) break;
    if (!moved && used < out.size()) return base::Corrupt("zstd: the data ends too early");
  }
  if (used > max_bytes) return Bomb(max_bytes);
  out.resize(used);
  return out;
}

}  // namespace

std::string_view ContentEncodingName(ContentEncoding encoding) {
  switch (encoding) {
    case ContentEncoding::kGzip:
      return "gzip";
    case ContentEncoding::kZstd:
      return "zstd";
    case ContentEncoding::kIdentity:
      break;
  }
  return "";
}

ContentEncoding NegotiateEncoding(std::string_view accept_encoding, ContentEncoding preferred) {
  const std::vector<AcceptItem> items = ParseAcceptList(accept_encoding);
  // q of an encoding: its own item's, else the wildcard's, else none; identity is always allowed, as the last resort.
  const auto q_of = [&items](std::string_view name, double unnamed) {
    double q = unnamed;
    for (const AcceptItem& item : items) {
      if (item.name == name || (name == "gzip" && item.name == "x-gzip")) return item.q;
      if (item.name == "*") q = item.q;
    }
    return q;
  };
  ContentEncoding best = ContentEncoding::kIdentity;
  double best_q = 0;
  const ContentEncoding second = preferred == ContentEncoding::kGzip ? ContentEncoding::kZstd : ContentEncoding::kGzip;
  for (const ContentEncoding encoding : {preferred, second}) {
    const double q = q_of(ContentEncodingName(encoding), 0);
    if (q > best_q) {
      best = encoding;
      best_q = q;
    }
  }
  const auto identity =
      std::find_if(items.begin(), items.end(), [](const auto& item) { return item.name == "identity"; });
  return identity != items.end() && identity->q > best_q ? ContentEncoding::kIdentity : best;
}

base::Result<std::string> Compress(ContentEncoding encoding, std::string_view data) {
  switch (encoding) {
    case ContentEncoding::kGzip:
      return Gzip(data);
    case ContentEncoding::kZstd:
      return Zstd(data);
    case ContentEncoding::kIdentity:
      break;
  }
  return std::string(data);
}

base::Result<std::string> Decompress(ContentEncoding encoding, std::string_view data, size_t max_bytes) {
  switch (encoding) {
    case ContentEncoding::kGzip:
      return Gunzip(data, max_bytes);
    case ContentEncoding::kZstd:
      return Unzstd(data, max_bytes);
    case ContentEncoding::kIdentity:
      break;
  }
  if (data.size() > max_bytes) return Bomb(max_bytes);
  return std::string(data);
}

}  // namespace bekci::wire
