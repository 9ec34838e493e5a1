// Numbers as bcache's sysfs files write them: "26.0M", "-790.0k", "1304".
//
// The kernel (bch_hprint in drivers/md/bcache/util.c) scales by 1024 and writes one to four digits after the point that
// are 1/1024ths divided by 100: ".1" and ".10" are different numbers and ".10" is more than ".9". They are read back as
// node_exporter reads them, so that graphs of both meet.
// Thread rule: pure functions.
#pragma once

#include <optional>
#include <string_view>

namespace bekci::exporters::host {

// A whole number of units (bytes, mostly). nullopt: not such a number, or a negative one.
std::optional<double> ParseBcacheSize(std::string_view text);
// The same of either sign.
std::optional<double> ParseSignedBcacheSize(std::string_view text);

}  // namespace bekci::exporters::host
