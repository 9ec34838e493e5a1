#include "agent/wire/compression.h"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <memory>

#include "agent/wire/accept_list.h"

namespace bekci::wire {
namespace {

// Level 1 of both. On node_exporter's page of 57 KB zlib's level 6 takes 2.7 times as long for 14 % fewer bytes.
// Keeping contexts between pages was measured too: no gain there (264 us against 278), and 270 KB kept per thread.
constexpr int kZlibLevel = 1;
constexpr int kZstdLevel = 1;
constexpr int kGzipWindow = 15 + 16;  // + 16: gzip header and trailer
constexpr size_t kChunk = 64 << 10;

base::Result<std::string> Gzip(std::string_view data) {
  z_stream stream{};
  if (deflateInit2(&stream, kZlibLevel, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
    return base::LimitReached("gzip: no memory");
  }
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, deflateEnd);
  // avail_in is 32 bits; a page never comes near, but the bound is checked rather than trusted.
  if (data.size() > UINT32_MAX / 2) return base::LimitReached("gzip: more than 2 GiB at once");
  std::string out(deflateBound(&stream, data.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));  // zlib only reads it
  stream.avail_in = static_cast<uInt>(data.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (deflate(&stream, Z_FINISH) != Z_STREAM_END) return base::Internal("gzip: compressing failed");
  out.resize(stream.total_out);
  return out;
}

// Grows `out` by a chunk, never beyond one byte more than `max_bytes`: that byte tells that there is more.
bool Grow(std::string* out, size_t used, size_t max_bytes) {
  if (used > max_bytes) return false;
  const size_t step = std::max(kChunk, used);
  out->resize(std::min(used + step, max_bytes + 1));
  return true;
}

base::Status Bomb(size_t max_bytes) {
  return base::LimitReached("decompressed data passes " + std::to_string(max_bytes) + " bytes");
}

base::Result<std::string> Gunzip(std::string_view data, size_t max_bytes) {
  z_stream stream{};
  if (inflateInit2(&stream, kGzipWindow) != Z_OK) return base::LimitReached("gzip: no memory");
  const std::unique_ptr<z_stream, int (*)(z_stream*)> guard(&stream, inflateEnd);
  std::string out;
  size_t used = 0;
  for (;;) {
    if (used == out.size() && !Grow(&out, used, max_bytes)) return Bomb(max_bytes);
    const size_t give = std::min<size_t>(data.size(), UINT32_MAX / 2);
    const size_t room = std::min<size_t>(out.size() - used, UINT32_MAX / 2);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(data.data()));
    stream.avail_in = static_cast<uInt>(give);
    stream.next_out = reinterpret_cast<Bytef*>(out.data() + used);
    stream.avail_out = static_cast<uInt>(room);
    const int answer = inflate(&stream, Z_NO_FLUSH);
    const size_t taken = give - stream.avail_in;
    const size_t made = room - stream.avail_out;
    data.remove_prefix(taken);
    used += made;
    if (answer == Z_STREAM_END) {
      if (data.empty()) break;
      // RFC 1952 allows several members one after the other.
      if (inflateReset(&stream) != Z_OK) return base::Internal("gzip: reset failed");
      continue;
    }
    if (answer == Z_MEM_ERROR) return base::LimitReached("gzip: no memory");
    if (answer != Z_OK && answer != Z_BUF_ERROR) return base::Corrupt("gzip: the data is damaged");
    if (taken == 0 && made == 0) return base::Corrupt("gzip: the data ends too early");
  }
  if (used > max_bytes) return Bomb(max_bytes);
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

ContentEncoding NegotiateEncoding(std::string_view accept_encoding) {
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
  for (const ContentEncoding encoding : {ContentEncoding::kZstd, ContentEncoding::kGzip}) {
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
