// SPDX-License-Identifier: MIT
#include "tools/run/gdb.hpp"

#include "base/result.hpp"
#include "tools/elf/file.hpp"
#include "tools/payload/elf.hpp"
#include "tools/payload/image.hpp"
#include "tools/support/quote.hpp"

namespace tools::run {
namespace {

namespace fs = std::filesystem;

/// A program that gdb can read symbols from; an image has none, and a kernel's are not in its file.
std::optional<fs::path> find_program(const Options& options, const Install& install) {
    if (options.kind != payload::Kind::Elf) return std::nullopt;
    const auto path = payload::locate(options.guest, install);
    const auto bytes = path ? read_file(*path) : Result<Buffer>{std::unexpected{path.error()}};
    if (!bytes || payload::is_igvm(*bytes)) return std::nullopt;
    return fs::absolute(*path);
}

/// The program that the launch starts.
Result<fs::path> find_first_program(const Options& options, const Install& install) {
    if (options.build.has_svsm()) return options.build.svsm.value_or(install.svsm());
    if (const auto guest = find_program(options, install)) return *guest;
    return problem(
        "--gdb stops at the first instruction of an ELF file, and with --vmpl 0 {} is none; leave out --gdb",
        options.guest);
}

}  // namespace

Result<GdbSetup> prepare_gdb(const Options& options) {
    const Install install = TRY(find_install());
    const auto path = TRY(find_first_program(options, install));
    const Buffer bytes = TRY(read_file(path));
    return GdbSetup{
        TRY(elf::File::open(bytes, path.string())).entry(),
        options.build.has_svsm(),
        {TRY(install.source()) / "tools" / "gdb" / "adyton.py", install.bin, find_program(options, install)}};
}

std::string gdb_command(std::uint16_t port, const GdbFiles& files) {
    // gdb splits what stands behind -ex once more.
    std::string attach = formatted("adyton-attach {} {}", port, gdb_word(files.bin.string()));
    if (files.guest) attach += " " + gdb_word(files.guest->string());
    return formatted("gdb -x {} -ex {}", shell_word(files.script.string()), shell_word(attach));
}

}  // namespace tools::run
