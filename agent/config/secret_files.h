// Secrets that live in files: whether they can be read now, and reading them.
//
// A configuration holds their paths only. The core checks that they can be read, so that a typing error is an error
// with a line at start and not a failing collector at night; who needs the secret reads it when it is needed, so that a
// replaced file counts at once.
// Thread rule: as the FileSystem.
#pragma once

#include <string>

#include "agent/base/file_system.h"
#include "agent/base/status.h"
#include "agent/config/option.h"

namespace bekci::config {

// Opens every kSecretFile of `values` and of its sections, adding for each that cannot be read
// "bekci.yml:12: password_file: /etc/x: No such file or directory (bekci runs as user bekci)".
void CheckSecretFiles(const Values& values, base::FileSystem& fs, Errors* errors);

// The secret in `path` without the line end that editors add. Errors: those of the file system, limit beyond 64 KiB.
base::Result<std::string> ReadSecretFile(base::FileSystem& fs, const std::string& path);

// "root", or "uid 33" when the uid has no name: who reads the files.
std::string RunsAs();

}  // namespace bekci::config
