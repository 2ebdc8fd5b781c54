// SPDX-License-Identifier: MIT
// Packs what init.sh needs.
#include "tools/linux/initramfs.hpp"

#include <array>

#include "base/result.hpp"
#include "tools/linux/cpio.hpp"
#include "tools/support/command.hpp"

namespace tools::linux_boot {
namespace {

namespace fs = std::filesystem;

#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wc23-extensions"
constexpr unsigned char init_script[] = {
#embed "init.sh"
};
constexpr unsigned char checks[] = {
#embed "checks.sh"
};
#pragma clang diagnostic pop

constexpr std::array modules{std::string_view{"drivers/net/dummy.ko"},
                             std::string_view{"drivers/block/virtio_blk.ko"}};
/// The driver of the network card, behind what it needs.
constexpr std::array network_modules{std::string_view{"net/core/failover.ko"},
                                     std::string_view{"drivers/net/net_failover.ko"},
                                     std::string_view{"drivers/net/virtio_net.ko"}};

/// Reports by configfs: the driver, behind what it needs. 6.12 has AES-GCM as a cipher that is looked up by name, later
/// kernels have it as a library.
constexpr std::array report_modules{std::string_view{"crypto/crypto_null.ko"},
                                    std::string_view{"lib/crypto/gf128mul.ko"},
                                    std::string_view{"crypto/ghash-generic.ko"},
                                    std::string_view{"crypto/gcm.ko"},
                                    std::string_view{"lib/crypto/libaesgcm.ko"},
                                    std::string_view{"fs/configfs/configfs.ko"},
                                    std::string_view{"drivers/virt/coco/tsm.ko"},
                                    std::string_view{"drivers/virt/coco/guest/tsm_report.ko"},
                                    std::string_view{"drivers/virt/coco/sev-guest/sev-guest.ko"}};

/// Debian compresses modules; our busybox unpacks them, because its own insmod does not everywhere.
Result<Buffer> read_module(const fs::path& plain, const fs::path& busybox) {
    std::error_code error;
    if (fs::exists(plain, error)) return read_file(plain);
    const fs::path packed = plain.string() + ".xz";
    if (!fs::exists(packed, error)) return Buffer{};
    const std::string bytes = TRY(output_of({busybox.string(), "xzcat", packed.string()},
                                            formatted("cannot unpack {}", packed.string())));
    const auto view = std::as_bytes(std::span{bytes});
    return Buffer{view.begin(), view.end()};
}

/// Adds the modules; a kernel has built in what it does not have as a module.
Result<void> add_modules(CpioWriter& writer, const InitramfsParts& parts,
                         std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
        const Buffer module = TRY(read_module(parts.modules / "kernel" / name, parts.busybox));
        const std::string file = "lib/modules/" + fs::path{name}.filename().string();
        if (!module.empty()) writer.file(file, module, false);
    }
    return {};
}

}  // namespace

Result<Buffer> build_initramfs(const InitramfsParts& parts) {
    CpioWriter writer;
    for (const char* folder : {"bin", "dev", "lib", "lib/modules"}) writer.folder(folder);
    // The kernel opens the console before any program can mount /dev.
    writer.device("dev/console", 5, 1);
    writer.file("bin/busybox", TRY(read_file(parts.busybox)), true);
    writer.file("init", std::as_bytes(std::span{init_script}), true);
    writer.file("lib/checks.sh", std::as_bytes(std::span{checks}), false);
    if (!parts.modules.empty()) {
        TRY_VOID(add_modules(writer, parts, modules));
        TRY_VOID(add_modules(writer, parts, report_modules));
        if (parts.network) TRY_VOID(add_modules(writer, parts, network_modules));
    }
    return std::move(writer).finish();
}

}  // namespace tools::linux_boot
