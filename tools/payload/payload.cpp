// SPDX-License-Identifier: MIT
// Each kind loads itself; what is built of it is the same for all.
#include "tools/payload/payload.hpp"

#include "base/result.hpp"
#include "tools/image/image.hpp"
#include "tools/image/region_size.hpp"
#include "tools/payload/elf.hpp"
#include "tools/payload/image.hpp"

namespace tools::payload {
namespace {

namespace fs = std::filesystem;

constexpr unsigned default_vmpl = 1;

unsigned vmpl_of(const Request& request) { return request.build.vmpl.value_or(default_vmpl); }

/// The options that do not depend on the guest.
image::Options image_options(const Request& request, Bytes svsm, const fs::path& svsm_path) {
    image::Options options;
    options.svsm = svsm;
    options.svsm_file = svsm_path.string();
    options.guest_vmpl = vmpl_of(request);
    options.pages_stay = request.pages_stay;
    options.c_bit = request.build.c_bit.value_or(default_c_bit);
    options.region_bytes = request.build.svsm_bytes.value_or(image::region_bytes_for(request.memory));
    if (request.build.sev_features) options.sev_features = *request.build.sev_features;
    return options;
}

Result<Payload> build(const Request& request, const Install& install, Loaded loaded) {
    const fs::path svsm_path = request.build.svsm.value_or(install.svsm());
    Buffer svsm = TRY(read_file(svsm_path));
    image::Options options = image_options(request, svsm, svsm_path);
    options.guest_name = loaded.name;
    const Kind kind = loaded.guest.kind;
    return Payload{.image = TRY(image::build_image(options, std::move(loaded.guest))),
                   .name = std::move(loaded.name),
                   .kind = kind,
                   .vmpl = options.guest_vmpl,
                   .c_bit = options.c_bit,
                   .symbols = elf::Symbolizer{std::move(svsm), std::move(loaded.program)},
                   .disk = std::move(loaded.disk)};
}

/// Prepares a program, or a finished image.
Result<Payload> prepare_file(const Request& request, const Install& install) {
    const fs::path path = TRY(locate(request.guest, install));
    Buffer bytes = TRY(read_file(path));
    if (is_image(bytes, path)) return take_image(std::move(bytes), path, request.build);
    return build(request, install, TRY(load_elf(std::move(bytes), path)));
}

}  // namespace

Kind kind_of(const std::string& guest) { return guest == linux_guest_name ? Kind::Linux : Kind::Elf; }

Result<Payload> prepare(const Request& request, const Install& install) {
    switch (request.kind) {
        case Kind::Linux:
            return build(request, install,
                         TRY(load_linux(request.linux_guest, {vmpl_of(request), request.cpus})));
        case Kind::Elf: break;
    }
    return prepare_file(request, install);
}

}  // namespace tools::payload
