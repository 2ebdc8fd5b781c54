// SPDX-License-Identifier: MIT
// judge_cases FOLDER: reports for judges to judge, each in a folder with its certificates, the root to trust, and what is
// asked for: good ones of the emulated chips, and the forgeries of the unit tests. FOLDER/names has a line for each: its
// folder, good or forged, its name, and how `adyton report verify` judges it.
#include <chrono>
#include <fstream>
#include <iostream>

#include "abi/snp/policy.hpp"
#include "tests/unit/tools/report/emulated_chip.hpp"
#include "tests/unit/tools/report/forgeries.hpp"

namespace fs = std::filesystem;

namespace tools::attestation {
namespace {

struct Case {
    std::string name;
    Product product;
    Buffer report;
    Certificates certificates;
    Demands demands;
};

void write(const fs::path& path, const Buffer& bytes) {
    if (!write_file(path, bytes)) std::abort();
}

/// The judges are given their root and look at no other. The ARK of the case is shown to them as far as it has the
/// trusted key, so that they see what else is wrong with it.
const crypto::Certificate* root_of(const Case& one) {
    const auto& ark = one.certificates[Role::Ark];
    if (!one.demands.root) return nullptr;
    const bool has_key = ark && ark->facts().key_sha256 == one.demands.root->facts().key_sha256;
    return has_key ? &*ark : &*one.demands.root;
}

/// What a careful person asks for, and `adyton report verify` does unasked.
std::uint64_t policy_of(const Demands& demands) {
    using P = abi::GuestPolicy;
    std::uint64_t policy = demands.image->policy & ~P::MigrateMa::mask;
    if (!demands.allows_debug) policy &= ~P::Debug::mask;
    if (demands.image->relies_on_page_swap_disable) policy |= P::PageSwapDisable::mask;
    return policy;
}

/// The least SNP of the TCB is that of the row on EntrySign in tools/report/floor.txt, in hexadecimal digits.
void write_demand(const Case& one, const fs::path& path) {
    Buffer data = *one.demands.nonce;
    if (one.demands.manifest) {
        data.insert(data.end(), one.demands.manifest->begin(), one.demands.manifest->end());
        const auto hash = crypto::sha512(data);
        data = {hash.begin(), hash.end()};
    }
    std::ofstream{path} << "product " << name_of(one.product) << "\nvmpl 0" << one.demands.vmpl << "\npolicy "
                        << crypto::hex(bytes_of_object(policy_of(one.demands))) << "\nmeasurement "
                        << crypto::hex(one.demands.image->digest) << "\nreport-data " << crypto::hex(data)
                        << "\nleast-snp " << (one.product == Product::Milan ? "18" : "17") << "\n";
}

void write(const Case& one, const fs::path& folder) {
    fs::create_directories(folder);
    write(folder / "report.bin", one.report);
    for (const auto& [role, name] : {std::pair{Role::Ask, "ask.der"}, std::pair{Role::Vcek, "vcek.der"}})
        if (one.certificates[role]) write(folder / name, one.certificates[role]->der());
    if (const auto* const root = root_of(one)) write(folder / "root.der", root->der());
    write_demand(one, folder / "demand");
}

std::string own_verdict(const Case& one) {
    const auto report = parse(one.report, "report.bin");
    if (!report) return "format";
    const std::string failed = failed_checks(verify({*report, one.certificates, one.demands}));
    return failed.empty() ? "yes" : failed;
}

std::int64_t now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch())
        .count();
}

Case emulated(const Asked& asked) {
    const ChipFolder chip{asked.product};
    const Raw raw = emulated_report(asked);
    Scene scene{asked.product, asked.version};
    scene.demands.image->policy = raw.policy;
    scene.demands.vmpl = asked.vmpl;
    scene.demands.root = chip.certificates()[Role::Ark];
    scene.demands.now = now();
    return {name_of(asked), asked.product, signed_report(raw, chip.key()), chip.certificates(),
            scene.demands};
}

Case forged(const Forgery& forgery) {
    Scene scene{forgery.product, forgery.version};
    scene.demands.now = now();
    forgery.forge(scene);
    return {std::string{forgery.name}, scene.product, scene.signed_bytes(), scene.certificates(),
            scene.demands};
}

/// Turin is not in the judges' reach, a case without a root of its own asks for AMD's, and the judges are told their ASK.
bool is_for_judges(const Case& one) {
    return one.product != Product::Turin && one.demands.root && one.certificates[Role::Ask];
}

void write_all(const fs::path& folder) {
    std::ofstream names{folder / "names"};
    int number = 0;
    const auto add = [&](const Case& one, std::string_view kind) {
        const std::string place = formatted("{:03}", ++number);
        write(one, folder / place);
        names << place << " | " << kind << " | " << one.name << " | " << own_verdict(one) << "\n";
    };
    for (const Asked& asked : matrix()) add(emulated(asked), "good");
    for (const Forgery& forgery : forgeries())
        if (const Case one = forged(forgery); is_for_judges(one)) add(one, "forged");
}

}  // namespace
}  // namespace tools::attestation

int main(int count, char** words) {
    if (count != 2) return EXIT_FAILURE;
    fs::create_directories(words[1]);
    tools::attestation::write_all(words[1]);
}
