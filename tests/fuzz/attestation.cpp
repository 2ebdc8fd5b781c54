// SPDX-License-Identifier: MIT
// A guest that asks to be attested with any structure, beside a host that answers anything: no page but the named buffers
// is written, the host sees one text for each number, and what a guest gets is what the AMD-SP said.
#include <map>
#include <vector>

#include "abi/snp/guest_message.hpp"
#include "abi/svsm/attestation.hpp"
#include "crypto/aes_gcm.hpp"
#include "machine/sim/machine.hpp"
#include "svsm/protocol/attest/attest.hpp"
#include "svsm/psp/channel.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace {

using Page = std::array<std::byte, page_bytes>;
using fuzz::Choices, fuzz::expect;

//   0 to 64 KiB    the guest's pages, but for the last two: not validated, and a calling area
//   64 KiB         the page with VMPCK0
constexpr std::uint64_t pages_of_guest = 16;
constexpr GpaRange guest_memory{Gpa{0}, Gpa{pages_of_guest * page_bytes}};
constexpr Gpa unvalidated{14 * page_bytes}, calling_area{15 * page_bytes}, key_page{16 * page_bytes};
constexpr Gpa shared{1ull << 41};

/// Guest, SVSM and AMD-SP around one input.
struct Scene {
    explicit Scene(Choices& from) : choices{from} {
        machine.launch_for_guest(guest_memory, abi::Vmpl::Vmpl1);
        machine.launch({key_page, key_page + page_bytes});
        machine.host_takes(unvalidated);
        machine.poke(key_page, key);
        expect(guest.ram.add({Gpa{0}, Gpa{large_page_bytes}}), "no RAM");
        guest.vcpus = vcpus;
        vcpus[0].scratch = &scratch;
        vcpus[0].reader = &readers[0];
        guest.lock.start(readers);
        guest.pages.start({Gpa{large_page_bytes}, Gpa{2 * large_page_bytes}}, svsm::RamBlocks{guest.ram},
                          states, directory, regions);
        for (Gpa page = guest_memory.begin; page < guest_memory.end; page = page + page_bytes)
            make_guests(page);
        guest.amd_sp = &channel;
        machine.on_guest_request = [this](const auto& asked) {
            return answer(asked.certificates.has_value());
        };
    }
    void make_guests(Gpa page) {
        using enum svsm::PageState;
        if (page == unvalidated) return;
        guest.pages.change<NotValidated, Dirty>(page);
        guest.pages.change<Dirty, Guests>(page);
        if (page == calling_area) guest.pages.change<Guests, CallingArea>(page, {abi::Vmpl::Vmpl1, 0});
    }
    sim::Machine::GuestRequestReply answer(bool is_extended);
    void honest_answer();
    void note_message();

    Choices& choices;
    sim::Machine machine{large_page_bytes};
    svsm::Guest guest;
    std::array<svsm::Vcpu, 1> vcpus{};
    std::array<svsm::SharedLock::Reader, 1> readers{};
    svsm::PageBuffer scratch{};
    std::array<svsm::BlockStates, 1> states{};
    std::array<svsm::Region*, 1> directory{};
    std::array<svsm::Region, 1> regions{};
    crypto::AesKey key{std::byte{0x42}};
    alignas(page_bytes) std::array<Page, 2> own{};
    alignas(page_bytes) std::array<Page, 6> pages{};
    svsm::psp::Channel channel{{.key = key_page,
                                .request = own[0],
                                .answer = own[1],
                                .shared_request = {pages[0].data(), shared},
                                .shared_answer = {pages[1].data(), shared + page_bytes},
                                .certificates = {pages[2].data(), shared + 2 * page_bytes}}};
    std::map<std::uint64_t, Page> texts;  ///< what the host has seen under each number
    bool has_lied = false;
};

/// A second text under one number gives both away.
void Scene::note_message() {
    abi::MessageHeader header;
    std::memcpy(&header, pages[0].data(), sizeof header);
    const auto [known, is_new] = texts.emplace(header.sequence, pages[0]);
    expect(is_new || known->second == pages[0], "two messages under one number");
}

crypto::GcmNonce nonce_of(std::uint64_t number) {
    crypto::GcmNonce nonce{};
    std::memcpy(nonce.data(), &number, sizeof number);
    return nonce;
}

void Scene::honest_answer() {
    abi::GuestMessage message;
    std::memcpy(&message, pages[0].data(), sizeof message);
    crypto::GcmTag tag;
    std::memcpy(tag.data(), message.header.tag, tag.size());
    const auto text = std::as_writable_bytes(std::span{message.payload}).first(sizeof(abi::ReportRequest));
    const auto covered = [](const auto& header) { return bytes_of_object(header).subspan(0x30, 0x30); };
    expect(crypto::open(key, nonce_of(message.header.sequence), covered(message.header), text, tag),
           "a message that no AMD-SP reads");
    abi::ReportRequest asked;
    std::memcpy(&asked, text.data(), sizeof asked);
    abi::ReportResponse response{};
    response.head.report_bytes = sizeof response.report;
    response.report.vmpl = asked.vmpl;
    std::memcpy(response.report.report_data, asked.report_data, sizeof asked.report_data);
    auto header = message.header;
    ++header.sequence;
    header.type = 6;
    header.payload_bytes = sizeof response;
    const auto payload = std::as_writable_bytes(std::span{&response, 1});
    const auto sealed = crypto::seal(key, nonce_of(header.sequence), covered(header), payload);
    std::memcpy(header.tag, sealed.data(), sealed.size());
    std::memcpy(pages[1].data(), &header, sizeof header);
    std::memcpy(pages[1].data() + sizeof header, payload.data(), payload.size());
}

