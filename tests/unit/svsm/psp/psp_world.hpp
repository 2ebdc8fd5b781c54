// SPDX-License-Identifier: MIT
// A guest on the simulated machine whose SVSM has a channel to an AMD-SP. The host between them is honest
// until a test says otherwise.
#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "svsm/psp/channel.hpp"
#include "tests/unit/svsm/psp/amd_sp.hpp"
#include "tests/unit/svsm/world.hpp"

namespace svsm {

class PspWorld : public World {
protected:
    using Reply = sim::Machine::GuestRequestReply;
    static constexpr Gpa key_page = svsm_region.begin + 3 * page_bytes;
    /// Pages that SVSM and host share; they lie outside the machine's memory, as a GHCB does.
    static constexpr Gpa shared{1ull << 41};
    static constexpr Gpa request_page = shared, answer_page = shared + page_bytes,
                         certificate_page = shared + 2 * page_bytes;

    explicit PspWorld(Vmpl vmpl = Vmpl1) : World{vmpl} {
        for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
        m.fill({key_page, key_page + page_bytes}, 0);
        m.poke(key_page, key);
        m.on_guest_request = [this](const sim::Machine::GuestRequest& asked) { return take(asked); };
        start_channel();
    }
    /// What the AMD-SP's page held is no part of the SVSM's memory that must not change.
    void TearDown() override {
        if (m.rmp_allows(Vmpl0, Write, key_page)) m.fill({key_page, key_page + page_bytes}, 0x5e);
        World::TearDown();
    }

    void start_channel(std::uint64_t count = 0) {
        channel = std::make_unique<psp::Channel>(
            psp::ChannelPages{.key = key_page,
                              .request = private_pages[0],
                              .answer = private_pages[1],
                              .shared_request = {pages[0].data(), request_page},
                              .shared_answer = {pages[1].data(), answer_page},
                              .certificates = {pages[2].data(), certificate_page}},
            count);
        guest.amd_sp = channel.get();
        amd_sp.count = count;
    }

    Reply take(const sim::Machine::GuestRequest& asked) {
        EXPECT_EQ(asked.message, request_page);
        EXPECT_EQ(asked.answer, answer_page);
        EXPECT_FALSE(m.has_open_look()) << "a window is open while the host runs: the key's?";
        sent.push_back(pages[0]);
        is_extended.push_back(asked.certificates.has_value());
        if (asked.certificates)
            EXPECT_EQ(*asked.certificates, (GpaRange{certificate_page, certificate_page + 4 * page_bytes}));
        return host ? host() : honest();
    }
    /// Gives the message to the AMD-SP, and its answer to the guest.
    Reply honest() {
        const auto status = amd_sp.request(pages[0], pages[1]);
        if (is_extended.back()) std::memcpy(pages[2].data(), table.data(), table.size());
        return {.info_2 = status};
    }
    static Reply host_status(std::uint32_t status, std::uint64_t wanted = 0) {
        return {.info_2 = std::uint64_t{status} << 32, .rbx = wanted};
    }
    static constexpr std::uint32_t invalid_length = 1, busy = 2;

    [[nodiscard]] bool is_key_wiped() const { return m.is_filled_with({key_page, key_page + page_bytes}, 0); }

    crypto::AesKey key{};
    psp::AmdSp amd_sp{[] {
        crypto::AesKey key{};
        for (std::size_t i = 0; i < key.size(); ++i) key[i] = static_cast<std::byte>(i);
        return key;
    }()};
    alignas(page_bytes) std::array<psp::MessagePage, 2> private_pages{};
    alignas(page_bytes) std::array<psp::MessagePage, 6> pages{};  ///< shared: message, answer, certificates
    std::unique_ptr<psp::Channel> channel;
    std::function<Reply()> host;         ///< in place of `honest`
    std::vector<psp::MessagePage> sent;  ///< each message that the host saw
    std::vector<bool> is_extended;       ///< and whether it came with room for certificates
    std::vector<std::byte> table = std::vector<std::byte>(24);  ///< what the honest host has for certificates
};

}  // namespace svsm
