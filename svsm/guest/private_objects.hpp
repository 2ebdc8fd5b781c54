// SPDX-License-Identifier: MIT
// The pages that no call may touch, whatever the guest says: the SVSM itself, every active VMSA, every active
// calling area. [SVSM "Core Protocol"]
#pragma once
#include <cstdint>

#include "base/address.hpp"
#include "base/fixed_vector.hpp"

namespace svsm {

enum class ObjectKind : std::uint8_t { Vmsa, CallingArea };

/// Not synchronised: Guest::lock guards it.
class PrivateObjects {
public:
    void set_svsm(GpaRange region) { svsm_ = region; }
    [[nodiscard]] GpaRange svsm() const { return svsm_; }

    /// Room for that many more.
    [[nodiscard]] bool has_room(std::size_t objects) const { return capacity - objects_.size() >= objects; }
    /// Registers a page; there must be room.
    void add(Gpa page, ObjectKind kind, std::uint32_t vcpu);
    /// Forgets every calling area of `vcpu` except `current`.
    void drop_calling_areas(std::uint32_t vcpu, Gpa current);

    /// Anything private in `range`?
    [[nodiscard]] bool conflicts(GpaRange range) const;
    /// The SVSM or a VMSA in `range`? (What may not be read or written through, as a calling area may.)
    [[nodiscard]] bool conflicts_except_calling_areas(GpaRange range) const;
    /// Is the page that begins at `page` an active calling area?
    [[nodiscard]] bool is_calling_area(Gpa page) const;

private:
    struct Object {
        Gpa page;
        std::uint32_t vcpu;
        ObjectKind kind;
    };
    static constexpr std::size_t capacity = 256;  // 64 vCPUs, each created a few times over
    GpaRange svsm_{};
    FixedVector<Object, capacity> objects_;
};

}  // namespace svsm
