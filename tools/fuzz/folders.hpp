// SPDX-License-Identifier: MIT
// The folders of the fuzz targets' inputs. Findings lie outside the build, which may be deleted, moved or
// copied at any time.
#pragma once
#include <filesystem>
#include <vector>

#include "tools/support/problem.hpp"

namespace tools::fuzz {

struct Folders {
    std::filesystem::path programs;   ///< one for each target
    std::filesystem::path committed;  ///< of the source tree; a folder for each target
    std::filesystem::path corpus;     ///< grows; a folder for each target
    std::filesystem::path findings;   ///< inputs with which a target failed, and the logs of those runs
    std::filesystem::path logs;       ///< logs of searches that run or have found nothing
    /// Folders in which an adyton before this one kept corpora and findings, in the build. Not touched.
    std::vector<std::filesystem::path> older;
};

/// `corpus`: instead of the one below `state_folder()`; empty when the user named none.
[[nodiscard]] Result<Folders> find_folders(const std::string& corpus);

/// Makes those of the written folders that are missing. A problem names the folder and what to do.
[[nodiscard]] Result<void> make_folders(const Folders& folders, const std::string& target);

}  // namespace tools::fuzz
