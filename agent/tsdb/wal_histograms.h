// WalHistograms: a native histogram as it stands in a record of the write-ahead log, and back.
//
// Thread rule: pure functions.
#pragma once

#include <memory>
#include <string>

#include "agent/model/native_histogram.h"
#include "agent/tsdb/wal_bytes.h"

namespace bekci::tsdb {

void WriteWalHistogram(std::string* out, const model::NativeHistogram& histogram);
// Null when the bytes are damaged; `in` is then not ok. What comes back passed CheckHistogram: chunks can hold it.
std::shared_ptr<const model::NativeHistogram> ReadWalHistogram(WalBytes* in);

}  // namespace bekci::tsdb
