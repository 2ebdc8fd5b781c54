// SPDX-License-Identifier: MIT
#include "tools/debian/source_package.hpp"

#include "base/result.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"
#include "tools/support/command.hpp"

namespace tools::debian {
namespace {

namespace fs = std::filesystem;

Result<void> fetch(const SourcePin& pin, const fs::path& beside, const fs::path& to) {
    say(formatted("fetching the source of {} {} from Debian {} (10 MB) ...", pin.package, pin.version,
                  pin.release));
    const Archive archive = TRY(Archive::open_sources(beside / (pin.release + ".src"), pin.release));
    TRY_VOID(archive.download_source(pin.package, pin.version, to));
    return check_source(to / pin.file, pin.sha256);
}

}  // namespace

Result<void> check_source(const fs::path& file, const std::string& sha256) {
    const std::string said =
        TRY(output_of({"sha256sum", "--", file.string()}, formatted("cannot read {}", file.string())));
    // A name with a backslash or line feed has a backslash before its sum.
    if (said.starts_with(sha256 + " ")) return {};
    return problem("{} is not the file that this version was tested with: its SHA-256 is {}, not {}",
                   file.string(), said.substr(0, said.find(' ')), sha256);
}

Result<fs::path> find_source(const SourcePin& pin) {
    TRY_VOID(check_release(pin.release));
    const fs::path beside = TRY(cache_folder()) / "debian";
    const fs::path folder = beside / (pin.package + "_" + pin.version);
    const auto hint = [&](Problem problem) {
        problem.sentence += formatted("; {} from any mirror of Debian can be copied into {} by hand",
                                      pin.file, folder.string());
        return problem;
    };
    // A copy that was put there by hand has no list of sums; its own sum is looked at each time.
    TRY_VOID(fill_once(folder, [&](const fs::path& scratch) {
                 return fetch(pin, beside, scratch);
             }).transform_error(hint));
    TRY_VOID(check_source(folder / pin.file, pin.sha256).transform_error(hint));
    return folder / pin.file;
}

}  // namespace tools::debian
