// SPDX-License-Identifier: MIT
// Finds, recognises and packs the guest.
#include "tools/payload/payload.hpp"

#include "abi/adyton/boot_block.hpp"
#include "abi/igvm/format.hpp"
#include "base/result.hpp"
#include "model/igvm.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/image/image.hpp"
#include "tools/image/region_size.hpp"
#include "tools/payload/linux_files.hpp"
#include "tools/payload/tsc.hpp"

namespace tools::run {
namespace {

namespace fs = std::filesystem;

constexpr unsigned default_vmpl = 1;

bool begins_with_igvm_magic(Bytes bytes) { return load<std::uint32_t>(bytes, 0) == abi::igvm::magic; }

std::string list(const std::vector<std::string>& names) {
    std::string text;
    for (const auto& name : names) text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? "none were built" : text;
}

/// A plain word is a guest of this build first; anything else, and an unknown word, is a path.
Result<fs::path> locate(const std::string& guest, const Install& install) {
    const bool is_word = guest.find('/') == std::string::npos;
    std::error_code error;
    if (is_word && fs::exists(install.guest(guest), error)) return install.guest(guest);
    if (fs::exists(guest, error)) return fs::path{guest};
    if (is_word && fs::path{guest}.extension().empty())
        return problem("there is no guest '{}'; known guests: {} (or name an ELF or IGVM file)", guest,
                       list(install.guest_names()));
    return problem("cannot read {}: no such file", guest);
}

Result<Payload> from_image(Buffer bytes, const std::string& path, const PayloadRequest& request) {
    if (request.vmpl || request.svsm || request.svsm_bytes || request.sev_features)
        return problem("{} is a finished image; --vmpl, --svsm, --svsm-size and --sev-features are fixed when it is built",
                       path);
    const auto file = model::igvm::File::open(bytes);
    if (!file) return problem("{} is not a usable IGVM image: {}", path, model::igvm::describe(file.error()));
    Payload payload;
    payload.name = fs::path{path}.stem().string();
    if (const auto block = image::find_boot_block(*file)) {
        payload.vmpl = block->guest_vmpl;
        payload.is_linux = block->guest_kind == abi::adyton::GuestKind::Linux;
        payload.c_bit = block->c_bit;
        if (request.c_bit && *request.c_bit != block->c_bit)
            return problem(
                "{} was built for C-bit {}, and --c-bit asks for a machine that has {}; leave --c-bit out, "
                "or "
                "build the image again",
                path, block->c_bit, *request.c_bit);
    }
    payload.image = std::move(bytes);
    return payload;
}

/// What does not depend on the guest.
image::Options image_options(const PayloadRequest& request, Bytes svsm, const fs::path& svsm_path) {
    image::Options options;
    options.svsm = svsm;
    options.svsm_file = svsm_path.string();
    options.guest_vmpl = request.vmpl.value_or(default_vmpl);
    options.pages_stay = request.pages_stay;
    if (request.c_bit) options.c_bit = *request.c_bit;
    options.region_bytes = request.svsm_bytes.value_or(image::region_bytes_for(request.memory));
    if (request.sev_features) options.sev_features = *request.sev_features;
    return options;
}

Result<Payload> prepare_linux(const PayloadRequest& request, const Install& install) {
    const fs::path svsm_path = request.svsm.value_or(install.svsm());
    Buffer svsm = TRY(read_file(svsm_path));
    image::Options options = image_options(request, svsm, svsm_path);
    const auto& told = request.linux_guest->tsc_khz;
    const std::uint64_t tsc_khz = request.deterministic ? deterministic_tsc_khz
                                  : told                ? *told
                                                        : measure_tsc_khz();
    LinuxGuestFiles files =
        TRY(find_linux_files(*request.linux_guest, {options.guest_vmpl, request.cpus, tsc_khz}));
    options.guest_name = linux_guest_name;
    options.linux_files = {files.kernel, files.initrd,     files.kernel_name, std::move(files.command_line),
                           files.loader, files.loader_name};
    Buffer built = TRY(image::build_image(options));
    return Payload{std::move(built),      options.guest_name,
                   options.guest_vmpl,    Symbolizer{std::move(svsm), {}},
                   std::move(files.disk), true,
                   options.c_bit};
}

}  // namespace

Result<GuestFile> find_guest(const std::string& guest, const Install& install) {
    const fs::path path = TRY(locate(guest, install));
    Buffer bytes = TRY(read_file(path));
    if (begins_with_igvm_magic(bytes)) return problem("{} is an image already, not a guest", path.string());
    return GuestFile{path, path.stem().string(), std::move(bytes)};
}

Result<Payload> prepare(const PayloadRequest& request, const Install& install) {
    if (request.linux_guest) return prepare_linux(request, install);
    const fs::path path = TRY(locate(request.guest, install));
    Buffer bytes = TRY(read_file(path));
    const bool named_image = path.extension() == ".igvm";
    if (begins_with_igvm_magic(bytes) || named_image)
        return from_image(std::move(bytes), path.string(), request);
    if (bytes.empty()) return problem("{} is empty", path.string());

    const fs::path svsm_path = request.svsm.value_or(install.svsm());
    Buffer svsm = TRY(read_file(svsm_path));
    image::Options options = image_options(request, svsm, svsm_path);
    options.guest = bytes;
    options.guest_file = path.string();
    options.guest_name = path.stem().string();
    Buffer built = TRY(image::build_image(options));
    return Payload{std::move(built),
                   options.guest_name,
                   options.guest_vmpl,
                   Symbolizer{std::move(svsm), std::move(bytes)},
                   {},
                   false,
                   options.c_bit};
}

}  // namespace tools::run
