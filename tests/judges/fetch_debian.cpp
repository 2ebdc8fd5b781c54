// SPDX-License-Identifier: MIT
#include <array>

#include "base/result.hpp"
#include "tests/judges/fetch.hpp"
#include "tools/debian/archive.hpp"
#include "tools/debian/cache.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"

namespace judges {
namespace {

namespace fs = std::filesystem;
using tools::Result;

/// The first release that has the judge is testing. Its compiler and libraries are those of a stable release, with which
/// it was tried; what they lack comes from the next one.
struct Release {
    std::string name;
    std::vector<std::string> packages;
};
const std::array releases{
    Release{"bookworm",
            {"golang-1.19-go", "golang-1.19-src", "golang-google-protobuf-dev",
             "golang-github-google-uuid-dev", "golang-go.uber-multierr-dev", "golang-go.uber-atomic-dev",
             "golang-golang-x-crypto-dev", "golang-golang-x-sys-dev", "golang-github-google-go-cmp-dev"}},
    Release{"trixie", {"golang-github-google-logger-dev"}},
    Release{"forky", {"golang-github-google-go-sev-guest-dev"}},
};

Result<void> fetch_packages(const fs::path& work) {
    for (const Release& release : releases) {
        tools::debian::say(tools::formatted("fetching packages of Debian {} ...", release.name));
        const auto archive = TRY(tools::debian::Archive::open(work / release.name, {release.name}));
        TRY_VOID(archive.unpack(release.packages, work / "tree"));
    }
    return {};
}

/// Debian leaves AMD's certificates out, and the library does not compile without them. Those for Milan are among its
/// test data; they stand for the others too, because each case names the roots that it trusts.
Result<void> complete(const fs::path& library) {
    std::error_code error;
    for (const char* name : {"milan", "milan_vlek", "genoa", "genoa_vlek", "turin_vcek", "turin_vlek"}) {
        const fs::path bundle = library / "verify/trust" / tools::formatted("ask_ark_{}.pem", name);
        if (!fs::exists(bundle, error))
            fs::copy_file(library / "verify/testdata/milan.testcer", bundle, error);
        if (error) return tools::problem("cannot write {}: {}", bundle.string(), error.message());
    }
    return {};
}

Result<void> compile(const fs::path& source, const fs::path& work, const fs::path& to) {
    const fs::path tree = work / "tree/usr", path = tree / "share/gocode", root = tree / "lib/go-1.19";
    TRY_VOID(complete(path / "src/github.com/google/go-sev-guest"));
    std::error_code error;
    fs::create_directories(to, error);
    tools::debian::say("compiling go-sev-guest ...");
    (void)TRY(tools::output_of(
        {"env", "GO111MODULE=off", "CGO_ENABLED=0", "GOFLAGS=", "GOPATH=" + path.string(),
         "GOROOT=" + root.string(), "GOCACHE=" + (work / "cache").string(), (root / "bin/go").string(),
         "build", "-p", "2", "-o", (to / "judge").string(), source.string()},
        "go-sev-guest does not compile"));
    return {};
}

}  // namespace

Result<fs::path> find_go_judge(const fs::path& recipe) {
    const fs::path source = recipe / "judge.go", folder = TRY(place_for("go-sev-guest", source));
    TRY_VOID(tools::debian::fill_once(folder, [&](const fs::path& scratch) -> Result<void> {
        const fs::path work = folder.string() + ".work";
        auto fetched = fetch_packages(work);
        if (fetched) fetched = compile(source, work, scratch);
        std::error_code error;
        fs::remove_all(work, error);  // half a gigabyte, not needed any more
        return fetched;
    }));
    return folder / "judge";
}

}  // namespace judges
