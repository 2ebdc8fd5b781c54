// SPDX-License-Identifier: MIT
// The linear map of the SVSM's region in the initial page tables: its first byte is at the link base.
#pragma once
#include "abi/adyton/boot_block.hpp"
#include "base/address.hpp"

namespace svsm::mm {

class LinearMap {
public:
    constexpr LinearMap() = default;
    explicit constexpr LinearMap(GpaRange region) : region_{region} {}
    [[nodiscard]] constexpr Va va(Gpa gpa) const { return link_base + (gpa - region_.begin); }
    [[nodiscard]] constexpr Gpa gpa(Va va) const { return region_.begin + (va - link_base); }
    [[nodiscard]] Gpa gpa(const void* object) const {
        return gpa(Va{reinterpret_cast<std::uint64_t>(object)});
    }
    /// The object at `gpa`, in the SVSM's own memory.
    template <class T>
    [[nodiscard]] T* object(Gpa gpa) const {
        return reinterpret_cast<T*>(va(gpa).value());
    }

private:
    static constexpr Va link_base{abi::adyton::svsm_link_base};
    GpaRange region_{};
};

}  // namespace svsm::mm
