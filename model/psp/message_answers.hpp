// SPDX-License-Identifier: MIT
// The answers inside messages that were taken: what may be asked with which key. Part of `answer`.
#pragma once
#include <cstdint>

#include "model/psp/messages.hpp"

namespace model::psp {

/// Writes the answer at the beginning of `payload`, which is all zeros, and returns its bytes. `vmpck` is the
/// level of the sender.
[[nodiscard]] std::uint16_t answer_report(const abi::ReportRequest& request, unsigned vmpck,
                                          const Guest& guest, const Firmware& firmware,
                                          std::uint8_t* payload);
/// `request` of version 1 has `launch_mit_vector` 0.
[[nodiscard]] std::uint16_t answer_key(const abi::KeyRequest& request, unsigned vmpck, const Guest& guest,
                                       const Firmware& firmware, std::uint8_t* payload);
[[nodiscard]] std::uint16_t answer_tsc_info(const Guest& guest, std::uint8_t* payload);

/// Whether the request may be granted; Success if so. InvalidParameters before InvalidKeySelection.
[[nodiscard]] abi::MessageStatus judge(const abi::ReportRequest& request, unsigned vmpck);
[[nodiscard]] abi::MessageStatus judge(const abi::KeyRequest& request, unsigned vmpck, const Guest& guest,
                                       const Chip& chip);

}  // namespace model::psp
