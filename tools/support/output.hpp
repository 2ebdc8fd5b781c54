// SPDX-License-Identifier: MIT
// Output to a name that the user gave. The name keeps its meaning: a device stays a device, a link keeps its
// target, a file keeps its mode and its owner.
#pragma once
#include <filesystem>
#include <string>
#include <string_view>

#include "base/bytes.hpp"
#include "tools/support/problem.hpp"

namespace tools {

/// A file, device or FIFO, through links; `-` or /dev/stdout is stdout, /dev/fd/N a descriptor
/// that we inherited.
class Output {
public:
    /// Checks that `name` can be written, and changes nothing: a run of minutes must not end in a refusal. A
    /// problem: a folder, a name in a missing folder, a file that this user may not write, and a file whose
    /// mode lets no user write. The last one is refused for root too, because its owner has removed the
    /// right on purpose.
    [[nodiscard]] static Result<Output> to(const std::string& name);

    /// A regular file is replaced at once by one that is complete, with the old one's mode and owner; a new
    /// one has the mode that the umask leaves. After a problem the old one is there, unchanged. A file that
    /// cannot be exchanged without harm (several names, an access list, an owner that we cannot give, a
    /// folder that is closed to us) is written in place; a problem then says that it is incomplete.
    /// Everything else is opened and written into: waits for the reader of a FIFO.
    [[nodiscard]] Result<void> write(Bytes bytes) const;
    [[nodiscard]] Result<void> write(std::string_view text) const {
        return write(std::as_bytes(std::span{text}));
    }

    [[nodiscard]] const std::string& name() const { return name_; }
    /// True when stdout belongs to this output.
    [[nodiscard]] bool is_stdout() const { return descriptor_ == 1; }
    /// Says `text` to the user: on stdout, or where that is the output itself, on stderr.
    void tell(std::string_view text) const;

private:
    enum class Way { Descriptor, Replace, Into };
    Output(std::string name, Way way, std::filesystem::path target, int descriptor)
        : name_{std::move(name)}, target_{std::move(target)}, way_{way}, descriptor_{descriptor} {}
    static Result<Output> to_existing(const std::string& name);
    static Result<Output> to_new(const std::string& name);
    [[nodiscard]] Result<void> replace(Bytes bytes) const;
    [[nodiscard]] Result<void> write_into(Bytes bytes) const;

    std::string name_;              ///< as the user wrote it
    std::filesystem::path target_;  ///< where the links lead
    Way way_;
    int descriptor_;  ///< -1: none
};

/// True when one of these outputs is stdout, so that text for people must go to stderr. A problem when two
/// of them are.
[[nodiscard]] Result<bool> share_stdout(std::initializer_list<const Output*> outputs);

}  // namespace tools
