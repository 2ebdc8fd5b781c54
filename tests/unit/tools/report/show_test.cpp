// SPDX-License-Identifier: MIT
// The listing of a report, for people and for programs.
#include "tools/report/show.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "tests/unit/tools/report/scene.hpp"

namespace tools::attestation {
namespace {

Report report_of(const Raw& raw) { return *parse(bytes_of_object(raw), "r"); }
std::string shown(const Raw& raw) { return show(report_of(raw), "r"); }
nlohmann::json json_of(const Raw& raw) { return nlohmann::json::parse(show_as_json(report_of(raw), "r")); }

void expect_lines(const std::string& text, std::initializer_list<const char*> lines) {
    for (const char* const line : lines)
        EXPECT_NE(("\n" + text).find(formatted("\n{}\n", line)), std::string::npos) << line << "\n" << text;
}

TEST(Show, decodes_a_report_of_genoa) {
    expect_lines(
        shown(good_report(Product::Genoa, 3)),
        {"r: attestation report, not verified", "  version          3", "  policy           0x30133",
         "                   firmware 1.51 or later", "                   sibling threads may run",
         "                   no debugging", "                   the host may move pages",
         "  VMPL             0", "  signature        ECDSA P-384 with SHA-384",
         "  reported TCB     bootloader 10, TEE 0, SNP 24, microcode 219",
         "                   memory was checked for aliases", "                   signed by the VCEK",
         "  chip             Genoa: family 0x19, model 0x11, stepping 1",
         "  current          1.55 build 29"});
}

TEST(Show, decodes_the_tcb_of_turin_and_the_vectors_of_version_5) {
    expect_lines(shown(good_report(Product::Turin, 5)),
                 {"  reported TCB     FMC 1, bootloader 1, TEE 1, SNP 4, microcode 75",
                  "  chip             Turin: family 0x1a, model 0x2, stepping 1", "  fixes now        0x3"});
}

TEST(Show, says_what_it_does_not_know) {
    Raw raw = good_report(Product::Genoa, 3);
    raw.family = 0x17;
    expect_lines(shown(raw), {"  reported TCB     0a000000000018db",
                              "  chip             not known: family 0x17, model 0x11, stepping 1"});
    raw = good_report(Product::Genoa, 2);
    EXPECT_EQ(shown(raw).find("  chip   "), std::string::npos);
    EXPECT_EQ(shown(raw).find("fixes"), std::string::npos);
}

TEST(Show, warns_of_what_a_host_may_do) {
    Raw raw = good_report(Product::Genoa, 3);
    raw.policy |= 1u << 19 | 1u << 18;
    raw.flags = 0b1'1110;
    raw.vmpl = 0xffff'ffff;
    expect_lines(shown(raw),
                 {"                   DEBUG: THE HOST MAY READ AND WRITE MEMORY",
                  "                   A MIGRATION AGENT MAY TAKE THE GUEST AWAY",
                  "                   NOT SIGNED", "                   CHIP ID AND SIGNATURE ARE MASKED",
                  "  VMPL             none: the host asked for the report"});
}

TEST(Show, fits_a_terminal) {
    for (const Product product : {Product::Milan, Product::Genoa, Product::Turin})
        for (const std::uint32_t version : {2u, 3u, 5u}) {
            Raw raw = good_report(product, version);
            raw.policy = Bits<25, 0>::mask;
            std::istringstream lines{shown(raw)};
            for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
        }
}

TEST(Show, has_the_same_fields_in_json) {
    const auto json = json_of(good_report(Product::Turin, 5));
    EXPECT_EQ(json["schema"], 1);
    EXPECT_EQ(json["version"], 5);
    EXPECT_EQ(json["policy"]["value"], "0x30133");
    EXPECT_EQ(json["reported_tcb"]["fmc"], 1);
    EXPECT_EQ(json["reported_tcb"]["microcode"], 75);
    EXPECT_EQ(json["chip"]["product"], "Turin");
    EXPECT_EQ(json["measurement"].get<std::string>().size(), 96u);
    EXPECT_EQ(json["report_data"].get<std::string>().substr(0, 4), "1011");
    EXPECT_EQ(json["signature_r"].get<std::string>().size(), 96u);
}

TEST(VcekAddress, names_chip_and_firmware) {
    const Report genoa = report_of(good_report(Product::Genoa, 3));
    EXPECT_EQ(vcek_address(genoa), "https://kdsintf.amd.com/vcek/v1/Genoa/" +
                                       crypto::hex(chip_id_of(Product::Genoa)) +
                                       "?blSPL=10&teeSPL=00&snpSPL=24&ucodeSPL=219");
    const Report turin = report_of(good_report(Product::Turin, 5));
    EXPECT_EQ(vcek_address(turin),
              "https://kdsintf.amd.com/vcek/v1/Turin/"
              "4142434445464748?fmcSPL=01&blSPL=01&teeSPL=01&snpSPL=04&ucodeSPL=75");
    EXPECT_EQ(vcek_address(report_of(good_report(Product::Milan, 2))), "");
}

}  // namespace
}  // namespace tools::attestation
