// SPDX-License-Identifier: MIT
// vCPUs by number, the I/O APIC of the q35 machine, and the wiring of its ISA interrupts.
#include "snpemu/host/madt.hpp"

#include <cstring>

#include "abi/acpi/tables.hpp"
#include "abi/x86/pc.hpp"
#include "snpemu/host/apic_id.hpp"

namespace snpemu {
namespace {

using namespace abi::acpi;

/// The timer arrives at input 2; the power management interrupt is level-triggered, active high.
constexpr MadtOverride timer{.source = 0, .interrupt = 2};
constexpr MadtOverride power{.source = 9, .interrupt = 9, .flags = 0xd};
constexpr std::uint32_t has_8259s = 1;

/// Puts one structure behind the other.
class Writer {
public:
    explicit Writer(std::span<std::byte> to) : to_{to} {}
    template <class T>
    void add(const T& value) {
        if (to_.size() - used_ < sizeof value) {
            fits_ = false;
            return;
        }
        std::memcpy(&to_[used_], &value, sizeof value);
        used_ += sizeof value;
    }
    [[nodiscard]] bool fits() const { return fits_; }
    [[nodiscard]] std::span<std::byte> written() const { return to_.first(used_); }

private:
    std::span<std::byte> to_;
    std::size_t used_ = 0;
    bool fits_ = true;
};

Madt madt_head() {
    Madt head;
    head.header.signature = {'A', 'P', 'I', 'C'};
    head.header.revision = 3;
    head.header.oem_id = {'A', 'D', 'Y', 'T', 'O', 'N'};
    head.header.oem_table_id = {'S', 'N', 'P', 'E', 'M', 'U', ' ', ' '};
    head.header.creator_id = {'A', 'D', 'Y', 'T'};
    head.local_apic = static_cast<std::uint32_t>(abi::pc::local_apic);
    head.flags = has_8259s;
    return head;
}

/// Length, then the checksum over everything.
void seal(std::span<std::byte> table) {
    const auto bytes = static_cast<std::uint32_t>(table.size());
    std::memcpy(&table[offsetof(Header, bytes)], &bytes, sizeof bytes);
    unsigned sum = 0;
    for (const std::byte byte : table) sum += std::to_integer<unsigned>(byte);
    table[offsetof(Header, checksum)] = static_cast<std::byte>(0u - sum);
}

}  // namespace

bool write_madt(std::span<std::byte> to, unsigned cpu_count, abi::adyton::HostProperties host) {
    Writer writer{to};
    writer.add(madt_head());
    for (unsigned i = 0; i < cpu_count; ++i)
        writer.add(MadtLocalApic{.processor = static_cast<std::uint8_t>(i),
                                 .apic_id = static_cast<std::uint8_t>(apic_id_of(i, host))});
    writer.add(MadtIoApic{.address = static_cast<std::uint32_t>(abi::pc::io_apic)});
    writer.add(timer);
    writer.add(power);
    writer.add(MadtLocalNmi{});
    if (!writer.fits()) return false;
    seal(writer.written());
    return true;
}

}  // namespace snpemu
