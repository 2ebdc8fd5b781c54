// SPDX-License-Identifier: MIT
#include "tools/debug/proxy.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>

namespace tools::debug {
namespace {

/// Numbers in QEMU's description of an x86-64 CPU (i386-64bit.xml).
constexpr unsigned cr0_number = 27, cr3_number = 29, cr4_number = 30, efer_number = 32;
constexpr std::uint64_t page = 4096;

std::optional<std::uint64_t> hexadecimal(std::string_view text) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

/// Eight bytes, lowest first, as the protocol sends registers and memory.
std::optional<std::uint64_t> quadword(std::string_view digits) {
    const std::string bytes = from_hex(digits);
    std::uint64_t value = 0;
    if (bytes.size() < sizeof value) return std::nullopt;
    std::memcpy(&value, bytes.data(), sizeof value);
    return value;
}

/// "mADDRESS,LENGTH" or "MADDRESS,LENGTH:DIGITS".
struct MemoryRequest {
    std::uint64_t address, bytes;
    std::string_view digits;
    static std::optional<MemoryRequest> parse(std::string_view payload) {
        const std::size_t comma = payload.find(','), colon = std::min(payload.find(':'), payload.size());
        if (payload.empty() || comma == std::string_view::npos || comma > colon) return std::nullopt;
        const auto address = hexadecimal(payload.substr(1, comma - 1));
        const auto bytes = hexadecimal(payload.substr(comma + 1, colon - comma - 1));
        if (!address || !bytes) return std::nullopt;
        return MemoryRequest{*address, *bytes, payload.substr(std::min(colon + 1, payload.size()))};
    }
};

/// What gdb asks for, with the addresses put right. One per gdb that attaches.
class Session {
public:
    Session(Stub& stub, int gdb, unsigned c_bit) : stub_{stub}, gdb_{gdb}, c_bit_{c_bit} {}

    /// Until gdb or QEMU goes away. False: it was QEMU.
    bool run() {
        for (;;) {
            std::array<pollfd, 2> list{{{stub_.fd(), POLLIN, 0}, {gdb_, POLLIN, 0}}};
            if (::poll(list.data(), list.size(), -1) < 0 && errno != EINTR) return false;
            if (list[0].revents != 0) {
                if (!stub_.read()) return false;
                while (const auto payload = stub_.next())
                    if (!reply(*payload)) return true;
            }
            if (list[1].revents != 0 && !read_gdb()) return true;
        }
    }

private:
    bool read_gdb() {
        std::array<char, 4096> chunk;
        const ssize_t got = ::read(gdb_, chunk.data(), chunk.size());
        if (got <= 0) return false;
        frames_.feed({chunk.data(), static_cast<std::size_t>(got)});
        while (const auto payload = frames_.next()) {
            if (*payload == Deframer::interrupt) {
                if (!stub_.send_raw(*payload)) return false;
                continue;
            }
            if (!write_all(gdb_, "+") || !serve(*payload)) return false;
        }
        return true;
    }

    bool reply(std::string_view payload) { return write_all(gdb_, framed(payload)); }

    bool serve(const std::string& payload) {
        constexpr std::string_view mode = "Qqemu.PhyMemMode:";
        if (payload.starts_with(mode)) {
            is_physical_ = payload.substr(mode.size()) != "0";
            return reply("OK");
        }
        if (payload == "qqemu.PhyMemMode") return reply(is_physical_ ? "1" : "0");
        if (payload.starts_with('m') || payload.starts_with('M')) return reply(memory(payload));
        // Binary writes: gdb takes the other kind when this one is not known.
        if (payload.starts_with('X') || payload == "QStartNoAckMode") return reply("");
        return stub_.send(payload);
    }

    std::string memory(std::string_view payload) {
        const auto request = MemoryRequest::parse(payload);
        if (!request) return "E22";
        const PagingState state{stub_.register_value(cr0_number).value_or(0),
                                stub_.register_value(cr3_number).value_or(0),
                                stub_.register_value(efer_number).value_or(0),
                                stub_.register_value(cr4_number).value_or(0), c_bit_};
        std::string answer;
        // Page by page: what is contiguous here need not be so there.
        for (std::uint64_t done = 0; done < request->bytes;) {
            const std::uint64_t at = request->address + done;
            const std::uint64_t part = std::min(request->bytes - done, page - at % page);
            const auto physical =
                is_physical_ ? std::optional{at} : to_physical(at, state, [&](std::uint64_t address) {
                    return stub_.physical_quadword(address);
                });
            if (!physical) return answer.empty() ? "E14" : answer;
            const bool writes = payload.front() == 'M';
            const auto got = stub_.ask(writes ? formatted("M{:x},{:x}:{}", *physical, part,
                                                          request->digits.substr(done * 2, part * 2))
                                              : formatted("m{:x},{:x}", *physical, part));
            if (!got || got->starts_with('E')) return answer.empty() ? "E14" : answer;
            if (!writes) answer += *got;
            done += part;
        }
        return payload.front() == 'M' ? "OK" : answer;
    }

