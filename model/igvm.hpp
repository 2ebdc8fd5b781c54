// SPDX-License-Identifier: MIT
// Reads an IGVM file the way QEMU's loader does, as a list of directives that the launch carries out in
// order. [IGVM] for the format; QEMU backends/igvm.c for what is accepted.
#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>
#include <variant>

#include "abi/igvm/format.hpp"
#include "abi/snp/vmsa.hpp"
#include "base/address.hpp"
#include "base/bytes.hpp"

namespace model::igvm {

enum class Error : std::uint8_t {
    TooShort,
    BadMagic,
    BadVersion,
    BadHeaderOffset,
    SizeMismatch,
    BadChecksum,
    TruncatedHeader,
    UnknownType,
    BadOrder,
    BadLength,
    BadFileOffset,
    UnalignedGpa,
    NoSnpPlatform,
    BadPlatform,
    UnknownPageType,
    BadPageFlags,
    BadVmsaGpa,
    MissingVpContext,
    ManyVpContexts,
    BadParameterArea,
};
/// A sentence for people, without a full stop.
[[nodiscard]] std::string_view describe(Error error);

/// Without data: a page of zeros.
struct PageData {
    Gpa gpa;
    abi::igvm::PageDataType type;
    bool unmeasured;
    std::optional<Bytes> data;
};
struct VpContext {
    Bytes vmsa;
};
struct ParameterArea {
    std::uint32_t index;
    std::uint64_t bytes;
};
struct ParameterInsert {
    Gpa gpa;
    std::uint32_t index;
};
struct VpCount {
    abi::igvm::Parameter at;
};
/// The host's list of processors, as ACPI has it.
struct Madt {
    abi::igvm::Parameter at;
};
struct MemoryMap {
    abi::igvm::Parameter at;
};
struct EnvironmentInfo {
    abi::igvm::Parameter at;
};
struct RequiredMemory {
    GpaRange range;
};
struct GuestPolicy {
    std::uint64_t policy;
};

using Directive = std::variant<PageData, VpContext, ParameterArea, ParameterInsert, VpCount, Madt, MemoryMap,
                               EnvironmentInfo, RequiredMemory, GuestPolicy>;

/// Parameter areas that one file may declare; indices count too, dead or alive.
inline constexpr unsigned max_parameter_areas = 16;

/// A checked file: `open` has verified header, checksum, order, types, lengths and file offsets of every
/// directive, so that walking it cannot fail. Parameters lie inside areas that were declared before and not
/// inserted yet. Keeps a view; the bytes must outlive it.
class File {
public:
    [[nodiscard]] static std::expected<File, Error> open(Bytes bytes);
    /// Calls `visit(directive)` in file order for every directive that applies to SEV-SNP; stops when it
    /// returns false.
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

/// CRC-32 (IEEE 802.3) as the IGVM header wants it; `previous` is the result for the bytes before.
[[nodiscard]] std::uint32_t crc32(Bytes bytes, std::uint32_t previous = 0);

}  // namespace model::igvm
