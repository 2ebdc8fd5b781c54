// SPDX-License-Identifier: MIT
// Reads an IGVM file the way QEMU's loader does, as a list of directives that the launch carries out in
// order. [IGVM] for the format; QEMU backends/igvm.c for what is accepted.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>

#include "base/bytes.hpp"
#include "igvm/directive.hpp"
#include "igvm/error.hpp"
#include "igvm/headers.hpp"

namespace igvm {

/// A checked file: `open` has verified header, checksum, order, types, lengths and file offsets of every
/// directive, so that walking it cannot fail. Parameters lie inside areas that were declared before and not
/// inserted yet. Keeps a view; the bytes must outlive it.
class File {
public:
    [[nodiscard]] static std::expected<File, Error> open(Bytes bytes);
    /// The same for a tool that names the place: with the header at which the file is wrong.
    [[nodiscard]] static std::expected<File, Fault> check(Bytes bytes);
    /// Calls `visit(directive)` in file order for every directive that applies to SEV-SNP; stops when
    /// it returns false.
    template <class Visit>
    bool for_each(Visit visit) const {
        return headers_.for_each([&](const Item& item) {
            const auto directive = directive_of(item);
            return !directive || visit(*directive);
        });
    }
    /// What the AMD-SP has to compare at the end of the launch, when the file holds it. It is no directive: nothing is
    /// loaded for it.
    [[nodiscard]] std::optional<abi::igvm::SnpIdBlock> id_block() const;
    [[nodiscard]] const Headers& headers() const { return headers_; }

private:
    /// Empty: for another platform, or optional and unknown.
    [[nodiscard]] std::optional<Directive> directive_of(const Item& item) const;
    [[nodiscard]] std::expected<void, Fault> check_platform();
    [[nodiscard]] std::expected<void, Fault> check_directives() const;
    Headers headers_;
    std::uint32_t snp_mask_ = 0;
};

}  // namespace igvm
