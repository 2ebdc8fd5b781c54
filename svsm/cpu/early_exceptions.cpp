// SPDX-License-Identifier: MIT
#include "svsm/cpu/early_exceptions.hpp"

#include "svsm/cpu/tables.hpp"

namespace svsm::cpu {
namespace {

alignas(page_bytes) constinit std::array<std::byte, page_bytes> stack{};

}  // namespace

void catch_early_exceptions(Cpu& cpu) {
    const Va top{reinterpret_cast<std::uint64_t>(stack.data()) + stack.size()};
    for (const auto ist : {Ist::Vc, Ist::DoubleFault, Ist::Nmi}) set_exception_stack(cpu, ist, top);
    build_idt();
    build_gdt(cpu);
    load_tables(cpu);
}

}  // namespace svsm::cpu
