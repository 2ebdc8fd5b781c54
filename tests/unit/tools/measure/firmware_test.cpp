// SPDX-License-Identifier: MIT
// Launch digests of firmware that QEMU launches by itself. The numbers were computed by sev-snp-measure, on the very file
// that FirmwareFile makes.
#include "tools/measure/firmware.hpp"

#include <gtest/gtest.h>

#include "model/psp/digest.hpp"
#include "tests/unit/ovmf/firmware_file.hpp"
#include "tools/crypto/hash.hpp"
#include "tools/image/reset_vmsa.hpp"

namespace tools::measure {
namespace {

using image::KernelFiles, ovmf::FirmwareFile;

Bytes bytes_of(std::string_view text) { return std::as_bytes(std::span{text}); }

std::string digest_of(const FirmwareLaunch& launch) {
    const auto measured = measure_firmware(launch);
    return measured ? crypto::hex(measured->digest) : measured.error().sentence;
}

class MeasureFirmware : public testing::Test {
protected:
    FirmwareLaunch launch(std::string_view model, unsigned vcpus) {
        bytes = file.bytes();
        return {.firmware = bytes, .name = "x.fd", .vcpus = vcpus, .signature = *signature_of(model)};
    }
    FirmwareFile file;
    std::vector<std::byte> bytes;
};

TEST_F(MeasureFirmware, the_file_is_the_one_that_was_measured) {
    EXPECT_EQ(crypto::hex(crypto::sha256(file.bytes())),
              "51222cf952da6f96424ae385908bcf05cd92cc47f3f7d5861aed2e2fd7312271");
}

TEST_F(MeasureFirmware, agrees_with_sev_snp_measure_on_one_vcpu) {
    EXPECT_EQ(
        digest_of(launch("EPYC-v4", 1)),
        "0e401ad272d1a5eb81129ee70aceb243f341b9f3af37b469db95a3304598bbf6d0cfa8c841024288e7dc51f04ffec881");
}

TEST_F(MeasureFirmware, agrees_with_sev_snp_measure_on_four_vcpus_with_debug_swap) {
    FirmwareLaunch four = launch("EPYC-Milan-v2", 4);
    four.sev_features = 0x21;
    EXPECT_EQ(
        digest_of(four),
        "8508f01695d93872052b679c197b08a6e5743d2625af876a584adcd653fd76941522dfcc8e5f581f7fb495ad52c13042");
}

TEST_F(MeasureFirmware, agrees_with_sev_snp_measure_on_a_kernel) {
    FirmwareLaunch with = launch("EPYC-Genoa", 2);
    with.hashes = KernelFiles{bytes_of("kernel"), bytes_of("initrd"), "console=ttyS0 quiet"};
    EXPECT_EQ(
        digest_of(with),
        "576a8e6e75dec8bfa681beb0990675cd5b522fa588f9c836e0abc469e8a0e4568f282ea2451b99f7a346880c5909aa42");
    FirmwareLaunch bare = launch("EPYC-Rome", 1);
    bare.hashes = KernelFiles{bytes_of("kernel"), {}, ""};
    EXPECT_EQ(
        digest_of(bare),
        "83a0c98bb713fa6dc483d697c638c1d56ec0988349d82550b39f5464860ebffc5087f13a770573901d24c0548df072ea");
}

TEST_F(MeasureFirmware, registers_at_reset_are_those_that_kvm_measures) {
    using image::boot_cpu_start, image::reset_vmsa;
    const abi::Vmsa boot = reset_vmsa(boot_cpu_start, 0xa0'0f11, 1), ap = reset_vmsa(0x80'b004, 0xa0'0f11, 1);
    EXPECT_EQ(
        crypto::hex(crypto::sha384(std::as_bytes(std::span{&boot, 1}))),
        "728af287318db5f3fc4d2357a969483c4225956dc555b514a78d64ee372112d13b3dca8afd02cdbd1c55697d8ce087f5");
    EXPECT_EQ(
        crypto::hex(crypto::sha384(std::as_bytes(std::span{&ap, 1}))),
        "24d6d6fe1cc2fd76d9504a2e411e2a1e229a6723c94521c373c21dd97514c44895fc07fea07e04b4186d90160c8dad0b");
}

TEST_F(MeasureFirmware, models_have_the_signature_of_their_processor) {
    EXPECT_EQ(signature_of("EPYC"), 0x80'0f12u);
    EXPECT_EQ(signature_of("EPYC-v4"), 0x80'0f12u);
    EXPECT_EQ(signature_of("EPYC-Rome-v2"), 0x83'0f10u);
    EXPECT_EQ(signature_of("EPYC-Milan"), 0xa0'0f11u);
    EXPECT_EQ(signature_of("EPYC-Genoa-v1"), 0xa1'0f10u);
    EXPECT_EQ(signature_of("EPYC-Turin"), 0xb0'0f00u);
    EXPECT_EQ(
        signature_of("EPIC").error().sentence,
        "there is no CPU model 'EPIC'; choose from: EPYC, EPYC-Rome, EPYC-Milan, EPYC-Genoa, EPYC-Turin, or "
        "name the signature as 0x...");
}

TEST_F(MeasureFirmware, refuses_what_it_cannot_launch) {
    FirmwareLaunch with = launch("EPYC", 1);
    with.hashes = KernelFiles{bytes_of("kernel"), {}, ""};
    const auto sentence = [&](const char* words) {
        with.firmware = bytes = file.bytes();
        EXPECT_NE(digest_of(with).find(words), std::string::npos) << digest_of(with);
    };
    file.sections[5] = {0x81'0000, 0x1000, 1};
    sentence("x.fd looks at no hashes of a kernel");
    file.sections[5] = {0x90'0000, 0x1000, 0x10};
    sentence("the table of hashes does not fit into its section at 0x900000");
    file.sections[5] = {0x81'0000, 0x1000, 0x10};
    file.blocks[1].data = {0x81'0f00, 0xaf};
    sentence("does not fit");
    file.blocks[1].data = {0x81'0c00, 0xffff'ffff};
    sentence("does not fit");
    file.blocks[1].data = {0x81'0c00, 0x400};
    file.blocks.pop_back();
    with.vcpus = 2;
    sentence("x.fd does not say where a second vCPU starts; choose --vcpus 1");
    file.head.version = 9;
    sentence(
        "x.fd is not a firmware for SEV-SNP: only version 1 of the SEV metadata is supported (byte 0x1c08)");
}

}  // namespace
}  // namespace tools::measure
