// The table of parts. A new part is a file, a declaration in parts.h and a row here, and its line in CMakeLists.txt.
#include "exporters/mysql/parts.h"

namespace bekci::exporters::mysql {

namespace {
// Sorted by PartSpec::name.
// clang-format off
const PartSpec* const kParts[] = {
    &kGlobalStatus,
    &kGlobalVariables,
};
// clang-format on
}  // namespace

std::span<const PartSpec* const> AllParts() {
  return kParts;
}

}  // namespace bekci::exporters::mysql
