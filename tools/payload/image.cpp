// SPDX-License-Identifier: MIT
#include "tools/payload/image.hpp"

#include "abi/igvm/format.hpp"
#include "igvm/reader.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/payload/foreign.hpp"

namespace tools::payload {

namespace fs = std::filesystem;

bool is_igvm(Bytes bytes) { return load<std::uint32_t>(bytes, 0) == abi::igvm::magic; }

bool is_image(Bytes bytes, const fs::path& path) { return is_igvm(bytes) || path.extension() == ".igvm"; }

Result<Payload> take_image(Buffer bytes, const fs::path& path, const Build& build) {
    const std::string name = path.string();
    if (build.vmpl || build.svsm || build.svsm_bytes || build.svsm_at || build.sev_features || build.own_report)
        return problem(
            "{} is a finished image; --vmpl, --svsm, --svsm-size, --svsm-at, --sev-features and --own-report are fixed "
            "when it is built",
            name);
    const auto file = igvm::File::open(bytes);
    if (!file) return problem("{} is not a usable IGVM image: {}", name, igvm::describe(file.error()));
    Payload payload{.image = {}, .name = path.stem().string()};
    payload.sev_features = launch_features_of(*file);
    if (const auto block = image::find_boot_block(*file)) {
        payload.vmpl = block->guest_vmpl;
        payload.kind = block->guest_kind;
        payload.c_bit = block->c_bit;
        if (block->guest_kind == Kind::Firmware)
            payload.window = GpaRange::make(Gpa{block->firmware_gpa}, block->firmware_bytes);
    } else {
        payload.c_bit = c_bit_of(*file);
        payload.about = describe_foreign(*file, name);
        payload.window = firmware_window(*file);
    }
    if (build.c_bit && payload.c_bit && *build.c_bit != *payload.c_bit)
        return problem(
            "{} was built for C-bit {}, and --c-bit asks for a machine that has {}; leave --c-bit out, or "
            "build the "
            "image again",
            name, *payload.c_bit, *build.c_bit);
    payload.image = std::move(bytes);
    return payload;
}

}  // namespace tools::payload