sim::Machine::GuestRequestReply Scene::answer(bool is_extended) {
    note_message();
    if (choices.percent(70))
        honest_answer();
    else
        has_lied = true;
    if (is_extended && choices.percent(50))
        for (std::size_t i = 0; i < 4 * sizeof(std::uint64_t) * 3; i += 8) {
            const auto word = choices.percent(50) ? choices.below(0x5000) : choices.word();
            std::memcpy(pages[2].data() + i, &word, sizeof word);
        }
    if (choices.percent(60)) return {};
    has_lied = true;
    if (choices.percent(30)) pages[choices.below(2)][choices.below(0x600)] ^= std::byte{1};
    switch (choices.below(4)) {
        case 0: return {.info_2 = 2ull << 32};
        case 1: return {.info_2 = 1ull << 32, .rbx = choices.below(8)};
        case 2: return {.info_2 = choices.word(), .rbx = choices.word()};
        default: return {};
    }
}

std::uint64_t some_address(Choices& choices) {
    switch (choices.below(4)) {
        case 0: return choices.below(18) * page_bytes;
        case 1: return choices.below(18 * page_bytes);
        case 2: return ~0ull - choices.below(0x5000);
        default: return choices.word();
    }
}

std::uint32_t some_length(Choices& choices) {
    return static_cast<std::uint32_t>(choices.percent(70) ? choices.below(0x5000) : choices.word());
}

/// Mostly in order.
abi::AttestSingleService some_structure(Choices& choices) {
    abi::AttestSingleService op{};
    const auto buffer = [&](std::uint64_t page) {
        if (choices.percent(85)) return abi::AttestationBuffer{page * page_bytes, page_bytes, 0};
        return abi::AttestationBuffer{some_address(choices), some_length(choices),
                                      static_cast<std::uint32_t>(choices.percent(5))};
    };
    op.buffers.report = buffer(2);
    op.buffers.manifest = buffer(3);
    op.buffers.certificates = buffer(4);
    op.buffers.nonce_gpa = choices.percent(90) ? page_bytes : some_address(choices);
    op.buffers.nonce_bytes = static_cast<std::uint16_t>(choices.percent(95) ? 64 : choices.word());
    op.service = abi::vtpm_service_guid;
    op.manifest_version = choices.percent(5);
    return op;
}

/// Pages that a call with `op` may write.
bool may_write(const abi::AttestServices& op, Gpa page) {
    for (const auto& buffer : {op.report, op.manifest, op.certificates}) {
        const auto range = GpaRange::make(Gpa{buffer.gpa}, buffer.bytes);
        if (range && range->overlaps({page, page + page_bytes})) return page != calling_area;
    }
    return false;
}

void call(Scene& scene) {
    auto& choices = scene.choices;
    auto& machine = scene.machine;
    auto& guest = scene.guest;
    const auto op = some_structure(choices);
    const Gpa at = choices.percent(90) ? calling_area + 8 : Gpa{some_address(choices)};
    machine.poke(calling_area + 8, op);
    std::vector<std::byte> before(guest_memory.size());
    std::memcpy(before.data(), machine.bytes(guest_memory).data(), before.size());
    const std::array<std::byte, 0x7a> manifest{};
    const std::array services{svsm::attest::Service{abi::vtpm_service_guid, manifest}};
    const bool is_single = choices.percent(30);
    const auto answer = is_single ? svsm::attest::attest_single_service(guest, guest.vcpus[0], at, services)
                                  : svsm::attest::attest_services(guest, guest.vcpus[0], at, services);
    expect(answer.result != static_cast<std::uint32_t>(abi::SvsmError::Busy),
           "busy, which Linux repeats without end");
    expect(!machine.has_open_look(), "a window is still open");
    if (at != calling_area + 8) return;
    for (Gpa page = guest_memory.begin; page < guest_memory.end; page = page + page_bytes)
        expect(may_write(op.buffers, page) ||
                   std::memcmp(before.data() + page.value(), machine.bytes({page, page + page_bytes}).data(),
                               page_bytes) == 0,
               "a page that is no buffer was written");
    if (answer.result != abi::svsm_success) return;
    expect(answer.r8 == sizeof(abi::AttestationReport) && answer.r8 <= op.buffers.report.bytes &&
               answer.rcx <= op.buffers.manifest.bytes && answer.rdx <= op.buffers.certificates.bytes,
           "a result longer than its buffer");
    expect(machine.peek<abi::AttestationReport>(Gpa{op.buffers.report.gpa}).vmpl == 0,
           "a report of another level");
}

}  // namespace

void fuzz::one_input(Bytes input) {
    Choices choices{input, 1};
    Scene scene{choices};
    const auto calls = 1 + choices.below(6);
    for (std::uint64_t i = 0; i < calls; ++i) call(scene);
    expect(scene.has_lied || scene.machine.peek<crypto::AesKey>(key_page) == scene.key,
           "an honest host cost the guest its key");
}
