// SPDX-License-Identifier: MIT
// The few calls of QEMU's plugin interface that the counter needs, declared by hand: Debian ships QEMU with
// plugins but without its header. [QEMU "QEMU TCG Plugins", interface versions 1 (QEMU 4.2 to 8.2) to 6]
#pragma once
#include <cstddef>
#include <cstdint>

extern "C" {

using qemu_plugin_id_t = std::uint64_t;
/// A translated block and an instruction in it: only QEMU knows what is inside.
struct qemu_plugin_tb;
struct qemu_plugin_insn;

/// The first fields of QEMU's description of itself.
struct qemu_info_t {
    const char* target_name;
    struct {
        int min, cur;  ///< of the plugin interface
    } version;
};

/// The plugin reads no registers, so QEMU need not save them around its functions.
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };

using qemu_plugin_exec_cb = void (*)(unsigned cpu, void* data);
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*translated)(qemu_plugin_id_t, qemu_plugin_tb*));
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb* block, qemu_plugin_exec_cb run,
                                          qemu_plugin_cb_flags flags, void* data);
void qemu_plugin_register_vcpu_insn_exec_cb(qemu_plugin_insn* instruction, qemu_plugin_exec_cb run,
                                            qemu_plugin_cb_flags flags, void* data);
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
/// Adds `value` to the quadword at `number` before the instruction, without a call. Not atomic. Version 1
/// only; null in a later QEMU.
[[gnu::weak]] void qemu_plugin_register_vcpu_insn_exec_inline(qemu_plugin_insn* instruction,
                                                              qemu_plugin_op operation, void* number,
                                                              std::uint64_t value);
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*ended)(qemu_plugin_id_t, void*), void* data);

std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb* block);
std::uint64_t qemu_plugin_tb_vaddr(const qemu_plugin_tb* block);
qemu_plugin_insn* qemu_plugin_tb_get_insn(const qemu_plugin_tb* block, std::size_t index);
/// Up to version 2 it returns where the bytes are and reads no other argument; from 3 on it copies at most
/// `most` of them to `to` and returns how many.
const void* qemu_plugin_insn_data(const qemu_plugin_insn* instruction, void* to, std::size_t most);
std::size_t qemu_plugin_insn_size(const qemu_plugin_insn* instruction);
std::uint64_t qemu_plugin_insn_vaddr(const qemu_plugin_insn* instruction);

// ---- what QEMU looks for in a plugin

[[gnu::visibility("default")]] extern int qemu_plugin_version;
[[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t* info,
                                                       int count, char** arguments);
}
