// Compression of answers: gzip and zstd, chosen by Accept-Encoding. Snappy belongs to remote write and comes with it.
// Pages whose text is known beforehand have a faster way to gzip: gzip_template.h.
// Thread rule: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::wire {

enum class ContentEncoding : unsigned char { kIdentity, kGzip, kZstd };

// "gzip", "zstd", "" for identity.
std::string_view ContentEncodingName(ContentEncoding encoding);
// The best of what the header allows, by q-value; of two equal ones `preferred` (zstd or gzip), and either before
// identity. Empty header: identity. zstd is the cheaper of the two wherever there is no GzipTemplate.
ContentEncoding NegotiateEncoding(std::string_view accept_encoding, ContentEncoding preferred = ContentEncoding::kZstd);
// Fast levels: a page is compressed for one reader and thrown away.
base::Result<std::string> Compress(ContentEncoding encoding, std::string_view data);
// Errors: corrupt; limit when the output would pass `max_bytes` (a bomb).
base::Result<std::string> Decompress(ContentEncoding encoding, std::string_view data, size_t max_bytes);

}  // namespace bekci::wire
