#!/bin/sh
# SPDX-License-Identifier: MIT
# refusals.sh ROOT: each enum of reasons to refuse has a table (tests/unit/reached.hpp) in the unit tests of its folder.
# The table fails when no row provokes one of its values; this script fails when there is no table.
# refusals.sh --self: it finds the enum without a table in a tree that has one, and nothing in one that has none.
set -u

# The houses of rules and formats, and the SVSM's talk with the AMD-SP. The results of the SVSM are in abi, and the
# tests of svsm provoke them.
reasons='^enum class [A-Za-z]*(Refusal|Fault|Error|Bad[A-Z][a-z]*) '

check() { # ROOT
    cd "$1" || exit 2
    missing=0 found=0
    for home in igvm:igvm model:model paging:paging snpemu/silicon:snpemu/silicon abi/snp:model abi/svsm:svsm \
        svsm/psp:svsm/psp; do
        enums=$(grep -rhoE --include='*.hpp' "$reasons" "${home%%:*}" 2>/dev/null | cut -d' ' -f3 | sort)
        for enum in $enums; do
            found=$((found + 1))
            tables=$(grep -rlE --include='*_test.cpp' "Reached<$enum," "tests/unit/${home#*:}" 2>/dev/null)
            expected=$(printf '%s\n' "$enums" | grep -cx "$enum")
            [ "$(printf '%s' "$tables" | grep -c .)" -ge "$expected" ] && continue
            echo "enum $enum of ${home%%:*}: no test of tests/unit/${home#*:} has a Reached<$enum, ...> for it;" \
                "add a table whose rows provoke each of its values"
            missing=$((missing + 1))
        done
    done
    echo "$found enums of reasons, $missing without a table"
    [ "$missing" -eq 0 ] && [ "$found" -gt 0 ]
}

self() {
    mkdir -p "$1/model" "$1/tests/unit/model" && cd "$1" || exit 2
    echo 'enum class LidRefusal : int { Shut };' >model/lid.hpp
    (check .) >/dev/null && { echo "an enum without a table passes"; exit 1; }
    echo 'Reached<LidRefusal, Name> table;' >tests/unit/model/lid_test.cpp
    (check .) || { echo "an enum with a table fails"; exit 1; }
}

if [ "$1" = --self ]; then
    scratch=$(mktemp -d) || exit 2
    trap 'rm -rf "$scratch"' EXIT
    self "$scratch"
else
    check "$1"
fi
