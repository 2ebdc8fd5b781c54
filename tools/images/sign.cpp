// SPDX-License-Identifier: MIT
// `adyton image sign`: an ID block and its authentication, as a header of the image and as words for QEMU.
#include <cstring>
#include <memory>
#include <optional>

#include "base/result.hpp"
#include "igvm/edit.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/image/policy.hpp"
#include "tools/images/parts.hpp"
#include "tools/images/source.hpp"
#include "tools/sign/id_block.hpp"
#include "tools/support/number.hpp"
#include "tools/support/output.hpp"
#include "tools/support/terminal.hpp"

namespace tools::images {
namespace {

/// As typed; what is empty was not given.
struct SignRequest {
    Source source;
    std::string id_key, author_key, output, words, family_id, image_id, svn, policy;
};

using Id = std::array<std::uint8_t, 16>;
Result<Id> parse_id(std::string_view option, const std::string& text) {
    Id id{};
    const auto bytes = crypto::from_hex(text);
    if (!bytes || bytes->size() != id.size())
        return problem("{} {} is not 16 bytes; write 32 digits 0 to 9, a to f", option, text);
    std::memcpy(id.data(), bytes->data(), id.size());
    return id;
}

Result<sign::Identity> parse_identity(const SignRequest& typed) {
    sign::Identity identity;
    if (!typed.family_id.empty()) identity.family_id = TRY(parse_id("--family-id", typed.family_id));
    if (!typed.image_id.empty()) identity.image_id = TRY(parse_id("--image-id", typed.image_id));
    if (!typed.svn.empty()) identity.guest_svn = TRY(parse_number("--svn", typed.svn, 0, ~0u));
    return identity;
}

/// Where the result goes; a firmware has no file that could carry a header.
struct Outputs {
    std::optional<Output> image, words;
};
Result<Outputs> open_outputs(const SignRequest& typed) {
    Outputs outputs;
    if (!typed.source.firmware.empty() && !typed.output.empty())
        return problem(
            "a firmware carries no ID block; leave out -o, and write words for QEMU with --words FILE");
    if (typed.output.empty() && typed.words.empty())
        return problem("name where the ID block goes: -o FILE, --words FILE, or both");
    if (!typed.output.empty()) outputs.image = TRY(Output::to(typed.output));
    if (!typed.words.empty()) outputs.words = TRY(Output::to(typed.words));
    (void)TRY(
        share_stdout({outputs.image ? &*outputs.image : nullptr, outputs.words ? &*outputs.words : nullptr}));
    return outputs;
}

Result<std::uint64_t> policy_of(const SignRequest& typed, const Measured& measured) {
    if (typed.policy.empty()) return measured.result.policy;
    if (!measured.image.empty())
        return problem("the policy of an image is fixed when it is built; leave out --policy");
    return image::parse_policy(typed.policy);
}

Result<void> write_image(const Output& output, const Measured& measured, const sign::Signed& block) {
    const auto headers = igvm::Headers::open(measured.image);
    if (!headers) return problem("{}: {}", measured.name, igvm::describe(headers.error().error));
    const auto signed_image = igvm::with_id_block(*headers, sign::to_igvm(block));
    if (!signed_image)
        return problem("{} cannot be signed: {} (byte {:#x})", measured.name,
                       igvm::describe(signed_image.error().error), signed_image.error().offset);
    return output.write(*signed_image);
}

std::string report_of(const Measured& measured, const sign::Signed& block) {
    std::string text = printable(formatted("adyton: signed {}: policy {:#x}, SVN {}\n", measured.name,
                                           block.block.policy, block.block.guest_svn));
    text += digest_lines("launch digest", measured.result.digest);
    text += digest_lines("ID key digest", block.id_key_digest);
    if (block.has_author) text += digest_lines("author key digest", block.author_key_digest);
    return text;
}

Result<void> sign_image(const SignRequest& typed) {
    const sign::Identity identity = TRY(parse_identity(typed));
    const Outputs outputs = TRY(open_outputs(typed));
    const auto id_key = TRY(crypto::SigningKey::read(typed.id_key));
    std::optional<crypto::SigningKey> author_key;
    if (!typed.author_key.empty()) author_key = TRY(crypto::SigningKey::read(typed.author_key));
    const Measured measured = TRY(measure_source(typed.source, false, false));
    const auto policy = TRY(policy_of(typed, measured));
    const auto block = sign::sign(measured.result.digest, policy, identity, id_key, author_key);
    if (outputs.image) TRY_VOID(write_image(*outputs.image, measured, block));
    if (outputs.words) TRY_VOID(outputs.words->write(sign::to_qemu_words(block) + "\n"));
    const bool stdout_is_taken =
        (outputs.image && outputs.image->is_stdout()) || (outputs.words && outputs.words->is_stdout());
    (stdout_is_taken ? print_error : print_out)(report_of(measured, block));
    return {};
}

}  // namespace

cli::Command sign_command() {
    const auto request = std::make_shared<SignRequest>();
    cli::Command command{.name = "sign", .help = "Make the ID block that a launch must fit"};
    command.options = source_options(request->source);
    cli::append(command.options,
                {{"--id-key", "PEM", "EC P-384 key that signs the ID block", &request->id_key, true},
                 {"--author-key", "PEM", "key that signs the ID key (default: none)", &request->author_key},
                 {"-o,--output", "FILE", "signed IGVM file to write; - is stdout", &request->output},
                 {"--words", "FILE", "properties for QEMU's sev-snp-guest; - is stdout", &request->words},
                 {"--family-id", "HEX", "16 bytes that reports show (default: zeros)", &request->family_id},
                 {"--image-id", "HEX", "16 bytes that reports show (default: zeros)", &request->image_id},
                 {"--svn", "N", "security version of the guest (default: 0)", &request->svn},
                 {"--policy", "LIST", "policy of a firmware's launch", &request->policy}});
    command.action = [request] { return exit_code_of(sign_image(*request)); };
    return command;
}

}  // namespace tools::images
