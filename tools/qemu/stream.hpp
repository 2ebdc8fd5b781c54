// SPDX-License-Identifier: MIT
// A pipe from the child to a function, or a line in both directions.
#pragma once
#include <functional>
#include <string_view>

#include "tools/support/file.hpp"

namespace tools::qemu {

class Stream {
public:
    using Sink = std::function<void(std::string_view)>;
    enum class Kind { Pipe, Socket };
    /// Makes the pipe, or the socket, to which one may write as well. `other_end()` goes to the child and is
    /// closed here once the child has it.
    [[nodiscard]] static Result<Stream> make(Sink sink, Kind kind = Kind::Pipe);
    [[nodiscard]] int fd() const { return here_.get(); }
    [[nodiscard]] int other_end() const { return there_.get(); }
    void close_other_end() { there_.close(); }
    [[nodiscard]] bool is_open() const { return here_.is_open(); }
    /// Passes on what waits; closes when the last writer is gone.
    void drain();

private:
    Stream(Descriptor here, Descriptor there, Sink sink)
        : here_{std::move(here)}, there_{std::move(there)}, sink_{std::move(sink)} {}
    Descriptor here_, there_;
    Sink sink_;
};

}  // namespace tools::qemu
