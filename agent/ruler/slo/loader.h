// LoadSlos: texts of SLO files to objectives, whatever dialect each document in them speaks.
//
// A document says by its keys which it is: `slos:` alone is ours; with `version: prometheus/v1` Sloth's; apiVersion
// names the others (sloth.slok.dev/v1, openslo/v1, openslo/v1alpha, pyrra.dev/v1alpha1). OpenSLO objects refer to each
// other over all files. Windows files of Sloth (kind AlertWindows) may stand among them, in any order.
//
// Thread rule: pure, but for LoadSloFiles, which reads.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "agent/base/clock.h"
#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/ruler/slo/alert_windows.h"
#include "agent/ruler/slo/slo.h"

namespace bekci::ruler::slo {

struct SourceText {
  std::string file;  // for messages
  std::string text;
};

struct LoadOptions {
  base::Duration default_period = base::hours(30 * 24);
  WindowCatalogue windows;
};

struct LoadedSlos {
  std::vector<Slo> slos;              // in the order of files and documents
  std::vector<std::string> warnings;  // "file:line: ..."
  size_t documents = 0;               // that hold objectives or parts of them
};

// At most so many objectives are loaded together.
inline constexpr size_t kMaxSlos = 10'000;
inline constexpr size_t kMaxSloFileBytes = size_t{4} << 20;

// Errors: invalid, all mistakes of all files, a line each.
base::Result<LoadedSlos> LoadSlos(std::span<const SourceText> sources, const LoadOptions& options);
// Errors: as LoadSlos, and those of reading.
base::Result<LoadedSlos> LoadSloFiles(base::FileSystem& fs, std::span<const std::string> paths,
                                      const LoadOptions& options);

// Every file of windows (.yml, .yaml) below `directory`, into `catalogue`.
base::Status LoadWindowFiles(base::FileSystem& fs, const std::string& directory, WindowCatalogue* catalogue);

}  // namespace bekci::ruler::slo
