// SPDX-License-Identifier: MIT
// Launch digests of IGVM files. The numbers of the vectors v1 to v7 were computed by igvmmeasure and, but for the last,
// by the context class of sev-snp-measure, on files with the SHA-256 that stand beside them.
#include "tools/measure/igvm.hpp"

#include <gtest/gtest.h>

#include "tests/unit/tools/measure/igvm_file.hpp"
#include "tools/crypto/hash.hpp"

namespace tools::measure {
namespace {

constexpr std::uint16_t secrets = 1, cpuid_data = 2, cpuid_xf = 3;
using Flags = format::PageDataFlags;

struct Vector {
    const char* name;
    IgvmFile file;
    const char* sha256;  ///< of the file, its first eight bytes
    const char* digest;
    const char* normal_zeros = nullptr;  ///< where it differs
};

std::vector<Vector> vectors() {
    const Page counting = counting_page();
    std::vector<Vector> all;
    all.push_back(
        {"v1", vector_file().page(0x1000, counting).vmsa(), "bdf1a3664b8e113a",
         "788695c7469e19a7bd4825d11951b0edde8d125655d5ad67d683c6343a2c1ebdfd3891ab07a1204777a09089c40deadb"});
    all.push_back(
        {"v2",
         vector_file()
             .area(0, 4096)
             .parameter(Type::VpCountParameter)
             .insert(0x9000, 0)
             .page(0x1000, counting)
             .page(0x2000)
             .page(0x3000, {}, 0, secrets)
             .page(0x4000, {}, 0, cpuid_data)
             .vmsa(),
         "eabcefeba5978b70",
         "a41b720a030b4622776e09df89447f2ee8aa567b11996f62ba2c6f13102ff9354ea89019251b6fdeb2ea9d10a717838b",
         "87ca9499d9c50eae9da87d2f52d35d73c9e1c76d9306e78bcd926a22452bfd50ac0315a04a248559d05527ec4ec06556"});
    all.push_back(
        {"v3", vector_file().page(0x1000, counting).vmsa().vmsa(vmsa_page(0x80'b004), 1), "1e5ddc324d95a609",
         "49e24a89138f76dcd95345f7b900b340d8d622f7ec9b04be14f40f06e5c78d17ad5a31c67a3f2b462b5325754f0054fe"});
    all.push_back(
        {"v4", vector_file().page(0x20'0000, {}, Flags::is_2m).vmsa(), "0afc5a130a19e38e",
         "240c999cdbcf7bde5ab1acde2002fea2e3fad0332dfde4a5fe6ae1f35bc9f9e7451dd121b7963e1a91fb69cc801a1644",
         "f7f61b55372558b1153ef8210b9148d03838ad150e629245f07cfb964c99965adce4fa880916727ad33717378e364d66"});
    all.push_back(
        {"v5",
         vector_file()
             .page(0x1000, counting, Flags::unmeasured)
             .page(0x4000, {}, 0, cpuid_xf)
             .page(0x3000, {}, 0, secrets)
             .vmsa()
             .page(0x2000, page_of(0)),
         "0cfeb9d0e71740c5",
         "d1130bcf9e606b5544a92e028ef3af5b76ca7495776f6fe3037f257cbc380f95885670fb72af3338e8c81b1b6d770339"});
    all.push_back(
        {"v6",
         IgvmFile{}
             .platform()
             .platform(2, format::PlatformType::Native)
             .policy()
             .page(0x1000, counting)
             .page(0x1000, page_of(0xff), 0, 0, 2)
             .page(0x2000, page_of(0x5a), 0, 0, 3)
             .vmsa(),
         "71773e534efd8b19",
         "fabbe022a551ec37077dfb38edb8b635e9878ecf729a308642df96ce10f37c8d36493ba6c27062989d5d4b5cba1a4558"});
    return all;
}

/// An area of two pages.
IgvmFile two_page_area() {
    Page some = page_of(0);
    std::fill_n(some.begin(), 100, std::byte{0xa5});
    return IgvmFile{}
        .platform()
        .policy(0x203'0000)
        .area(0, 8192)
        .page(0x1000, some)
        .parameter(Type::MemoryMap)
        .insert(0x10000, 0)
        .vmsa();
}

std::string digest_of(const File& file, const Rules& rules = {}) {
    const auto measured = measure_igvm(file, "x.igvm", rules);
    return measured ? crypto::hex(measured->digest) : measured.error().sentence;
}
std::string sentence_of(const IgvmFile& file) {
    const File bytes = file.bytes();
    const auto measured = measure_igvm(bytes, "x.igvm", {});
    return measured ? "accepted" : measured.error().sentence;
}

TEST(MeasureIgvm, agrees_with_two_programs_on_the_vectors) {
    for (const Vector& vector : vectors()) {
        const File file = vector.file.bytes();
        ASSERT_EQ(crypto::hex(crypto::sha256(file)).substr(0, 16), vector.sha256) << vector.name;
        EXPECT_EQ(digest_of(file), vector.digest) << vector.name;
        EXPECT_EQ(digest_of(file, {.normal_zeros = true}),
                  vector.normal_zeros != nullptr ? vector.normal_zeros : vector.digest)
            << vector.name;
        EXPECT_EQ(digest_of(file, {.areas_are_one_page = true}), vector.digest) << vector.name;
    }
}

TEST(MeasureIgvm, counts_all_pages_of_an_area_unless_told_otherwise) {
    const File file = two_page_area().bytes();
    ASSERT_EQ(crypto::hex(crypto::sha256(file)).substr(0, 16), "71ab157ec1c83136");
    EXPECT_EQ(
        digest_of(file),
        "5459a53234e651ecbc072a0c66fd1ef4f5655d73785eb853effbc13ab5b29dee72d39d52eb726af73953e4416c9d992c");
    EXPECT_EQ(
        digest_of(file, {.areas_are_one_page = true}),
        "b9c583522808ca633d02ee1b3664512aef833d3e4f2fdb20916eef0ee0a6129075bdb4299adca7fa39e73f95c4e68464");
    EXPECT_EQ(measure_igvm(file, "x", {})->policy, 0x203'0000u);
    EXPECT_EQ(measure_igvm(file, "x", {})->pages, 4u);
}

TEST(MeasureIgvm, a_large_page_with_data_is_its_512_pages) {
    Page large(large_page_bytes);
    IgvmFile small = vector_file();
    for (std::size_t i = 0; i < 512; ++i) {
        std::fill_n(large.begin() + static_cast<std::ptrdiff_t>(i * page_bytes), page_bytes,
                    static_cast<std::byte>(i));
        small.page(0x20'0000 + i * page_bytes, page_of(static_cast<std::uint8_t>(i)));
    }
    EXPECT_EQ(digest_of(vector_file().page(0x20'0000, large, Flags::is_2m).vmsa().bytes()),
              digest_of(small.vmsa().bytes()));
}

TEST(MeasureIgvm, the_version_of_the_format_does_not_count) {
    EXPECT_EQ(digest_of(vector_file().page(0x1000, counting_page()).version_2().vmsa().bytes()),
              digest_of(vector_file().page(0x1000, counting_page()).vmsa().bytes()));
}

TEST(MeasureIgvm, order_and_address_count) {
    const Page data = counting_page();
    const std::string digest = digest_of(vector_file().page(0x1000, data).page(0x2000, data).vmsa().bytes());
    EXPECT_NE(digest, digest_of(vector_file().page(0x2000, data).page(0x1000, data).vmsa().bytes()));
    EXPECT_NE(digest, digest_of(vector_file().page(0x1000, data).page(0x3000, data).vmsa().bytes()));
}

TEST(MeasureIgvm, says_where_a_host_may_arrive_elsewhere) {
    const auto notes_of = [](const IgvmFile& file) {
        std::string all;
        for (const auto& note : measure_igvm(file.bytes(), "x", {})->notes) all += note + "\n";
        return all;
    };
    EXPECT_NE(notes_of(vector_file().vmsa()).find("KVM makes the boot VMSA anew"), std::string::npos);
    EXPECT_NE(notes_of(vector_file().vmsa().page(0x1000)).find("KVM measures the VMSA last"),
              std::string::npos);
    EXPECT_NE(
        notes_of(vector_file().vmsa().vmsa(vmsa_page(), 1)).find("QEMU takes one VMSA, and the file has 2"),
        std::string::npos);
    EXPECT_NE(notes_of(vector_file().area(0, 4096).parameter(Type::Slit).vmsa()).find("adyton run refuses"),
              std::string::npos);
    format::SnpIdBlock block{};
    block.compatibility_mask = 1;
    EXPECT_NE(
        notes_of(vector_file().vmsa().add(Type::SnpIdBlock, block)).find("ID block expects another digest"),
        std::string::npos);
}

TEST(MeasureIgvm, a_file_without_a_policy_has_the_one_that_qemu_asks_for) {
    EXPECT_EQ(measure_igvm(IgvmFile{}.platform().vmsa().bytes(), "x", {})->policy, 0x3'0000u);
}

struct Refusal {
    const char* words;
    IgvmFile file;
};
TEST(MeasureIgvmRefuses, each_file_for_its_reason_and_names_the_place) {
    const std::vector<Refusal> refusals{
        {"the image does not support SEV-SNP", IgvmFile{}.platform(1, format::PlatformType::Tdx).vmsa()},
        {"the image is for another architecture, or for other pages than 4 KiB (byte 0x18)",
         vector_file().version_2(1).vmsa()},
        {"no boot VMSA", vector_file().page(0x1000)},
        {"the VP_CONTEXT header at byte 0x48 has a VMSA at 0x1000",
         vector_file().vmsa(vmsa_page(), 0, 0x1000)},
        {"the VP_CONTEXT header at byte 0x48 refers to data outside the file",
         vector_file().vmsa({}).page(0, page_of(1))},
        {"has flags that the format does not define", vector_file().page(0x1000, {}, 8).vmsa()},
        {"holds a shared page", vector_file().page(0x1000, {}, Flags::shared).vmsa()},
        {"the PAGE_DATA header at byte 0x48 names an address", vector_file().page(0x1008).vmsa()},
        {"names an address that is not aligned", vector_file().page(0x1000, {}, Flags::is_2m).vmsa()},
        {"names an address that is not aligned", vector_file().page(~0xfffull).vmsa()},
        {"holds a page of unknown type", vector_file().page(0x1000, {}, 0, 4).vmsa()},
        {"refers to data outside the file", vector_file().page(0x20'0000, page_of(1), Flags::is_2m).vmsa()},
        {"is empty or not whole pages", vector_file().area(0, 100).vmsa()},
        {"declares an area twice", vector_file().area(0, 4096).area(0, 4096).vmsa()},
        {"names an area that is not declared", vector_file().insert(0x1000, 3).vmsa()},
        {"already inserted", vector_file().area(0, 4096).insert(0x1000, 0).insert(0x2000, 0).vmsa()},
        {"names an address that is not page aligned", vector_file().area(0, 4096).insert(0x1001, 0).vmsa()},
        {"exceeds 64 GiB of pages", vector_file().area(0, 1ull << 40).insert(0x1000, 0).vmsa()},
        {"is a second ID block", vector_file()
                                     .vmsa()
                                     .add(Type::SnpIdBlock, format::SnpIdBlock{.compatibility_mask = 1})
                                     .add(Type::SnpIdBlock, format::SnpIdBlock{.compatibility_mask = 1})}};
    for (const Refusal& refusal : refusals)
        EXPECT_NE(sentence_of(refusal.file).find(refusal.words), std::string::npos)
            << refusal.words << "\n"
            << sentence_of(refusal.file);
}

TEST(MeasureIgvmRefuses, what_is_no_igvm_file) {
    File file = vector_file().vmsa().bytes();
    file.pop_back();
    EXPECT_EQ(
        digest_of(file),
        "x.igvm is not a usable IGVM image: the file is not as long as its IGVM header says (byte 0x10)");
    EXPECT_EQ(digest_of({}),
              "x.igvm is not a usable IGVM image: the file is too short for an IGVM header (byte 0x0)");
}

}  // namespace
}  // namespace tools::measure
