// SPDX-License-Identifier: MIT
// unpack_source RELEASE PACKAGE VERSION FILE SHA256 FOLDER: a step of the build, before the first kernel.
#include <unistd.h>

#include "base/result.hpp"
#include "tools/debian/source_package.hpp"
#include "tools/support/command.hpp"
#include "tools/support/terminal.hpp"

namespace {

using namespace tools;

/// The archive's one top folder becomes `folder`. Files get the time of now: ninja would take older ones for stale.
Result<void> unpack(const debian::SourcePin& pin, const std::filesystem::path& folder) {
    const auto archive = TRY(debian::find_source(pin));
    std::error_code error;
    std::filesystem::remove_all(folder, error);
    std::filesystem::create_directories(folder, error);
    TRY_VOID(output_of({"tar", "--extract", "--touch", "--no-same-owner", "--strip-components=1", "--file",
                        archive.string(), "--directory", folder.string()},
                       formatted("cannot unpack {}", archive.string())));
    return {};
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        print_error("error: unpack_source takes RELEASE PACKAGE VERSION FILE SHA256 FOLDER\n");
        return static_cast<int>(ExitCode::Usage);
    }
    const debian::SourcePin pin{argv[1], argv[2], argv[3], argv[4], argv[5]};
    if (const auto unpacked = unpack(pin, argv[6]); !unpacked) {
        print_error("error: " + unpacked.error().sentence + "\n");
        return static_cast<int>(ExitCode::Usage);
    }
    return 0;
}
