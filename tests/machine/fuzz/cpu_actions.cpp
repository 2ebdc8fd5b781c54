// SPDX-License-Identifier: MIT
#include <array>
#include <cstring>

#include "abi/x86/registers.hpp"
#include "tests/machine/fuzz/actions.hpp"
#include "tests/machine/lib/instructions.hpp"
#include "tests/machine/lib/memory.hpp"

namespace rules::fuzz {
namespace {

constexpr unsigned longest_instruction = 15;
using Registers = std::uint64_t[15];

struct Opcode {
    std::uint8_t bytes[5];
    unsigned size;
};
/// Instructions that an emulator of a CPU has an opinion of. ModRM and operands follow at random.
constexpr std::array opcodes{
    Opcode{{0x0f, 0xa2}, 2},  // CPUID
    Opcode{{0xe4}, 1},        // IN, OUT, INS, OUTS
    Opcode{{0xe6}, 1},
    Opcode{{0xec}, 1},
    Opcode{{0xed}, 1},
    Opcode{{0xee}, 1},
    Opcode{{0xef}, 1},
    Opcode{{0x6c}, 1},
    Opcode{{0x6d}, 1},
    Opcode{{0x6e}, 1},
    Opcode{{0x6f}, 1},
    Opcode{{0x0f, 0x32}, 2},  // RDMSR, WRMSR
    Opcode{{0x0f, 0x30}, 2},
    Opcode{{0x0f, 0x01, 0xd9}, 3},  // VMMCALL, VMGEXIT with a prefix
    Opcode{{0xf3, 0x0f, 0x01, 0xd9}, 4},
    Opcode{{0x0f, 0x01, 0xd8}, 3},  // VMRUN, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, INVLPGA
    Opcode{{0x0f, 0x01, 0xda}, 3},
    Opcode{{0x0f, 0x01, 0xdb}, 3},
    Opcode{{0x0f, 0x01, 0xdc}, 3},
    Opcode{{0x0f, 0x01, 0xdd}, 3},
    Opcode{{0x0f, 0x01, 0xde}, 3},
    Opcode{{0x0f, 0x01, 0xdf}, 3},
    Opcode{{0x0f, 0x01, 0xfe}, 3},  // INVLPGB, PVALIDATE, RMPUPDATE, RMPADJUST, RMPQUERY, PSMASH, TLBSYNC
    Opcode{{0xf2, 0x0f, 0x01, 0xff}, 4},
    Opcode{{0xf2, 0x0f, 0x01, 0xfe}, 4},
    Opcode{{0xf3, 0x0f, 0x01, 0xfe}, 4},
    Opcode{{0xf3, 0x0f, 0x01, 0xfd}, 4},
    Opcode{{0xf3, 0x0f, 0x01, 0xff}, 4},
    Opcode{{0x0f, 0x01, 0xff}, 3},
    Opcode{{0x0f, 0x01, 0xc8}, 3},  // MONITOR, CLAC, XGETBV, XSETBV, SWAPGS, RDTSCP, MONITORX, RDPRU
    Opcode{{0x0f, 0x01, 0xca}, 3},
    Opcode{{0x0f, 0x01, 0xd0}, 3},
    Opcode{{0x0f, 0x01, 0xd1}, 3},
    Opcode{{0x0f, 0x01, 0xf8}, 3},
    Opcode{{0x0f, 0x01, 0xf9}, 3},
    Opcode{{0x0f, 0x01, 0xfa}, 3},
    Opcode{{0x0f, 0x01, 0xfd}, 3},
    Opcode{{0x0f, 0x01}, 2},  // SGDT, LGDT, SMSW, LMSW, INVLPG, with any operand
    Opcode{{0x0f, 0x00}, 2},  // SLDT, STR, LLDT, LTR, VERR
    Opcode{{0x0f, 0x20}, 2},  // MOV CR, MOV DR
    Opcode{{0x0f, 0x21}, 2},
    Opcode{{0x0f, 0x22}, 2},
    Opcode{{0x0f, 0x23}, 2},
    Opcode{{0x0f, 0x06}, 2},  // CLTS, INVD, WBINVD, RDTSC, RDPMC
    Opcode{{0x0f, 0x08}, 2},
    Opcode{{0x0f, 0x09}, 2},
    Opcode{{0x0f, 0x31}, 2},
    Opcode{{0x0f, 0x33}, 2},
    Opcode{{0x0f, 0x05}, 2},  // SYSCALL, SYSRET, SYSENTER, SYSEXIT, RSM
    Opcode{{0x0f, 0x07}, 2},
    Opcode{{0x0f, 0x34}, 2},
    Opcode{{0x0f, 0x35}, 2},
    Opcode{{0x0f, 0xaa}, 2},
    Opcode{{0x0f, 0xae}, 2},  // FXSAVE, XSAVE, LDMXCSR, CLFLUSH
    Opcode{{0x0f, 0xc7}, 2},  // CMPXCHG16B, XSAVES, RDPID, RDRAND
    Opcode{{0xcd}, 1},        // INT n, INT3, INTO, ICEBP, IRET, far RET, POPF
    Opcode{{0xf1}, 1},
    Opcode{{0xcf}, 1},
    Opcode{{0x48, 0xcf}, 2},
    Opcode{{0xcb}, 1},
    Opcode{{0x9d}, 1},
    Opcode{{0xff}, 1},  // far JMP, far CALL, PUSH
    Opcode{{0xa4}, 1},  // MOVS, STOS, LODS, with REP they meet devices
    Opcode{{0xaa}, 1},
    Opcode{{0xac}, 1},
    Opcode{{0x8e}, 1},        // MOV to a segment register
    Opcode{{0x0f, 0xb2}, 2},  // LSS
};
constexpr std::array<std::uint8_t, 12> prefixes{0x66, 0x67, 0xf0, 0xf2, 0xf3, 0x2e,
                                                0x36, 0x64, 0x65, 0x48, 0x41, 0x4f};

/// Registers that point somewhere, or count something.
void fill(Ground& g, Registers& registers) {
    for (std::uint64_t& value : registers) value = g.random.once_in(2) ? g.address() : g.random.odd();
    registers[1] = g.random.below(g.random.once_in(4) ? 0x1'0000 : 64);  // RCX: REP ends soon
}

/// INT3 everywhere else: whatever is left over ends there.
std::uint8_t* clear_code(Ground& g) {
    auto* const code = reinterpret_cast<std::uint8_t*>(g.code);
    std::memset(code, 0xcc, 4096);
    return code + 64 * g.random.below(32) + g.random.below(64);
}

std::uint64_t write_instruction(Ground& g) {
    std::uint8_t* const begin = clear_code(g);
    std::uint8_t* next = begin;
    while (g.random.once_in(3) && next - begin < 4) *next++ = g.random.one_of(prefixes);
    const Opcode& opcode = g.random.one_of(opcodes);
    std::memcpy(next, opcode.bytes, opcode.size);
    next += opcode.size;
    for (unsigned i = 0; i < 6 && g.random.once_in(2); ++i) *next++ = g.random.byte();
    return reinterpret_cast<std::uint64_t>(begin);
}

std::uint64_t write_bytes(Ground& g) {
    std::uint8_t* const begin = clear_code(g);
    for (unsigned i = 0; i < longest_instruction; ++i) begin[i] = g.random.byte();
    return reinterpret_cast<std::uint64_t>(begin);
}

void run_instruction(Ground& g) {
    Registers registers;
    fill(g, registers);
    fuzz_enter(write_instruction(g), registers);
}
void run_bytes(Ground& g) {
    Registers registers;
    fill(g, registers);
    fuzz_enter(write_bytes(g), registers);
}
void run_instruction_32(Ground& g) {
    Registers registers;
    fill(g, registers);
    fuzz_enter_32(write_instruction(g), registers);
}

constexpr std::array<std::uint32_t, 28> msrs{
    0x10,        0x1b,        0x8b,        0xfe,        0x174,       0x175,       0x176,
    0x1d9,       0x200,       0x250,       0x277,       0x2ff,       0x6e0,       0x802,
    0x830,       0xda0,       0xc000'0080, 0xc000'0081, 0xc000'0082, 0xc000'0084, 0xc000'0100,
    0xc000'0102, 0xc000'0103, 0xc001'0010, 0xc001'0015, 0xc001'0130, 0xc001'0131, 0xc001'f000};

/// All but the base of GS, without which this program catches nothing.
void use_msr(Ground& g) {
    const std::uint32_t msr =
        g.random.once_in(3) ? static_cast<std::uint32_t>(g.random.next()) : g.random.one_of(msrs);
    if (g.random.once_in(2)) return void(read_msr(msr));
    if (msr != static_cast<std::uint32_t>(abi::Msr::GsBase)) write_msr(msr, g.random.odd());
}

void change_control_register(Ground& g) {
    const std::uint64_t flip = 1ull << g.random.below(g.random.once_in(4) ? 64 : 32);
    switch (g.random.below(5)) {
        case 0: return write_cr0(read_cr0() ^ flip);
        case 1: return write_cr4(read_cr4() ^ flip);
        case 2: return write_cr8(g.random.odd());
        case 3: return write_dr7(g.random.odd());
        default: return write_msr(abi::Msr::Efer, read_msr(abi::Msr::Efer) ^ flip);
    }
}

constexpr Action actions[] = {
    {"an instruction", 30, run_instruction},
    {"random bytes", 8, run_bytes},
    {"an instruction in 32-bit code", 10, run_instruction_32},
    {"MSR", 8, use_msr},
    {"control register", 6, change_control_register},
};

}  // namespace

std::span<const Action> cpu_actions() { return actions; }

}  // namespace rules::fuzz
