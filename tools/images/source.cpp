// SPDX-License-Identifier: MIT
#include "tools/images/source.hpp"

#include <charconv>

#include "base/result.hpp"
#include "tools/measure/firmware.hpp"
#include "tools/measure/igvm.hpp"
#include "tools/support/number.hpp"

namespace tools::images {
namespace {

constexpr unsigned most_vcpus = 512;
constexpr std::string_view default_cpu = "EPYC-v4";

Result<std::uint64_t> parse_hex(std::string_view option, std::string_view text) {
    std::uint64_t value = 0;
    std::string_view digits = text;
    if (digits.starts_with("0x")) digits.remove_prefix(2);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size())
        return problem("{} {} is not a number; write it like 0x21", option, text);
    return value;
}

/// A model of QEMU's, or the number itself.
Result<std::uint32_t> parse_cpu(const std::string& text) {
    if (!text.starts_with("0x")) return measure::signature_of(text);
    const std::uint64_t value = TRY(parse_hex("--cpu", text));
    if (value > 0xffff'ffff) return problem("--cpu {} does not fit into 32 bits", text);
    return static_cast<std::uint32_t>(value);
}

bool names_firmware_options(const Source& s) {
    return !s.vcpus.empty() || !s.cpu.empty() || !s.guest_features.empty() || !s.kernel.empty() ||
           !s.initrd.empty() || !s.append.empty() || s.kernel_hashes;
}

Result<void> check_hashes(const Source& s) {
    const bool names_files = !s.kernel.empty() || !s.initrd.empty() || !s.append.empty();
    if (names_files && !s.kernel_hashes)
        return problem(
            "kernel, initrd and command line are in the digest with --kernel-hashes only; add it, as "
            "kernel-hashes=on to QEMU's sev-snp-guest");
    if (s.kernel_hashes && s.kernel.empty()) return problem("--kernel-hashes needs --kernel");
    return {};
}

Result<Measured> measure_firmware(const Source& s) {
    TRY_VOID(check_hashes(s));
    const Buffer file = TRY(read_file(s.firmware));
    Buffer kernel, initrd;
    measure::FirmwareLaunch launch{.firmware = file, .name = s.firmware};
    launch.signature = TRY(parse_cpu(s.cpu.empty() ? std::string{default_cpu} : s.cpu));
    if (!s.vcpus.empty()) launch.vcpus = TRY(parse_number("--vcpus", s.vcpus, 1, most_vcpus));
    if (!s.guest_features.empty()) launch.sev_features = TRY(parse_hex("--guest-features", s.guest_features));
    if (s.kernel_hashes) {
        kernel = TRY(read_file(s.kernel));
        if (!s.initrd.empty()) initrd = TRY(read_file(s.initrd));
        launch.hashes = image::KernelFiles{kernel, initrd, s.append};
    }
    return Measured{s.firmware, {}, TRY(measure::measure_firmware(launch))};
}

}  // namespace

std::vector<cli::Option> source_options(Source& source) {
    return {{"FILE", "", "IGVM image", &source.file},
            {"--firmware", "FILE", "firmware that QEMU launches without an image (-bios)", &source.firmware},
            {"--vcpus", "N", "vCPUs of its guest (default: 1)", &source.vcpus},
            {"--cpu", "MODEL", "QEMU's model of them, or 0x... (default: EPYC-v4)", &source.cpu},
            {"--guest-features", "HEX", "their SEV_FEATURES (default: 0x1)", &source.guest_features},
            {"--kernel-hashes", "", "hashes of these are measured:", &source.kernel_hashes},
            {"--kernel", "FILE", "kernel behind the firmware", &source.kernel},
            {"--initrd", "FILE", "its initrd", &source.initrd},
            {"--append", "WORDS", "its command line", &source.append}};
}

Result<Measured> measure_source(const Source& source, bool areas_are_one_page, bool normal_zeros) {
    if (source.file.empty() == source.firmware.empty())
        return problem("name an IGVM file, or --firmware FILE");
    if (!source.firmware.empty()) {
        if (areas_are_one_page || normal_zeros)
            return problem(
                "--loader and --normal-zeros are about IGVM files; leave them out with --firmware");
        return measure_firmware(source);
    }
    if (names_firmware_options(source))
        return problem("vCPUs and kernel are fixed in an image; leave out the options of --firmware");
    Measured measured{.name = source.file, .image = TRY(read_file(source.file)), .result = {}};
    measured.result =
        TRY(measure::measure_igvm(measured.image, source.file, {areas_are_one_page, normal_zeros}));
    return measured;
}

}  // namespace tools::images
