// SPDX-License-Identifier: MIT
#include "tools/system/unified_kernel.hpp"

#include <array>
#include <cstring>
#include <optional>
#include <vector>

#include "base/address.hpp"
#include "base/result.hpp"
#include "tools/support/command.hpp"
#include "tools/support/file.hpp"

namespace tools::system {
namespace {

namespace fs = std::filesystem;

template <class T>
std::optional<T> field(const Buffer& bytes, std::size_t at) {
    T value;
    if (at + sizeof value > bytes.size()) return std::nullopt;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

/// The first address behind all that the stub has in memory: what is added must lie above, or the firmware refuses the
/// program. [PE "Optional Header Windows-Specific Fields"]
Result<std::uint64_t> end_of_image(const Buffer& stub, const std::string& name) {
    constexpr std::size_t header_at = 0x3c, optional_at = 24, base_at = 24, size_at = 56;
    const std::size_t optional = field<std::uint32_t>(stub, header_at).value_or(0) + optional_at;
    const auto magic = field<std::uint16_t>(stub, optional);
    const auto base = field<std::uint64_t>(stub, optional + base_at);
    const auto size = field<std::uint32_t>(stub, optional + size_at);
    if (magic != 0x20b || !base || !size) return problem("{} is no program for UEFI", name);
    return round_up(*base + *size, page_bytes);
}

}  // namespace

Result<void> make_unified_kernel(const UnifiedKernelParts& parts, const fs::path& to) {
    const Buffer stub = TRY(read_file(parts.stub));
    std::uint64_t address = TRY(end_of_image(stub, parts.stub.string()));
    const fs::path line = to.string() + ".cmdline";
    TRY_VOID(write_file(line, std::as_bytes(std::span{parts.command_line})));
    // The kernel comes last: it may use the memory behind its section.
    const std::array sections{std::pair{".osrel", parts.os_release}, std::pair{".cmdline", line},
                              std::pair{".initrd", parts.initrd}, std::pair{".linux", parts.kernel}};
    std::vector<std::string> words{"objcopy"};
    for (const auto& [name, file] : sections) {
        std::error_code error;
        const auto bytes = fs::file_size(file, error);
        if (error) return problem("cannot read {}: {}", file.string(), error.message());
        words.insert(words.end(), {"--add-section", formatted("{}={}", name, file.string()), "--set-section-flags",
                                   formatted("{}=contents,alloc,load,readonly,data", name), "--change-section-vma",
                                   formatted("{}={:#x}", name, address)});
        address = round_up(address + bytes, page_bytes);
    }
    words.insert(words.end(), {parts.stub.string(), to.string()});
    TRY_VOID(output_of(words, "cannot make a unified kernel image (package binutils)"));
    std::error_code error;
    fs::remove(line, error);
    return {};
}

}  // namespace tools::system
