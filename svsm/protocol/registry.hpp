// SPDX-License-Identifier: MIT
// The protocols that an SVSM offers, one row each: the function that serves its calls, and its
// answer to QUERY_PROTOCOL.
#pragma once
#include "abi/svsm/core.hpp"
#include "svsm/protocol/protocol.hpp"

namespace svsm {

/// The compiler unrolls the rows in their order: one comparison each, and a direct call. A table of pointers
/// would need an indirect jump, whose target a CPU may mispredict (docs/adr/0046).
template <const Protocol& first, const Protocol&... others>
class Registry {
public:
    /// Serves `call` for `vcpu`. UnsupportedProtocol without a row for its protocol; UnsupportedCall when the
    /// protocol does not know the call.
    [[nodiscard, gnu::always_inline]] static Answer serve(Guest& guest, Vcpu& vcpu, const Call& call) {
        return serve(guest, vcpu, call, [](const Answer& answer) { return answer; });
    }
    /// The same, and passes the answer to `finish`, whose result it returns. Each row has its own copy of `finish`: where
    /// no answer has a register, the copy tests for none, so a protocol pays for its own registers alone.
    template <class Finish>
    [[nodiscard, gnu::always_inline]] static auto serve(Guest& guest, Vcpu& vcpu, const Call& call,
                                                        Finish finish) {
        // QUERY_PROTOCOL is compared first, before the search for a row: this call measures the cost of a
        // world switch (docs/bench.md).
        constexpr auto question =
            abi::call_id(abi::core_protocol, static_cast<std::uint32_t>(abi::CoreCall::QueryProtocol));
        if (call.rax == question) [[likely]]
            return finish(Answer{.rcx = query(call.rcx)});
        return serve_by<Finish, first, others...>(guest, vcpu, call, finish);
    }

    /// SVSM_CORE_QUERY_PROTOCOL: `question` and result are RCX, see abi::QueryProtocol; 0 when no row offers
    /// that protocol in that version. Takes no lock: the rows never change.
    [[nodiscard]] static constexpr std::uint64_t query(std::uint64_t question) {
        return query_of<first, others...>(question);
    }

private:
    template <class Finish, const Protocol& row, const Protocol&... rest>
    [[gnu::always_inline]] static auto serve_by(Guest& guest, Vcpu& vcpu, const Call& call, Finish finish) {
        static_assert(row.is_sound());
        static_assert(((row.specified.number != rest.specified.number) && ...), "one row for each protocol");
        if (abi::CallId::Protocol::get(call.rax) == row.specified.number) {
            // A copy, or a row whose function is not inlined would keep the call of every row in memory.
            const Call own = call;
            return finish(row.serve(guest, vcpu, own));
        }
        if constexpr (sizeof...(rest) != 0)
            return serve_by<Finish, rest...>(guest, vcpu, call, finish);
        else
            return finish(to_answer(SvsmError::UnsupportedProtocol));
    }

    template <const Protocol& row, const Protocol&... rest>
    static constexpr std::uint64_t query_of(std::uint64_t question) {
        using Q = abi::QueryProtocol;
        if (Q::Protocol::get(question) == row.specified.number) {
            const auto version = Q::Version::get(question);
            if (version < row.versions.min || version > row.versions.max) return 0;
            return Q::MaxVersion::put(row.versions.max) | Q::MinVersion::put(row.versions.min);
        }
        if constexpr (sizeof...(rest) != 0)
            return query_of<rest...>(question);
        else
            return 0;
    }
};

}  // namespace svsm