    Stub& stub_;
    int gdb_;
    unsigned c_bit_;
    Deframer frames_;
    bool is_physical_ = false;
};

/// Sends `payload` and waits until the answer begins with `wanted`. False: QEMU is gone.
bool insist(Stub& stub, std::string_view payload, std::string_view wanted) {
    if (!stub.send(payload)) return false;
    for (;;) {
        const auto answer = stub.receive();
        if (!answer) return false;
        if (answer->starts_with(wanted)) return true;
    }
}

/// Lets the machine run until a CPU is about to execute `address`. False: QEMU is gone.
bool run_to(Stub& stub, std::uint64_t address) {
    // A breakpoint of QEMU's translator: it knows no memory, so it works on every level.
    return insist(stub, formatted("Z1,{:x},1", address), "OK") && insist(stub, "Qqemu.PhyMemMode:1", "OK") &&
           insist(stub, "c", "T05") && insist(stub, formatted("z1,{:x},1", address), "OK");
}

/// Waits for gdb; empty when QEMU goes away first.
Descriptor accept_gdb(int listener, int qemu) {
    for (;;) {
        std::array<pollfd, 2> list{{{qemu, POLLIN, 0}, {listener, POLLIN, 0}}};
        if (::poll(list.data(), list.size(), -1) < 0 && errno != EINTR) return {};
        if (list[0].revents != 0) return {};
        if (list[1].revents == 0) continue;
        Descriptor gdb{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
        // Small packets in turns: waiting to fill a segment would cost 40 ms each.
        const int yes = 1;
        (void)::setsockopt(gdb.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        return gdb;
    }
}

}  // namespace

bool Stub::send(std::string_view payload) { return write_all(fd_, framed(payload)); }

bool Stub::read() {
    std::array<char, 65536> chunk;
    const ssize_t got = ::read(fd_, chunk.data(), chunk.size());
    if (got <= 0) return false;
    frames_.feed({chunk.data(), static_cast<std::size_t>(got)});
    return true;
}

std::optional<std::string> Stub::next() {
    auto payload = frames_.next();
    // Only for a frame: any other byte would stop a machine that is running.
    if (payload && !write_all(fd_, "+")) return std::nullopt;
    return payload;
}

std::optional<std::string> Stub::receive() {
    for (;;) {
        if (auto payload = next()) return payload;
        if (!read()) return std::nullopt;
    }
}

std::optional<std::string> Stub::ask(std::string_view payload) {
    if (!send(payload)) return std::nullopt;
    return receive();
}

std::optional<std::uint64_t> Stub::register_value(unsigned number) {
    const auto answer = ask(formatted("p{:x}", number));
    return answer ? quadword(*answer) : std::nullopt;
}

std::optional<std::uint64_t> Stub::physical_quadword(std::uint64_t address) {
    const auto answer = ask(formatted("m{:x},8", address));
    return answer ? quadword(*answer) : std::nullopt;
}

Result<Proxy> Proxy::make(std::uint16_t port) {
    Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const int yes = 1;
    (void)::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    // This computer only: gdb may read and write everything in the machine.
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    socklen_t size = sizeof address;
    if (::bind(listener.get(), generic, size) != 0 || ::listen(listener.get(), 1) != 0 ||
        ::getsockname(listener.get(), generic, &size) != 0)
        return problem("cannot listen on port {} for gdb: {}; choose another with --gdb PORT", port,
                       std::strerror(errno));
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        return problem("cannot make a socket pair: {}", std::strerror(errno));
    return Proxy{std::move(listener), Descriptor{ends[0]}, Descriptor{ends[1]}, ntohs(address.sin_port)};
}

void Proxy::start(std::uint64_t first_instruction, unsigned c_bit, std::function<void()> ready) {
    there_.close();
    thread_ = std::thread{[listener = listener_.get(), qemu = here_.get(), first_instruction, c_bit, ready] {
        Stub stub{qemu};
        if (!run_to(stub, first_instruction)) return;
        ready();
        // A gdb that went away without a word leaves the machine as it is, for the next one.
        for (;;) {
            const Descriptor gdb = accept_gdb(listener, qemu);
            if (!gdb.is_open() || !Session{stub, gdb.get(), c_bit}.run()) return;
        }
    }};
}

Proxy::~Proxy() {
    // QEMU has ended, or was never started: either way no process holds the other end of the socket.
    there_.close();
    if (here_.is_open()) ::shutdown(here_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
}

}  // namespace tools::debug
