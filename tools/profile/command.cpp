// SPDX-License-Identifier: MIT
// The command: a deterministic run under the counter, then the table and the flame graph.
#include "tools/profile/command.hpp"

#include <algorithm>
#include <memory>

#include "abi/adyton/limits.hpp"
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

/// As typed; what is empty was not given.
struct Request {
    std::string guest, cpus, vmpl, svsm, svg, qemu;
    bool boot = false;
};

constexpr double patience_seconds = 600;

Result<run::Options> options_of(const Request& request) {
    run::RawOptions raw;
    raw.guest = request.guest.empty() ? "bench" : request.guest;
    raw.cpus = request.cpus.empty() ? "1" : request.cpus;
    raw.build.vmpl = request.vmpl;
    raw.build.svsm = request.svsm;
    raw.qemu = request.qemu;
    raw.deterministic = true;
    run::Options options = TRY(run::parse(raw));
    if (!options.build.has_svsm())
        return problem("profile counts the SVSM, and with --vmpl 0 there is none; choose 1 to 3");
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

/// A run that was counted, and the program that it was about.
struct Counted {
    std::filesystem::path path;
    elf::File file;
    count::Result counts;
    std::string guest;
};

/// `bytes`: what the file is a view of.
Result<Counted> count_run(const Request& request, Buffer& bytes) {
    const Install install = TRY(find_install());
    run::Options options = TRY(options_of(request));
    const auto path = options.build.svsm.value_or(install.svsm());
    bytes = TRY(read_file(path));
    elf::File file = TRY(elf::File::open(bytes, path.string()));
    options.count = count::request_for(file, install);
    const auto done = TRY(run::execute(options));
    if (done.outcome.code != ExitCode::Success) return problem("{}", done.outcome.sentence);
    return Counted{path, std::move(file), TRY(count::parse(done.session.counts)), options.guest};
}

Result<Frame> tree_of(const Counted& counted, bool boot) {
    std::set<std::uint64_t> addresses;
    for (const count::Count& count : counted.counts.counts) addresses.insert(count.address);
    for (const count::Node& node : counted.counts.nodes) addresses.insert(node.site);
    const auto names = TRY(SourceNames::look_up(counted.path, counted.file.symbols(), addresses));
    return make_tree(
        counted.counts, boot ? count::boot_root : count::call_root,
        [&](std::uint64_t address) -> const std::vector<std::string>& { return names.at(address); },
        [&](std::uint64_t address) {
            return count::kind_of(code_at(counted.file, address)) == count::Kind::StringStore;
        });
}

Result<int> profile(const Request& request) {
    std::optional<Output> svg;
    if (!request.svg.empty()) svg = TRY(Output::to(request.svg));
    Buffer bytes;
    const Counted counted = TRY(count_run(request, bytes));
    const Frame tree = TRY(tree_of(counted, request.boot));
    const auto sessions = sessions_of(counted.counts, request.boot);
    TRY_VOID(check_total(tree, sessions));
    if (!svg) {
        print_out(table(tree, sessions.size()));
        return 0;
    }
    svg->tell(table(tree, sessions.size()));
    const std::string picture = flame_graph(
        tree, formatted("Instructions at VMPL0, {} of {}, guest {}", request.boot ? "boot" : "calls",
                        counted.path.filename().string(), counted.guest));
    TRY_VOID(svg->write(picture));
    svg->tell(printable(formatted("  wrote {}\n", svg->name())));
    return 0;
}

}  // namespace

cli::Command command() {
    const auto request = std::make_shared<Request>();
    return {.name = "profile",
            .help = "Show where the SVSM's instructions go",
            .options =
                {
                    {"GUEST", "", "built guest or ELF file (default: bench)", &request->guest},
                    {"--svg", "FILE", "write a flame graph; - is stdout", &request->svg},
                    {"--boot", "", "the boot of the SVSM instead of the calls", &request->boot},
                    {"--cpus", "N", formatted("vCPUs, 1 to {} (default: 1)", abi::adyton::max_vcpus),
                     &request->cpus},
                    {"--vmpl", "N", "privilege level of the guest (default: 1)", &request->vmpl},
                    {"--svsm", "FILE", "another SVSM, an ELF file", &request->svsm},
                    qemu::program_option(request->qemu),
                },
            .action = [request] { return exit_code_of(profile(*request)); }};
}

}  // namespace tools::profile
