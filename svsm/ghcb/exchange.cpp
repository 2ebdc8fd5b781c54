// SPDX-License-Identifier: MIT
// Fills and reads the GHCB page. No data of the guest goes in: one page, few fields, all written here.
#include "svsm/ghcb/exchange.hpp"

#include <cstring>

#include "abi/snp/ghcb_msr.hpp"

namespace svsm::ghcb {
namespace {

/// A store or load that the compiler neither repeats nor splits nor drops: the host accesses the same memory.
template <class T>
void write_once(T& field, T value) {
    *static_cast<volatile T*>(&field) = value;
}
template <class T>
T read_once(const T& field) {
    return *static_cast<const volatile T*>(&field);
}

constexpr std::uint64_t high_bit(unsigned valid_bit) { return 1ull << (valid_bit - 64); }
constexpr std::uint64_t always_valid = high_bit(GHCB_BIT(sw_exit_code)) | high_bit(GHCB_BIT(sw_exit_info_1)) |
                                       high_bit(GHCB_BIT(sw_exit_info_2));
constexpr std::uint64_t scratch_valid = high_bit(GHCB_BIT(sw_scratch));
constexpr std::uint64_t rax_valid = 1ull << GHCB_BIT(rax);
constexpr std::uint64_t rbx_valid = high_bit(GHCB_BIT(rbx));

}  // namespace

Reply exchange(const Event& event) {
    auto& page = machine::ghcb();
    std::uint64_t low = 0, high = always_valid;
    if (event.rax) {
        write_once(page.rax, *event.rax);
        low = rax_valid;
    }
    if (event.rbx) {
        write_once(page.rbx, *event.rbx);
        high |= rbx_valid;
    }
    if (event.uses_buffer) {
        write_once(page.sw_scratch, machine::ghcb_gpa().value() + abi::ghcb_shared_buffer_offset);
        high |= scratch_valid;
    }
    write_once(page.sw_exit_code, static_cast<std::uint64_t>(event.code));
    write_once(page.sw_exit_info_1, event.info_1);
    write_once(page.sw_exit_info_2, event.info_2);
    write_once(page.protocol_version, abi::ghcb_version);
    write_once(page.usage, 0u);
    write_once(page.valid_bitmap[0], low);
    write_once(page.valid_bitmap[1], high);
    machine::vmgexit();
    const Reply reply{static_cast<std::uint32_t>(read_once(page.sw_exit_info_1)),
                      read_once(page.sw_exit_info_2), read_once(page.rbx)};
    // A field that the host wrote must not pass for an input of the next event.
    write_once(page.valid_bitmap[0], std::uint64_t{0});
    write_once(page.valid_bitmap[1], std::uint64_t{0});
    return reply;
}

void write_buffer(std::uint64_t offset, std::span<const std::byte> bytes) {
    std::memcpy(machine::ghcb().shared_buffer + offset, bytes.data(), bytes.size());
}

void read_buffer(std::span<std::byte> bytes, std::uint64_t offset) {
    std::memcpy(bytes.data(), machine::ghcb().shared_buffer + offset, bytes.size());
}

}  // namespace svsm::ghcb
