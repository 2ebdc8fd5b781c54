// SPDX-License-Identifier: MIT
// `adyton image build`.
#include <unistd.h>

#include <memory>

#include "base/result.hpp"
#include "tools/debian/kernel.hpp"
#include "tools/image/policy.hpp"
#include "tools/images/parts.hpp"
#include "tools/measure/igvm.hpp"
#include "tools/payload/elf.hpp"
#include "tools/payload/image.hpp"
#include "tools/payload/payload.hpp"
#include "tools/payload/tsc.hpp"
#include "tools/support/number.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::images {
namespace {

using payload::Kind;

/// As typed; what is empty was not given.
struct BuildRequest {
    std::string guest = "demo", output, memory, policy, kernel, initrd, append, release, tsc_khz, firmware,
        kernel_hashes;
    payload::RawBuild build;
    bool no_page_swap = false;
};

/// Refuses a guest that is an image already: there is nothing to build.
Result<void> refuse_image(const std::string& guest, const Install& install) {
    const auto path = TRY(payload::locate(guest, install));
    if (payload::is_igvm(TRY(read_file(path))))
        return problem("{} is an image already, not a guest", path.string());
    return {};
}

Result<void> refuse_linux_options(const BuildRequest& typed) {
    if (!typed.kernel.empty() || !typed.initrd.empty() || !typed.append.empty() || !typed.release.empty() ||
        !typed.tsc_khz.empty())
        return problem(
            "--kernel, --initrd, --append, --release and --tsc-khz belong to the guest 'linux'; write adyton "
            "image build linux, or --kernel behind image build firmware");
    return {};
}

Result<payload::LinuxOptions> linux_options(const BuildRequest& typed) {
    constexpr unsigned least_khz = 100'000, most_khz = 10'000'000;
    payload::LinuxOptions options;
    if (!typed.kernel.empty()) options.kernel = typed.kernel;
    if (!typed.initrd.empty()) options.initrd = typed.initrd;
    options.append = typed.append;
    options.release = typed.release.empty() ? debian::default_release : typed.release;
    options.is_file = true;
    options.tsc_khz = typed.tsc_khz.empty()
                          ? payload::measure_tsc_khz()
                          : TRY(parse_number("--tsc-khz", typed.tsc_khz, least_khz, most_khz));
    return options;
}

/// Its memory is a part of the image, and no SVSM will find more.
bool has_launched_memory(const payload::Request& request) {
    return request.kind == Kind::Linux && !request.build.has_svsm();
}

Result<void> take_firmware(const BuildRequest& typed, payload::Request& request) {
    if (typed.guest == payload::debian_guest_name)
        return problem("the guest 'debian' is a disk behind firmware; write adyton image build firmware");
    if (typed.firmware.empty()) return {};
    if (request.kind != Kind::Firmware)
        return problem("--firmware belongs to the guest 'firmware'; write adyton image build firmware");
    request.firmware.source = typed.firmware;
    return {};
}

/// A kernel behind firmware is no part of the image; its hashes are.
Result<void> take_hashes(const BuildRequest& typed, payload::Request& request) {
    request.firmware.has_kernel = request.kind == Kind::Firmware && !typed.kernel.empty();
    if (!typed.kernel_hashes.empty() && !request.firmware.has_kernel)
        return problem("--kernel-hashes belongs to a kernel behind firmware; write adyton image build firmware "
                       "--kernel FILE");
    request.firmware.hashes = TRY(payload::parse_kernel_hashes(typed.kernel_hashes));
    return {};
}

Result<payload::Request> parse(const BuildRequest& typed) {
    payload::Request request{.kind = payload::kind_of(typed.guest),
                             .guest = typed.guest,
                             .build = TRY(payload::parse_build(typed.build)),
                             .pages_stay = typed.no_page_swap};
    if (request.kind == Kind::Firmware) request.memory = payload::firmware_default_memory;
    if (!typed.memory.empty()) request.memory = TRY(payload::parse_memory(typed.memory));
    if (!typed.policy.empty()) request.policy = TRY(image::parse_policy(typed.policy));
    TRY_VOID(take_firmware(typed, request));
    TRY_VOID(take_hashes(typed, request));
    if (request.firmware.has_kernel) {
        request.linux_guest = TRY(linux_options(typed));
        return request;
    }
    if (request.kind != Kind::Linux) {
        TRY_VOID(refuse_linux_options(typed));
        return request;
    }
    TRY_VOID(payload::check_linux_features(request.build));
    if (has_launched_memory(request) && typed.memory.empty()) request.memory = payload::linux_default_memory;
    request.linux_guest = TRY(linux_options(typed));
    return request;
}

/// What a host has to hand to firmware, to the byte: its hash is in the image. Not folded, to be copied.
std::string command_line_of(const payload::Payload& payload) {
    for (const payload::HostFile& file : payload.files)
        if (file.name == payload::command_line_file)
            return formatted("  kernel's words:\n    {}\n", reinterpret_cast<const char*>(file.bytes.data()));
    return "";
}

/// What was built, and what reports of it will show.
std::string report_of(const std::string& file, const payload::Request& request,
                      const payload::Payload& payload, const measure::Measurement& measurement) {
    std::string text =
        printable(formatted("adyton: wrote {} ({} bytes): {}guest {}\n", file, payload.image.size(),
                            request.build.has_svsm() ? "the SVSM with " : "", payload.name));
    if (request.kind == Kind::Linux && !payload::has_secure_tsc(request.build))
        text += formatted("  for a TSC of      {} kHz; another computer needs --tsc-khz\n",
                          *request.linux_guest.tsc_khz);
    text += printable(command_line_of(payload));
    if (has_launched_memory(request))
        text +=
            formatted("  for memory of      {} MiB; a run with less does not start\n", request.memory >> 20);
    text += digest_lines("launch digest", measurement.digest);
    if (abi::GuestPolicy::Debug::test(measurement.policy))
        text += "note: with the policy 'debug' the host reads and writes the guest's memory\n";
    return text;
}

Result<void> build(const BuildRequest& typed) {
    const Output output = TRY(Output::to(typed.output));
    if (output.is_stdout() && ::isatty(STDOUT_FILENO) == 1)
        return problem("an image would garble the terminal; redirect stdout, or name a file");
    const payload::Request request = TRY(parse(typed));
    const Install install = TRY(find_install());
    if (request.kind == Kind::Elf) TRY_VOID(refuse_image(typed.guest, install));
    const payload::Payload payload = TRY(payload::prepare(request, install));
    const auto measurement = TRY(measure::measure_igvm(payload.image, output.name(), {}));
    TRY_VOID(output.write(payload.image));
    output.tell(report_of(output.name(), request, payload, measurement));
    return {};
}

}  // namespace

