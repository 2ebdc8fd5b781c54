// SPDX-License-Identifier: MIT
// Between gdb and QEMU's gdb stub: takes the machine to the SVSM's first instruction, waits for gdb, and
// translates the addresses that QEMU cannot.
#pragma once
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "tools/debug/packet.hpp"
#include "tools/debug/walk.hpp"
#include "tools/support/file.hpp"

namespace tools::debug {

/// One conversation with QEMU's stub, question by question. QEMU reads physical memory throughout.
class Stub {
public:
    explicit Stub(int fd) : fd_{fd} {}
    /// Sends `payload` and returns the answer; empty when QEMU is gone.
    [[nodiscard]] std::optional<std::string> ask(std::string_view payload);
    [[nodiscard]] bool send(std::string_view payload);
    [[nodiscard]] bool send_raw(std::string_view bytes) { return write_all(fd_, bytes); }
    /// The next payload that QEMU sends, waiting for it.
    [[nodiscard]] std::optional<std::string> receive();
    /// Takes what waits in the socket; false when QEMU is gone.
    [[nodiscard]] bool read();
    /// A payload that was taken already; acknowledges it.
    [[nodiscard]] std::optional<std::string> next();
    [[nodiscard]] int fd() const { return fd_; }

    [[nodiscard]] std::optional<std::uint64_t> register_value(unsigned number);
    [[nodiscard]] std::optional<std::uint64_t> physical_quadword(std::uint64_t address);

private:
    int fd_;
    Deframer frames_;
};

/// Lives as long as the machine: a thread of its own, which ends when QEMU does.
class [[nodiscard]] Proxy {
public:
    /// Listens on 127.0.0.1. A problem when the port is taken. Port 0: any.
    [[nodiscard]] static Result<Proxy> make(std::uint16_t port);
    Proxy(Proxy&&) = default;
    ~Proxy();
    [[nodiscard]] std::uint16_t port() const { return port_; }
    /// QEMU's end of the connection, to be inherited by it.
    [[nodiscard]] int qemu_end() const { return there_.get(); }
    /// Once QEMU has been started: runs to `first_instruction`, then calls `ready`. The machine has `c_bit`.
    void start(std::uint64_t first_instruction, unsigned c_bit, std::function<void()> ready);

private:
    Proxy(Descriptor listener, Descriptor here, Descriptor there, std::uint16_t port)
        : listener_{std::move(listener)}, here_{std::move(here)}, there_{std::move(there)}, port_{port} {}
    Descriptor listener_, here_, there_;
    std::uint16_t port_;
    std::thread thread_;
};

}  // namespace tools::debug
