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

namespace igvm {

/// A checked file: `open` has verified header, checksum, order, types, lengths and file offsets of every
/// directive, so that walking it cannot fail. Parameters lie inside areas that were declared before and not
/// inserted yet. Keeps a view; the bytes must outlive it.
class File {
public:
    [[nodiscard]] static std::expected<File, Error> open(Bytes bytes);
    /// Calls `visit(directive)` in file order for every directive that applies to SEV-SNP; stops when
    /// it returns false.
    template <class Visit>
    bool for_each(Visit visit) const {
        std::uint64_t at = first_;
        while (auto step = next(at))
            if (step->directive && !visit(*step->directive)) return false;
        return true;
    }

private:
    struct Step {
        std::optional<Directive> directive;
    };  ///< empty: for another platform, or optional and unknown
    [[nodiscard]] std::optional<Step> next(std::uint64_t& at) const;
    [[nodiscard]] std::expected<std::uint32_t, Error> find_snp_platform() const;
    [[nodiscard]] std::expected<void, Error> check_directives() const;
    Bytes bytes_;
    std::uint64_t first_ = 0, end_ = 0;  ///< the variable headers
    std::uint32_t snp_mask_ = 0;
};

}  // namespace igvm
