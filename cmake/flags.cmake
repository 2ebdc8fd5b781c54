# SPDX-License-Identifier: MIT
# Every compiler flag of the project, in two interface targets: `freestanding` for programs without an operating
# system, `hosted` for tools and tests. Nothing is set globally, so one tree builds both with one compiler.

set(ADYTON_SANITIZE "address,undefined" CACHE STRING "sanitizers of the host tests")

add_library(warnings INTERFACE)
target_compile_options(warnings INTERFACE $<$<COMPILE_LANGUAGE:CXX>:
    -Wall -Wextra -Wconversion -Wshadow -Wnon-virtual-dtor -Wimplicit-fallthrough -Wno-missing-designated-field-initializers -Werror>)

option(ADYTON_COVERAGE "host tests count the lines they reach" OFF)

add_library(common INTERFACE)
target_link_libraries(common INTERFACE warnings)
target_include_directories(common INTERFACE ${CMAKE_SOURCE_DIR})
if(NOT ADYTON_COVERAGE)  # whose report has to find the sources again
    target_compile_options(common INTERFACE
        -ffile-prefix-map=${CMAKE_SOURCE_DIR}=. -ffile-prefix-map=${CMAKE_BINARY_DIR}=build)
endif()
target_compile_options(common INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-stdlib=libc++ -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST>)

# Undefined behaviour and indirect calls to a function of another type end in UD2, which the SVSM reports as a failed
# check. Not null and alignment: they double the checks on a call's path, and page 0 of the SVSM is unmapped anyway.
# No SSE: the guest's FPU registers are live while the SVSM and the machine run. Code model: the SVSM is linked in the
# upper 2 GiB; addresses of the programs in the lower 2 GiB fit its sign-extended 32 bits just as well.
# Locks: base/thread_safety.hpp says which of them guards what, and -Wthread-safety (an error, as every warning) refuses
# a member that is touched without its own.
# A target with the property ADYTON_HARDENED guards its stack frames by a word of its own (`__stack_chk_guard`), and
# has no table of jumps: the check of a call's type does not see a jump, and a CPU may guess where it goes.
set(hardened "$<AND:$<BOOL:$<TARGET_PROPERTY:ADYTON_HARDENED>>,$<COMPILE_LANGUAGE:CXX>>")
add_library(freestanding INTERFACE)
target_link_libraries(freestanding INTERFACE common)
target_compile_options(freestanding INTERFACE
    -O2 -g -ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone -mno-sse -mno-mmx -mcx16
    -fno-unwind-tables -fno-asynchronous-unwind-tables -fno-delete-null-pointer-checks
    -ftrivial-auto-var-init=zero -ffunction-sections -fdata-sections
    $<IF:${hardened},-fstack-protector-strong;-mstack-protector-guard=global;-fno-jump-tables,-fno-stack-protector>
    $<$<COMPILE_LANGUAGE:CXX>:
        -fno-exceptions -fno-rtti -fno-threadsafe-statics -fno-use-cxa-atexit
        -fsanitize=undefined -fsanitize-trap=undefined -fno-sanitize=function,null,alignment -fsanitize=kcfi
        -Wglobal-constructors -Wframe-larger-than=4096 -Wthread-safety>)
target_link_options(freestanding INTERFACE
    -fuse-ld=lld -nostdlib -static
    -Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,noexecstack -Wl,--gc-sections -Wl,--no-undefined)

add_library(hosted INTERFACE)
target_link_libraries(hosted INTERFACE common)
target_compile_options(hosted INTERFACE -O1 -g)
target_link_options(hosted INTERFACE -fuse-ld=lld -stdlib=libc++)

# Host tests always run under sanitizers; the programs people run do not.
add_library(tested INTERFACE)
target_link_libraries(tested INTERFACE hosted)
if(ADYTON_SANITIZE)
    target_compile_options(tested INTERFACE -fsanitize=${ADYTON_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(tested INTERFACE -fsanitize=${ADYTON_SANITIZE})
endif()

if(ADYTON_COVERAGE)
    target_compile_options(tested INTERFACE -fprofile-instr-generate -fcoverage-mapping)
    target_link_options(tested INTERFACE -fprofile-instr-generate)
endif()

# Fuzz targets: sanitized too, but optimised, and each branch reports to libFuzzer.
add_library(fuzzed INTERFACE)
target_link_libraries(fuzzed INTERFACE common)
target_compile_options(fuzzed INTERFACE
    -O2 -g -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
target_link_options(fuzzed INTERFACE -fuse-ld=lld -stdlib=libc++ -fsanitize=fuzzer,address,undefined)
# libFuzzer's archive was built against the other C++ library, which clang brings along; the two do not mix names.
target_link_libraries(fuzzed INTERFACE -l:libstdc++.so.6)

# add_dual_library(NAME sources...): hosted-clean code, compiled once for each world that links it: NAME.kernel,
# NAME.host (tools), NAME.test (host tests, sanitized) and NAME.fuzz (fuzz targets).
function(add_dual_library name)
    foreach(world kernel=freestanding host=hosted test=tested fuzz=fuzzed)
        string(REPLACE "=" ";" pair ${world})
        list(GET pair 0 suffix)
        list(GET pair 1 flags)
        add_library(${name}.${suffix} OBJECT EXCLUDE_FROM_ALL ${ARGN})
        target_link_libraries(${name}.${suffix} PUBLIC ${flags})
    endforeach()
endfunction()
