// SPDX-License-Identifier: MIT
// A plugin of QEMU that counts the instructions of the SVSM, each where it is executed. Only meaningful with
// one thread (-icount): then two runs count the same. What is counted: docs/bench.md.
//
// Arguments: low=0x..,high=0x..   virtual addresses of the SVSM's code
//            out=PATH             where the result goes when QEMU ends (format: tools/count/result.hpp)
//            functions=PATH       addresses where functions begin, quadwords in ascending order:
//                                 call stacks are counted as well
//            all=on               the sum over all programs, machine and firmware included, is counted too
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <deque>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "tools/count/instruction.hpp"
#include "tools/count/qemu_differences.hpp"
#include "tools/count/qemu_plugin.hpp"

namespace tools::count {
namespace {

/// The emulated machine's own code (snpemu/boot/link.ld); what runs elsewhere below is a guest or firmware.
constexpr std::uint64_t machine_begin = 0x20'0000, machine_end = 0x40'0000;
/// A loop that executes the same PAUSE again within this many instructions waits for another CPU.
constexpr std::uint64_t longest_wait = 64;
constexpr unsigned most_cpus = 256;

/// One instruction of the SVSM; lives as long as QEMU.
struct Instruction {
    std::uint64_t address = 0, function = 0;
    Kind kind = Kind::Plain;
};

/// A function on the way from the root to where the CPU is.
struct Node {
    unsigned parent = 0;
    std::uint64_t function = 0;
    std::uint64_t site = 0;  ///< the instruction of the parent that led here
    std::map<std::pair<std::uint64_t, std::uint64_t>, unsigned> children{};  ///< by function and site
    std::unordered_map<const Instruction*, std::uint64_t> counts{};
    std::uint64_t waiting = 0, string_stores = 0;  ///< of `counts`
};

/// From one entry of VMPL0, after a lower VMPL ran, until the next such: a call, or the boot.
struct Session {
    unsigned cpu = 0;
    std::uint64_t instructions = 0, waiting = 0, string_stores = 0;
};

struct Cpu {
    Session* session = nullptr;
    const Instruction* last = nullptr;
    bool left = false, guest_ran = false, returned = false, called = false;
    std::uint64_t pause_address = 0, since_pause = 0;
    std::vector<unsigned> stack;  ///< nodes, the root first
};

struct State {
    std::uint64_t low = 0, high = 0;
    std::string out;
    std::vector<std::uint64_t> functions;
    std::unordered_map<std::uint64_t, std::unique_ptr<Instruction>> instructions;
    std::array<Cpu, most_cpus> cpus;
    std::deque<Session> sessions;
    std::vector<Node> nodes;
    /// Instructions outside the SVSM and the machine, and how many of them firmware and loader executed
    /// before the SVSM began.
    ExecutionCounter elsewhere;
    std::uint64_t before = 0;
    /// Every instruction, from QEMU's start to its end, if that is wanted.
    ExecutionCounter all;
    bool counts_all = false;
    RunningCpu running;
    bool copies_code = false;  ///< how QEMU hands out the bytes of an instruction
};
State& state() {
    // Never destroyed: QEMU asks for the result after the destructors have run.
    static State& only = *new State;
    return only;
}

// ---- call stacks

constexpr unsigned boot_root = 0, call_root = 1;

unsigned child(unsigned parent, std::uint64_t function, std::uint64_t site) {
    auto& nodes = state().nodes;
    const auto [found, is_new] =
        nodes[parent].children.try_emplace({function, site}, static_cast<unsigned>(nodes.size()));
    const unsigned index = found->second;
    if (is_new) nodes.push_back({parent, function, site});
    return index;
}

/// The same functions below another root: a CPU answers its first call deep inside what its boot called.
void change_root(Cpu& cpu, unsigned root) {
    unsigned at = root;
    std::vector<unsigned> moved{root};
    for (std::size_t i = 1; i < cpu.stack.size(); ++i)
        moved.push_back(
            at = child(at, state().nodes[cpu.stack[i]].function, state().nodes[cpu.stack[i]].site));
    cpu.stack = std::move(moved);
}

/// Updates the call stack for `next`, given the instruction before it. An exception, or a jump into another
/// function (a tail call), is a frame too; a return leaves such frames as well.
void follow(Cpu& cpu, const Instruction* before, const Instruction& next) {
    auto& stack = cpu.stack;
    const auto function_at = [&](std::size_t i) { return state().nodes[stack[i]].function; };
    const auto is_at_top = [&] { return stack.size() > 1 && function_at(stack.size() - 1) == next.function; };
    const bool has_called = std::exchange(cpu.called, false),
               has_returned = std::exchange(cpu.returned, false);
    if (has_returned) {
        do stack.resize(std::max<std::size_t>(stack.size() - 1, 1));
        while (stack.size() > 1 && !is_at_top());
    }
    if (is_at_top() && !has_called) return;
    // From the cold half of a function back into the hot one.
    const bool jumps_back = stack.size() > 2 && !has_called && function_at(stack.size() - 2) == next.function;
    if (jumps_back) return stack.pop_back();
    stack.push_back(child(stack.back(), next.function, before == nullptr ? 0 : before->address));
}

// ---- counting

void begin_session(Cpu& cpu, unsigned index) {
    const bool is_boot = cpu.session == nullptr;
    cpu.session = &state().sessions.emplace_back(Session{.cpu = index});
    if (is_boot)
        cpu.stack = {boot_root};
    else
        change_root(cpu, call_root);
}

/// At the same PAUSE as before: number of instructions in this turn of the loop.
std::uint64_t end_of_wait(Cpu& cpu, const Instruction& instruction) {
    ++cpu.since_pause;
    if (instruction.kind != Kind::Pause) return 0;
    const bool is_turn = cpu.pause_address == instruction.address && cpu.since_pause <= longest_wait;
    cpu.pause_address = instruction.address;
    return std::exchange(cpu.since_pause, 0) * (is_turn ? 1 : 0);
}

void executed(unsigned told, void* data) {
    const unsigned index = state().running.number(told);
    const auto& instruction = *static_cast<const Instruction*>(data);
    Cpu& cpu = state().cpus[index];
    if (state().sessions.empty()) state().before = state().elsewhere.value();
    if (cpu.session == nullptr || cpu.guest_ran) begin_session(cpu, index);
    cpu.guest_ran = false;
    // The machine interrupted the instruction before it took effect (a page of the nested tables to fill in).
    const bool is_again = std::exchange(cpu.left, false) && cpu.last == &instruction;
    const Instruction* const before = std::exchange(cpu.last, &instruction);
    if (is_again || instruction.kind == Kind::Exit) return;

    Session& session = *cpu.session;
    const bool stores = instruction.kind == Kind::StringStore;
    ++(stores ? session.string_stores : session.instructions);
    const std::uint64_t waited = end_of_wait(cpu, instruction);
    session.waiting += waited;
    session.instructions -= waited;
    if (state().functions.empty()) return;

    follow(cpu, before, instruction);
    Node& node = state().nodes[cpu.stack.back()];
    ++node.counts[&instruction];
    node.waiting += waited;
    if (stores) ++node.string_stores;
    cpu.called = instruction.kind == Kind::Call;
    cpu.returned = instruction.kind == Kind::Return || instruction.kind == Kind::InterruptReturn;
}

void outside(unsigned told, void* is_guest) {
    Cpu& cpu = state().cpus[state().running.number(told)];
    cpu.left = true;
    if (is_guest != nullptr) cpu.guest_ran = true;
}

// ---- translation

std::uint64_t function_of(std::uint64_t address) {
    const auto& all = state().functions;
    const auto after = std::ranges::upper_bound(all, address);
    return after == all.begin() ? 0 : *std::prev(after);
}

Kind kind_in_qemu(const qemu_plugin_insn* instruction) {
    std::array<std::uint8_t, longest_instruction> copy{};
    const void* const bytes = qemu_plugin_insn_data(instruction, copy.data(), copy.size());
    return kind_of({state().copies_code ? copy.data() : static_cast<const std::uint8_t*>(bytes),
                    std::min(qemu_plugin_insn_size(instruction), copy.size())});
}

Instruction& remember(const qemu_plugin_insn* instruction) {
    const std::uint64_t address = qemu_plugin_insn_vaddr(instruction);
    auto& place = state().instructions[address];
    if (!place)
        place = std::make_unique<Instruction>(address, function_of(address), kind_in_qemu(instruction));
    return *place;
}

void translated(qemu_plugin_id_t, qemu_plugin_tb* block) {
    const std::uint64_t begin = qemu_plugin_tb_vaddr(block);
    for (std::size_t i = 0; state().counts_all && i < qemu_plugin_tb_n_insns(block); ++i)
        state().all.watch(qemu_plugin_tb_get_insn(block, i));
    if (begin < state().low || begin >= state().high) {
        const bool is_guest = begin < machine_begin || begin >= machine_end;
        qemu_plugin_register_vcpu_tb_exec_cb(block, outside, QEMU_PLUGIN_CB_NO_REGS,
                                             is_guest ? &state() : nullptr);
        for (std::size_t i = 0; is_guest && i < qemu_plugin_tb_n_insns(block); ++i)
            state().elsewhere.watch(qemu_plugin_tb_get_insn(block, i));
        return;
    }
    for (std::size_t i = 0; i < qemu_plugin_tb_n_insns(block); ++i) {
        qemu_plugin_insn* const instruction = qemu_plugin_tb_get_insn(block, i);
        qemu_plugin_register_vcpu_insn_exec_cb(instruction, executed, QEMU_PLUGIN_CB_NO_REGS,
                                               &remember(instruction));
    }
}

// ---- beginning and end

void write_result(qemu_plugin_id_t, void*) {
    std::ofstream out{state().out};
    for (const Session& s : state().sessions)
        out << "session " << s.cpu << ' ' << s.instructions << ' ' << s.waiting << ' ' << s.string_stores
            << '\n';
    const auto& nodes = state().nodes;
    for (std::size_t i = call_root + 1; i < nodes.size(); ++i)
        out << "node " << i << ' ' << nodes[i].parent << ' ' << nodes[i].function << ' ' << nodes[i].site
            << ' ' << nodes[i].waiting << ' ' << nodes[i].string_stores << '\n';
    for (std::size_t i = 0; i < nodes.size(); ++i)
        for (const auto& [instruction, count] : nodes[i].counts)
            out << "count " << i << ' ' << instruction->address << ' ' << count << '\n';
    out << "guest " << state().elsewhere.value() - state().before << '\n';
    if (state().counts_all) out << "all " << state().all.value() << '\n';
    out << "end\n";
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    if (text.starts_with("0x")) text.remove_prefix(2);
    std::from_chars(text.data(), text.data() + text.size(), value, 16);
    return value;
}

void read_functions(const std::string& path) {
    std::ifstream in{path, std::ios::binary};
    for (std::uint64_t address = 0; in.read(reinterpret_cast<char*>(&address), sizeof address);)
        state().functions.push_back(address);
}

}  // namespace
}  // namespace tools::count

// QEMU refuses a plugin whose version is not one of its own. It reads this after our initializers have run.
int qemu_plugin_version = tools::count::has_plain_inline() ? 1 : 2;

int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info, int count, char** arguments) {
    using namespace tools::count;
    for (int i = 0; i < count; ++i) {
        const std::string_view argument{arguments[i]};
        const std::size_t equals = std::min(argument.find('='), argument.size() - 1);
        const std::string_view name = argument.substr(0, equals), value = argument.substr(equals + 1);
        if (name == "low") state().low = number(value);
        if (name == "high") state().high = number(value);
        if (name == "out") state().out = value;
        if (name == "all") state().counts_all = value == "on";
        if (name == "functions") read_functions(std::string{value});
    }
    if (state().low >= state().high || state().out.empty()) return -1;
    state().nodes.resize(call_root + 1);
    state().copies_code = info->version.cur >= copying_version;
    if (info->version.cur >= first_unknown_version || !state().running.open(info->version.cur)) {
        std::fprintf(stderr, "this version of QEMU's plugin interface (%d) is not known\n",
                     info->version.cur);
        return -1;
    }
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    qemu_plugin_register_atexit_cb(id, write_result, nullptr);
    return 0;
}
