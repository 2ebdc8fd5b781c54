// SPDX-License-Identifier: MIT
// An ELF guest starts at its entry, with nothing else to say about it.
#include "tools/payload/elf.hpp"

#include "base/result.hpp"
#include "tools/elf/file.hpp"

namespace tools::payload {
namespace {

namespace fs = std::filesystem;

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none were built" : text;
}

}  // namespace

Result<fs::path> locate(const std::string& guest, const Install& install) {
    const bool is_word = guest.find('/') == std::string::npos;
    std::error_code error;
    if (is_word && fs::exists(install.guest(guest), error)) return install.guest(guest);
    if (fs::exists(guest, error)) return fs::path{guest};
    if (is_word && fs::path{guest}.extension().empty())
        return problem(
            "there is no guest '{}'; known guests: linux, firmware, debian, {} (or name an ELF or IGVM file)",
            guest, list(install.guest_names()));
    return problem("cannot read {}: no such file", guest);
}

Result<Loaded> load_elf(Buffer program, const fs::path& path) {
    if (program.empty()) return problem("{} is empty", path.string());
    const auto elf = TRY(elf::File::open(program, path.string()));
    Loaded loaded{.guest = {}, .name = path.stem().string()};
    loaded.guest.memory = TRY(image::load_guest(elf, path.string()));
    loaded.guest.entry = elf.entry();
    loaded.program = std::move(program);
    return loaded;
}

}  // namespace tools::payload
