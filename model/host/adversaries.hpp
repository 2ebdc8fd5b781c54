// SPDX-License-Identifier: MIT
// The adversaries that have a name (`adyton run --adversary NAME`): ways in which the machine misbehaves on
// request, so that a test can see an SVSM's defences work. docs/termination-codes.md says which refusal
// each one provokes.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

#include "abi/snp/cpuid_page.hpp"
#include "abi/snp/exit_code.hpp"
#include "abi/snp/ghcb.hpp"
#include "abi/snp/ghcb_msr.hpp"
#include "abi/snp/policy.hpp"
#include "abi/snp/vmsa.hpp"
#include "model/host/hooks.hpp"

namespace model::host {
namespace adversary {

using enum Moment;
using enum Act;
using enum Subject::Kind;
inline constexpr std::uint8_t any = Levels::any, vmpl0 = Levels::vmpl0, guests = Levels::guests;
inline constexpr std::uint64_t all_rights = abi::Permission::all,
                               reflect_vc = abi::SevFeatures::ReflectVc::mask,
                               too_many = abi::cpuid_page_max_entries + 1,
                               cpuid_exit = static_cast<std::uint64_t>(abi::ExitCode::Cpuid),
                               psc_response = static_cast<std::uint64_t>(abi::GhcbInfo::PscResponse),
                               debug = abi::GuestPolicy::Debug::mask,
                               migration = abi::GuestPolicy::MigrateMa::mask,
                               page_swap = abi::GuestPolicy::PageSwapDisable::mask,
                               snp = abi::HypervisorFeature::snp,
                               vmpls = abi::HypervisorFeature::multi_vmpl;

// clang-format off
inline constexpr Row rows[] = {
    // Before the guest runs: the control block of a vCPU, then the launch, by host and AMD-SP.
    {"no-invlpgb",              {SetsUpVcpu},                        {Set, Field::Invlpgb, 0}},
    {"sev-features",            {SetsUpVcpu},                        {SetBits, Field::Features, reflect_vc}},
    {"not-vmpl0",               {LoadsPage},                         {Set, Field::Rights, all_rights}},
    {"not-vmpl0",               {LoadsVmsa},                         {Set, Field::Vmpl, 1}},
    {"launch-rights",           {LoadsPage},                         {Set, Field::Rights, all_rights}},
    {"launch-contents",         {LoadsPage, any, {Svsm}, any_vcpu, 3, 3}, {FlipBits, Field::Contents, 1}},
    {"launch-skips-page",       {LoadsPage, any, {Svsm}, any_vcpu, 3, 3}, {Omit}},
    {"launch-swaps-pages",      {LoadsPage, any, {Svsm}, any_vcpu, 3, 3}, {Delay}},
    {"launch-policy",           {StartsLaunch},                      {SetBits, Field::Policy, debug}},
    {"launch-migration",        {StartsLaunch},                      {SetBits, Field::Policy, migration}},
    {"launch-page-moves",       {StartsLaunch},                      {ClearBits, Field::Policy, page_swap}},
    {"launch-without-id-block", {FinishesLaunch},                    {Omit}},
    {"launch-other-id-block",   {FinishesLaunch},                    {FlipBits, Field::Contents, 1}},
    {"secrets-version",         {FillsSecrets},                      {Set, Field::Version, 0}},
    {"cpuid-count",             {FillsCpuid},                        {Set, Field::Count, too_many}},
    {"cpuid-cbit",              {FillsCpuid},                        {FlipBits, Field::CBit, 47 ^ 51}},
    {"memory-map-overlap",      {DescribesMemory, any, {Svsm}},      {Set, Field::End, page_bytes}},

    // What a hypervisor injects into VMPL0.
    {"injects-exception",       {ResumesVmpl0, vmpl0},               {Raise, Field::InvalidOpcode}},
    {"nmi-at-vmpl0",            {ResumesVmpl0, vmpl0},               {Interrupt, Field::Nmi}},
    {"hv-at-vmpl0",             {ResumesVmpl0, vmpl0},               {Interrupt, Field::Hv}},
    {"injects-vc",              {Validates, vmpl0, {Guest}},         {Raise, Field::Vc, cpuid_exit}},
    {"injects-vc",              {Rescinds, vmpl0, {Guest}},          {Raise, Field::Vc, cpuid_exit}},
    {"injects-page-fault",      {Validates, vmpl0, {Guest}},         {Raise, Field::PageFault, 0}},
    {"injects-page-fault",      {Rescinds, vmpl0, {Guest}},          {Raise, Field::PageFault, 0}},

    // Pages that change hands. KVM converts a page to what an access takes it for.
    {"psc-refused",             {GivesPage},                         {Refuse}},
    {"psc-refused",             {TakesPage},                         {Refuse}},
    {"psc-lies",                {GivesPage},                         {Claim}},
    {"guest-psc-lies",          {GivesPage, any, {Guest}},           {Claim}},
    {"rebinds-page",            {GivesPage, any, {Guest}},           {Rebind}},
    {"rebinds-page",            {TakesPage, any, {Guest}},           {Rebind}},
    {"guest-takes-svsm-page",   {ProtectsPage},                      {Allow}},
    {"implicit-conversion",     {ProtectsPage},                      {Allow}},
    {"implicit-conversion",     {SeesAccess},                        {Convert}},
    {"steals-page",             {RunsVmpl, any, {Between, 0, 0}},    {StealStack}},
    {"late-lines",              {RunsVmpl, vmpl0},                   {LandLines}},

    // Requests of VMPL0.
    {"ghcb-version",            {AsksSevInfo},                       {Set, Field::Version, 3}},
    {"bad-reply",               {AsksFeatures},                      {Set, Field::Reply, psc_response}},
    {"no-snp-feature",          {AsksFeatures},                      {ClearBits, Field::Features, ~0ull}},
    {"ghcb-refused",            {RegistersGhcb},                     {Refuse}},
    {"ap-refused",              {AsksAp},                            {Refuse}},
    {"ap-never-runs",           {InstallsAp},                        {Claim}},
    {"ap-at-once",              {PostponesAp},                       {Refuse}},
    {"run-vmpl-refused",        {RunsVmpl, vmpl0},                   {Refuse}},
    {"apic-ids-refused",        {AsksApicIds},                       {Refuse}},
    {"apic-ids-count",          {AsksApicIds},                       {Add, Field::Count, 1}},
    {"apic-ids-twice",          {AsksApicIds},                       {Copy, Field::Last}},
    {"apic-ids-foreign",        {AsksApicIds},                       {Set, Field::First, 999}},
    {"apic-ids-huge",           {AsksApicIds},                       {Set, Field::Last, 0xffff'ffff}},

    // Messages to the AMD-SP. The host cannot read them; it can keep, spoil, repeat and exchange them.
    {"message-busy",            {AsksMessage, any, {}, any_vcpu, 1, 4}, {Refuse}},
    {"message-always-busy",     {AsksMessage},                       {Refuse}},
    {"message-withheld",        {AsksMessage},                       {Claim}},
    {"message-garbled",         {AsksMessage},                       {FlipBits, Field::Contents, 1}},
    {"message-replayed",        {AsksMessage, any, {}, any_vcpu, 2}, {Copy, Field::First}},
    {"message-twice",           {AsksMessage},                       {Add, Field::Count, 1}},
    {"certificates-huge",       {AsksCertificates},                  {Set, Field::Count, 0x7fff'ffff}},

    // Accomplices of their guest, which says when they begin: abi/adyton/conspiracy.hpp, docs/adr/0034.
    // One page was judged, the other becomes the VMSA.
    {"two-pages",               {AsksAccomplice, guests},            {Obey, Field::SparePage}},
    {"two-pages",               {MakesVmsa, vmpl0, {Pair}},          {ShowFirst}},
    {"swap-while-zeroing",      {AsksAccomplice, guests},            {Obey, Field::SvsmPage}},
    {"swap-while-zeroing",      {Validates, vmpl0, {Pair}},          {ShowSecond}},
    {"swap-while-zeroing",      {Validated, vmpl0, {Pair}},          {ShowFirst}},
    {"swap-while-zeroing",      {Adjusts, vmpl0, {Pair}},            {ShowSecond}},
    // The host rescinded the first page: zeroing it faults, and so would an attempt to undo the validation.
    {"hides-while-zeroing",     {AsksAccomplice, guests},            {Obey, Field::SvsmPage}},
    {"hides-while-zeroing",     {Validates, vmpl0, {Pair}},          {ShowSecond}},
    {"hides-while-zeroing",     {Validated, vmpl0, {Pair}},          {ShowFirst}},
    // The host maps the page anew after the validation: the next access must find no translation.
    {"faults-while-zeroing",    {AsksAccomplice, guests},            {Obey, Field::SvsmPage}},
    {"faults-while-zeroing",    {Validated, vmpl0, {Pair}},          {ShowSecond}},
    {"faults-while-zeroing",    {Rescinds, vmpl0, {Pair}},           {Fault}},
    {"faults-while-zeroing",    {MakesVmsa, vmpl0, {Pair}},          {Fault}},
    {"faults-while-zeroing",    {Adjusts, vmpl0, {Pair}},            {Fault}},
    {"faults-while-zeroing",    {Touches, vmpl0, {Pair}},            {Fault}},
    {"faults-while-revoking",   {AsksAccomplice, guests},            {Obey, Field::SparePage}},
    {"faults-while-revoking",   {Adjusts, vmpl0, {Pair}},            {Fault}},

    // Lies that the host tells only a guest below VMPL0, so that the SVSM gets far enough to start it. They
    // show how that guest ends.
    {"guest-ghcb-version",      {AsksSevInfo, guests},               {Set, Field::Version, 3}},
    {"guest-no-snp",            {AsksFeatures, guests},              {ClearBits, Field::Features, snp}},
    {"guest-no-multi-vmpl",     {AsksFeatures, guests},              {ClearBits, Field::Features, vmpls}},
    {"guest-ghcb-refused",      {RegistersGhcb, guests},             {Refuse}},
    {"guest-psc-refused",       {AsksPageState, guests},             {Refuse}},
    {"guest-psc-list-refused",  {AsksPageList, guests},              {Refuse}},
    {"guest-no-cpuid",          {AsksCpuid, guests},                 {Omit}},
    {"guest-no-cpuid-1",        {AsksCpuid, guests, {Between, 1, 1}}, {Omit}},
    {"guest-io-refused",        {AsksPort, guests},                  {Refuse}},
    {"guest-run-vmpl-refused",  {RunsVmpl, guests},                  {Refuse}},
    // Two calls of Linux's decompressor convert its GHCB page there and back; the third is the kernel's own.
    {"guest-third-run-refused", {RunsVmpl, guests, {}, any_vcpu, 3}, {Refuse}},
};
// clang-format on

/// Rows of one name stand together.
consteval std::size_t count_names() {
    std::size_t count = 0;
    for (std::size_t i = 0; i < std::size(rows); ++i) count += i == 0 || rows[i].name != rows[i - 1].name;
    return count;
}

}  // namespace adversary

/// All names, in the order of the rows.
inline constexpr auto adversary_names = [] {
    std::array<std::string_view, adversary::count_names()> names{};
    std::size_t count = 0;
    for (const Row& row : adversary::rows)
        if (count == 0 || names[count - 1] != row.name) names[count++] = row.name;
    return names;
}();

[[nodiscard]] constexpr bool is_adversary(std::string_view name) {
    return std::ranges::find(adversary_names, name) != adversary_names.end();
}

/// Gives a machine the rows of an adversary. False: there is no such name, or no room for its rows.
[[nodiscard]] inline bool add_adversary(Hooks& hooks, std::string_view name) {
    bool is_known = false;
    for (const Row& row : adversary::rows) {
        if (row.name != name) continue;
        if (!hooks.add(row)) return false;
        is_known = true;
    }
    return is_known;
}

}  // namespace model::host