cli::Command build_command() {
    const auto request = std::make_shared<BuildRequest>();
    cli::Command command{.name = "build", .help = "Write an IGVM image of the SVSM and a guest"};
    command.options = {{"GUEST", "", "built guest, ELF, linux or firmware (default: demo)", &request->guest},
                       {"-o,--output", "FILE", "file to write; - is stdout", &request->output, true}};
    cli::append(command.options, payload::build_options(request->build));
    cli::append(
        command.options,
        {{"--memory", "SIZE", "most of its guest (default: 48G; linux --vmpl 0: 1G)", &request->memory},
         {"--policy", "LIST", "what the host may do, by name, with commas", &request->policy},
         {"--no-page-swap", "", "forbid page moves (policy bit 25); zero less", &request->no_page_swap},
         {"--firmware", "FILE", "firmware: OVMF, or debian[:RELEASE]", &request->firmware},
         {"--kernel-hashes", "on|off", "firmware: the digest covers --kernel", &request->kernel_hashes},
         {"--kernel", "FILE", "linux, firmware: your kernel", &request->kernel},
         {"--initrd", "FILE", "linux: your initrd", &request->initrd},
         {"--append", "WORDS", "linux: words behind the command line", &request->append},
         {"--release", "NAME", "linux: release of Debian of the kernel", &request->release},
         {"--tsc-khz", "N", "linux: the clock it is told (default: this CPU's)", &request->tsc_khz}});
    command.footer = "\nWords for --policy:\n" + cli::listed(image::policy_words());
    command.action = [request] { return exit_code_of(build(*request)); };
    return command;
}

}  // namespace tools::images
