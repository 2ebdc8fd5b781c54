// SPDX-License-Identifier: MIT
#include "tools/qemu/find.hpp"

#include <charconv>
#include <utility>

#include "tools/debian/qemu.hpp"
#include "tools/support/command.hpp"

namespace tools::qemu {

namespace fs = std::filesystem;

cli::Option program_option(std::string& to) {
    return {"--qemu", "QEMU", "path, or debian:RELEASE (default: qemu-system-x86_64)", &to};
}

Result<fs::path> find(const std::string& wanted) {
    if (wanted.starts_with(debian_prefix)) return debian::find_qemu(wanted.substr(debian_prefix.size()));
    return find_program(wanted);
}

Result<fs::path> find_program(const std::string& program) {
    if (program.find('/') != std::string::npos) {
        std::error_code error;
        if (!fs::exists(program, error)) return problem("there is no QEMU at {}", program);
        if (!is_executable(program)) return problem("{} is not a program that can be executed", program);
        return fs::path{program};
    }
    if (auto path = find_on_path(program)) return std::move(*path);
    return problem("{} was not found on PATH; install the package qemu-system-x86 or use --qemu PATH",
                   program);
}

std::string parse_version(std::string_view text) {
    constexpr std::string_view mark = "QEMU emulator version ";
    const std::size_t at = text.find(mark);
    if (at == std::string_view::npos) return {};
    text.remove_prefix(at + mark.size());
    return std::string{text.substr(0, text.find_first_not_of("0123456789."))};
}

bool keeps_up_with_code(std::string_view version) {
    constexpr std::pair first_sound{8u, 1u};
    std::pair<unsigned, unsigned> number{};
    const char* const end = version.data() + version.size();
    const auto major = std::from_chars(version.data(), end, number.first);
    if (major.ec != std::errc{}) return true;
    if (major.ptr != end && *major.ptr == '.') std::from_chars(major.ptr + 1, end, number.second);
    return number >= first_sound;
}

std::string version_of(const fs::path& program) {
    const auto told = run_command({program.string(), "--version"});
    const std::string version = told ? parse_version(told->output) : "";
    return version.empty() ? "of unknown version" : version;
}

}  // namespace tools::qemu
