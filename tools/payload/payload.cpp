// SPDX-License-Identifier: MIT
// Each kind loads itself; what is built of it is the same for all.
#include "tools/payload/payload.hpp"

#include "base/result.hpp"
#include "tools/image/image.hpp"
#include "tools/image/region_size.hpp"
#include "tools/image/vmpl0.hpp"
#include "tools/payload/choice.hpp"
#include "tools/payload/elf.hpp"
#include "tools/payload/firmware_region.hpp"
#include "tools/payload/image.hpp"

namespace tools::payload {
namespace {

namespace fs = std::filesystem;

constexpr unsigned default_vmpl = 1;

unsigned vmpl_of(const Request& request) { return request.build.vmpl.value_or(default_vmpl); }

/// The options that do not depend on the guest.
image::Options image_options(const Request& request) {
    image::Options options;
    options.guest_vmpl = vmpl_of(request);
    options.policy = request.policy;
    options.pages_stay = request.pages_stay || abi::GuestPolicy::PageSwapDisable::test(request.policy);
    options.c_bit = request.build.c_bit.value_or(default_c_bit);
    options.region_bytes = request.build.svsm_bytes.value_or(image::region_bytes_for(request.memory, request.cpus));
    if (request.kind == Kind::Firmware)
        options.region_gpa = request.build.svsm_at.value_or(
            firmware_region({request.memory, request.cpus, options.region_bytes}));
    options.memory_bytes = request.memory;
    if (request.build.own_report) options.own_report = *request.build.own_report;
    if (request.build.sev_features) options.sev_features = *request.build.sev_features;
    return options;
}

/// The image alone; `svsm` stays empty for a guest that runs without one.
Result<Buffer> build_image(image::Options& options, const Request& request, const Install& install,
                           image::LoadedGuest guest, Buffer& svsm) {
    if (!request.build.has_svsm()) return image::build_vmpl0_image(options, std::move(guest));
    const fs::path path = request.build.svsm.value_or(install.svsm());
    svsm = TRY(read_file(path));
    options.svsm = svsm;
    options.svsm_file = path.string();
    return image::build_image(options, std::move(guest));
}

GpaRange svsm_of(const Request& request, const image::Options& options) {
    if (!request.build.has_svsm()) return {};
    return {Gpa{options.region_gpa}, Gpa{options.region_gpa} + options.region_bytes};
}

Result<Payload> build(const Request& request, const Install& install, Loaded loaded) {
    image::Options options = image_options(request);
    options.guest_name = loaded.name;
    if (loaded.guest.kind == Kind::Firmware)
        TRY_VOID(image::check_sections(loaded.guest, svsm_of(request, options), request.memory));
    const Kind kind = loaded.guest.kind;
    const GpaRange window = loaded.guest.window;
    Buffer svsm;
    return Payload{.image = TRY(build_image(options, request, install, std::move(loaded.guest), svsm)),
                   .name = std::move(loaded.name),
                   .kind = kind,
                   .vmpl = options.guest_vmpl,
                   .sev_features = options.sev_features,
                   .c_bit = options.c_bit,
                   .symbols = elf::Symbolizer{std::move(svsm), std::move(loaded.program)},
                   .disk = std::move(loaded.disk),
                   .disk_serial = std::move(loaded.disk_serial),
                   .system_disks = std::move(loaded.system_disks),
                   .held = std::move(loaded.held),
                   .window = kind == Kind::Firmware ? std::optional{window} : std::nullopt,
                   .files = std::move(loaded.files)};
}

/// Prepares a program, or a finished image.
Result<Payload> prepare_file(const Request& request, const Install& install) {
    const fs::path path = TRY(locate(request.guest, install));
    Buffer bytes = TRY(read_file(path));
    if (is_image(bytes, path)) {
        if (request.only_check != 0)
            return problem("--alone needs the program of the suite; {} is a finished image", path.string());
        Payload image = TRY(take_image(std::move(bytes), path, request.build));
        image.is_finished = true;
        return image;
    }
    if (request.only_check != 0) TRY_VOID(choose_check(bytes, request.only_check, path.string()));
    return build(request, install, TRY(load_elf(std::move(bytes), path)));
}

}  // namespace

Kind kind_of(const std::string& guest) {
    if (guest == firmware_guest_name || guest == debian_guest_name) return Kind::Firmware;
    return guest == linux_guest_name ? Kind::Linux : Kind::Elf;
}

Result<Payload> prepare(const Request& request, const Install& install) {
    if (request.build.svsm_at && request.kind != Kind::Firmware)
        return problem("--svsm-at belongs to firmware; other guests know the SVSM's place");
    const LinuxScene scene{vmpl_of(request), request.cpus, has_secure_tsc(request.build)};
    switch (request.kind) {
        case Kind::Linux:
            return build(request, install, TRY(load_linux(request.linux_guest, scene)));
        case Kind::Firmware:
            return build(request, install, TRY(load_firmware(request.firmware, request.build,
                                                                       request.linux_guest, scene)));
        case Kind::Elf: break;
    }
    return prepare_file(request, install);
}

}  // namespace tools::payload
