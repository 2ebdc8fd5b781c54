// SPDX-License-Identifier: MIT
#include "tools/report/demands.hpp"

#include <chrono>

#include "base/result.hpp"
#include "tools/image/boot_block.hpp"
#include "tools/measure/igvm.hpp"
#include "tools/report/nonce.hpp"

namespace tools::attestation {
namespace {

Result<Floor> floor_of(const std::string& file) {
    if (file.empty()) return parse_floor(built_in_floor(), "floor.txt");
    const Buffer text = TRY(read_file(file));
    return parse_floor({reinterpret_cast<const char*>(text.data()), text.size()}, file);
}

Result<std::uint32_t> vmpl_of(const std::string& text) {
    if (text.size() != 1 || text[0] < '0' || text[0] > '3')
        return problem("--vmpl {} is no level; write 0, 1, 2 or 3", text);
    return static_cast<std::uint32_t>(text[0] - '0');
}

}  // namespace

Result<ExpectedImage> expected_image(Bytes image, const std::string& name) {
    const auto measured = TRY(measure::measure_igvm(image, name, {}));
    ExpectedImage expected{.name = name, .digest = measured.digest, .policy = measured.policy};
    const auto file = igvm::File::check(image);
    const auto block = file ? image::find_boot_block(*file) : std::nullopt;
    expected.relies_on_page_swap_disable = block && block->page_moves == abi::adyton::PageMoves::Forbidden;
    return expected;
}

Result<crypto::Certificate> parse_root(Bytes pem, const std::string& name) {
    const auto all = TRY(crypto::Certificate::from_pem(pem, name));
    for (const crypto::Certificate& certificate : all)
        if (role_of(certificate) == Role::Ark) return certificate;
    return problem("{} holds no certificate of an ARK", name);
}

Result<Demands> demands_of(const Options& options) {
    if (!options.manifest.empty() && options.nonce.empty())
        return problem("--manifest needs --nonce: the report holds the hash of both");
    Demands demands{.accepts_emulated = options.emulated,
                    .allows_debug = options.allow_debug,
                    .allows_provisional = options.allow_provisional};
    if (!options.image.empty()) {
        const Buffer image = TRY(read_file(options.image));
        demands.image = TRY(expected_image(image, options.image));
    }
    if (!options.vmpl.empty()) demands.vmpl = TRY(vmpl_of(options.vmpl));
    if (!options.nonce.empty()) demands.nonce = TRY(parse_nonce(options.nonce));
    if (!options.manifest.empty()) demands.manifest = TRY(read_file(options.manifest));
    if (!options.root.empty()) {
        const Buffer root = TRY(read_file(options.root));
        demands.root = TRY(parse_root(root, options.root));
    }
    demands.floor = TRY(floor_of(options.floor));
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    demands.now = std::chrono::duration_cast<std::chrono::seconds>(now).count();
    return demands;
}

}  // namespace tools::attestation
