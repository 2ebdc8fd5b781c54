// SPDX-License-Identifier: MIT
// The command: a deterministic run under the counter, then the table and the flame graph.
#include "tools/profile/command.hpp"

#include <algorithm>

#include "base/result.hpp"
#include "tools/count/instruction.hpp"
#include "tools/count/subject.hpp"
#include "tools/profile/source_names.hpp"
#include "tools/profile/tree.hpp"
#include "tools/run/execute.hpp"
#include "tools/support/file.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::profile {
namespace {

constexpr double patience_seconds = 600;

Result<run::Options> options_of(const Request& request) {
    run::RawOptions raw;
    raw.guest = request.guest.empty() ? "bench" : request.guest;
    raw.cpus = request.cpus.empty() ? "1" : request.cpus;
    raw.vmpl = request.vmpl;
    raw.svsm = request.svsm;
    raw.qemu = request.qemu;
    raw.deterministic = true;
    run::Options options = TRY(run::parse(raw));
    options.timeout_seconds = patience_seconds;
    options.quiet = true;
    return options;
}

/// The bytes of an instruction, out of the file.
std::span<const std::uint8_t> code_at(const elf::File& file, std::uint64_t address) {
    for (const elf::Segment& segment : file.segments()) {
        if (address < segment.virtual_address || address - segment.virtual_address >= segment.data.size())
            continue;
        const Bytes rest = segment.data.subspan(address - segment.virtual_address);
        return {reinterpret_cast<const std::uint8_t*>(rest.data()), std::min<std::size_t>(rest.size(), 15)};
    }
    return {};
}

/// First session of a CPU is its boot, the others are calls.
std::vector<count::Session> sessions_of(const count::Result& counted, bool boot) {
    std::set<unsigned> booted;
    std::vector<count::Session> list;
    for (const count::Session& session : counted.sessions)
        if (booted.insert(session.cpu).second == boot) list.push_back(session);
    return list;
}

/// Two ways of counting the same instructions: by entry, as `bench` does, and by call stack.
Result<void> check_total(const Frame& tree, const std::vector<count::Session>& sessions) {
    std::uint64_t total = 0;
    for (const count::Session& s : sessions) total += s.instructions + s.waiting + s.string_stores;
    if (total != tree.total)
        return problem("the profile has {} instructions, but {} were counted; this is a bug of adyton",
                       tree.total, total);
    return {};
}

Result<int> profile(const Request& request) {
    std::optional<Output> svg;
    if (!request.svg.empty()) svg = TRY(Output::to(request.svg));
    const Install install = TRY(find_install());
    run::Options options = TRY(options_of(request));
    const auto path = options.svsm.value_or(install.svsm());
    const Buffer bytes = TRY(read_file(path));
    const auto file = TRY(elf::File::open(bytes, path.string()));
    options.count = count::request_for(file, install);
    const auto done = TRY(run::execute(options));
    if (done.outcome.code != ExitCode::Success) return problem("{}", done.outcome.sentence);
    const auto counted = TRY(count::parse(done.session.counts));

    std::set<std::uint64_t> addresses;
    for (const count::Count& count : counted.counts) addresses.insert(count.address);
    for (const count::Node& node : counted.nodes) addresses.insert(node.site);
    const auto names = TRY(SourceNames::look_up(path, file.symbols(), addresses));
    const Frame tree = make_tree(
        counted, request.boot ? count::boot_root : count::call_root,
        [&](std::uint64_t address) -> const std::vector<std::string>& { return names.at(address); },
        [&](std::uint64_t address) {
            return count::kind_of(code_at(file, address)) == count::Kind::StringStore;
        });
    const auto sessions = sessions_of(counted, request.boot);
    TRY_VOID(check_total(tree, sessions));

    if (!svg) {
        print_out(table(tree, sessions.size()));
        return 0;
    }
    svg->tell(table(tree, sessions.size()));
    const std::string picture = flame_graph(
        tree, formatted("Instructions at VMPL0, {} of {}, guest {}", request.boot ? "boot" : "calls",
                        path.filename().string(), options.guest));
    TRY_VOID(svg->write(picture));
    svg->tell(printable(formatted("  wrote {}\n", svg->name())));
    return 0;
}

}  // namespace

int profile_command(const Request& request) {
    const auto code = profile(request);
    return code ? *code : static_cast<int>(report(code.error()));
}

}  // namespace tools::profile
