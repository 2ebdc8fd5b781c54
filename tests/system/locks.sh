#!/bin/sh
# SPDX-License-Identifier: MIT
# locks.sh COMPILER svsm|snpemu: takes every guard out of a kernel's sources, one at a time. None of them compiles without
# it: the compiler names what is touched without its lock (base/thread_safety.hpp). Compiles nothing but syntax.
set -eu
compiler=$1 house=$2
root=$(readlink -f -- "$(dirname "$0")/../..")
cd "$root"

# As both kernels are compiled, as far as it matters for syntax.
compiles() {
    "$compiler" -std=c++23 -stdlib=libc++ -D_LIBCPP_HARDENING_MODE=_LIBCPP_HARDENING_MODE_FAST -ffreestanding \
        -fno-exceptions -fno-rtti -mcmodel=kernel -I. -Wthread-safety -Werror=thread-safety -DADYTON_VERSION='""' \
        -fsyntax-only -x c++ - 2>&1
}

case $house in
    svsm)
        guard='const (Exclusive|Shared|Boot)Guard [a-z]+\{' fewest=8
        # The slots of a vCPU are the guest's lock's, but a Vcpu does not name its guest: the compiler cannot check it.
        unchecked=svsm/request/run.cpp
        ;;
    snpemu)  # not the locks of ports: they guard no memory of this program
        guard='const LockGuard [a-z_]+\{[a-z_.]*(rmp|page_state|mailbox|idle)_lock\};' fewest=35
        unchecked=none
        ;;
esac

guards=0
sound=
for place in $(grep -rnE --include='*.cpp' "^ *$guard" "$house" | cut -d: -f1,2); do
    file=${place%:*} line=${place#*:}
    [ "$file" = "$unchecked" ] && continue
    [ "$file" = "$sound" ] || told=$(compiles <"$file") || {
        printf '%s does not compile as it is:\n%s\n' "$file" "$told"
        exit 1
    }
    sound=$file
    if told=$(sed "${line}d" "$file" | compiles); then
        printf '%s:%s: compiles without its guard\n' "$file" "$line"
        exit 1
    fi
    case $told in
        *'requires holding'*) guards=$((guards + 1)) ;;
        *)
            printf '%s:%s: fails for another reason:\n%s\n' "$file" "$line" "$told"
            exit 1
            ;;
    esac
done
[ "$guards" -ge "$fewest" ] || { printf 'only %s guards were found\n' "$guards"; exit 1; }
printf 'none of %s guards can be left out\n' "$guards"
