#!/bin/sh
# SPDX-License-Identifier: MIT
# mutations.sh RUN CASE: tests/mutations/run.sh in a tree of its own, with stand-ins for cmake, ninja and ctest: its
# "unit test" notices a missing check, its "fuzzer" a missing order, its run of the machine a missing bind. CMake reads
# the names of the cases from this file.
set -u
run=$1
name=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
tree=$scratch/tree
mkdir -p "$tree/tests/mutations" "$tree/tests/fuzz" "$tree/tests/system" "$tree/svsm" "$scratch/bin"
cp "$run" "$tree/tests/mutations/run.sh"
cd "$tree" || exit 1
printf '    check();\n    order();\n    bind();\n    nothing();\n' >svsm/a.cpp
printf 'two-pages | 0 | bare | x\n' >tests/system/runs.txt
printf 'add_fuzzer(sequence\n    RUNS 3 LIBRARIES x)\n' >tests/fuzz/CMakeLists.txt
printf '#!/bin/sh\nexec "$1"\n' >tests/fuzz/budget.sh
chmod +x tests/fuzz/budget.sh
git init -q . && printf 'build/\n' >.gitignore

stub() { { echo '#!/bin/sh' && cat; } >"$scratch/bin/$1" && chmod +x "$scratch/bin/$1"; }
stub cmake <<'END'
mkdir -p "$4/bin/fuzz" && touch "$4/build.ninja"
END
stub ninja <<'END'
source=$2/../../svsm/a.cpp
printf '#!/bin/sh\necho "[ RUN      ] A.checks"\ngrep -q check "%s"\n' "$source" >"$2/bin/svsm_tests"
printf '#!/bin/sh\ngrep -q order "%s" || { echo "FINDING: out of order"; exit 77; }\n' "$source" >"$2/bin/fuzz/sequence"
chmod +x "$2/bin/svsm_tests" "$2/bin/fuzz/sequence"
! grep -q 'does not compile' "$source"
END
stub ctest <<'END'
grep -q bind "$2/../../svsm/a.cpp" || { echo 'FAIL: exit code 3 instead of 0'; exit 8; }
END
PATH=$scratch/bin:$PATH

wrong() {
    echo "FAIL $name: $*"
    cat "$scratch/out"
    exit 1
}
mutations() { # arguments of run.sh; the rules come from stdin
    cat >tests/mutations/rules.txt
    code=0
    tests/mutations/run.sh "$@" >"$scratch/out" 2>&1 || code=$?
}
expect() { # code regex
    [ "$code" = "$1" ] || wrong "exit code $code instead of $1"
    grep -qE -- "$2" "$scratch/out" || wrong "no line matches '$2'"
}

case $name in
    noticed-by-a-unit-test)
        mutations <<'END'
gone | svsm/a.cpp | check(); |
END
        expect 0 '^gone +unit test A\.checks$'
        grep -q check build/mutations/tree/svsm/a.cpp || wrong 'the copy was left without it'
        ;;
    noticed-by-the-fuzzer)
        mutations <<'END'
gone | svsm/a.cpp | order(); |
END
        expect 0 '^gone +fuzzer: out of order$'
        ;;
    survived)
        mutations <<'END'
gone | svsm/a.cpp | nothing(); |
END
        expect 1 '^gone +SURVIVED$'
        ;;
    does-not-compile)
        mutations <<'END'
gone | svsm/a.cpp | check(); | does not compile
END
        expect 1 '^gone +DOES NOT COMPILE$'
        ;;
    run-of-the-machine-turns-red-too)
        mutations <<'END'
gone + machine.two-pages | svsm/a.cpp | ^ *[bc].*; |
END
        expect 0 '^gone +unit test A\.checks; machine\.two-pages: exit code 3 instead of 0$'
        ;;
    run-of-the-machine-stays-green)
        mutations <<'END'
gone + machine.two-pages | svsm/a.cpp | check(); |
END
        expect 1 '^gone +unit test A\.checks; machine\.two-pages STAYS GREEN$'
        ;;
    red-as-it-is)
        sed -i /check/d svsm/a.cpp
        mutations <<'END'
gone | svsm/a.cpp | order(); |
END
        expect 2 'the copy fails as it is: unit test A\.checks'
        ;;
    run-of-the-machine-red-as-it-is)
        sed -i /bind/d svsm/a.cpp
        mutations <<'END'
gone + machine.two-pages | svsm/a.cpp | check(); |
END
        expect 2 'machine\.two-pages fails as it is: exit code 3'
        ;;
    rules-that-do-not-fit)
        mutations --check <<'END'
# a comment | of | four | columns
fits | svsm/a.cpp | check(); |
old | svsm/a.cpp | check(page); |
fits | svsm/b.cpp | check(); |
odd + machine.nosuch | svsm/a.cpp | \(order | x
empty | svsm/a.cpp |  | x
END
        expect 2 "rules.txt: old: nothing in svsm/a.cpp is 'check\\(page\\);'"
        expect 2 'rules.txt: fits: the name comes twice'
        expect 2 "rules.txt: fits: there is no file 'svsm/b.cpp'"
        expect 2 "rules.txt: odd: no run is called 'machine.nosuch'"
        expect 2 'rules.txt: odd: sed does not take it'
        expect 2 'rules.txt: empty: it does not say what to look for'
        expect 2 '6 rules do not fit'
        [ ! -e build ] || wrong 'something was built'
        ;;
    no-rules)
        mutations --check <<'END'
# nothing
END
        expect 2 'there are none'
        ;;
    one-by-one)
        mutations --prepare <<'END'
first | svsm/a.cpp | check(); |
second | svsm/a.cpp | order(); |
END
        [ $code = 0 ] || wrong "exit code $code"
        tests/mutations/run.sh --prepared second >"$scratch/out" 2>&1 || code=$?
        expect 0 '^second +fuzzer: out of order$'
        ! grep -q first "$scratch/out" || wrong 'another rule was tried'
        ;;
    not-prepared)
        mutations --prepared gone <<'END'
gone | svsm/a.cpp | check(); |
END
        expect 2 'there is no copy yet'
        ;;
    unknown-name)
        mutations nosuch <<'END'
gone | svsm/a.cpp | check(); |
END
        expect 2 "no rule is called 'nosuch'"
        ;;
    *) wrong 'there is no such case' ;;
esac
