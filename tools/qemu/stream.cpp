// SPDX-License-Identifier: MIT
// Non-blocking reading of a pipe.
#include "tools/qemu/stream.hpp"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace tools::qemu {
namespace {

/// QEMU drops console output when a pipe stays full; this much it can write while our own reader is slow.
constexpr int pipe_bytes = 1 << 20;

}  // namespace

Result<Stream> Stream::make(Sink sink, Kind kind) {
    int ends[2];
    const int failed = kind == Kind::Pipe ? ::pipe2(ends, O_CLOEXEC)
                                          : ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends);
    if (failed != 0) return problem("cannot make a pipe: {}", std::strerror(errno));
    Stream stream{Descriptor{ends[0]}, Descriptor{ends[1]}, std::move(sink)};
    ::fcntl(ends[0], F_SETFL, O_NONBLOCK);
    // A smaller pipe is no reason to stop: the limit is per user.
    if (kind == Kind::Pipe) (void)::fcntl(ends[0], F_SETPIPE_SZ, pipe_bytes);
    return stream;
}

void Stream::drain() {
    std::array<char, 65536> chunk;
    while (is_open()) {
        const ssize_t got = ::read(here_.get(), chunk.data(), chunk.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got <= 0) return here_.close();
        sink_({chunk.data(), static_cast<std::size_t>(got)});
    }
}

}  // namespace tools::qemu
