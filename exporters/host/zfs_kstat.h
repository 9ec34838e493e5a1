// The text of ZFS's statistics below /proc/spl/kstat/zfs.
//
//   6 1 0x01 91 4368 5266997922 97951858082072        named numbers, one per line; type 4 is an unsigned number of
//   name                            type data         64 bits, type 7 a text
//   hits                            4    8772612
//
//   12 3 0x00 1 80 79205351707403 395818011156865     a table of one row, for a pool's io
//   nread    nwritten reads    writes   wtime ...
//   1884160  3206144  22       132      7155162 ...
//
// Source: module/os/linux/spl/spl-kstat.c of OpenZFS. Thread rule: pure functions.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "agent/base/status.h"

namespace bekci::exporters::host {

using KstatNumber = std::function<void(std::string_view name, double value)>;

// Calls each(name, value) per number, in order; `dataset`, when given, becomes the value of "dataset_name", which comes
// before the numbers. Errors: corrupt, with `path` in front, when there is no heading or a number is none.
base::Status ParseKstat(const std::string& path, std::string_view text, std::string* dataset, const KstatNumber& each);

// The same for a table of one row.
base::Status ParseKstatIo(const std::string& path, std::string_view text, const KstatNumber& each);

}  // namespace bekci::exporters::host
