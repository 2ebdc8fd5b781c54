#!/bin/sh
# SPDX-License-Identifier: MIT
# front.sh ROOT CASE: the script ./adyton in a tree of its own, with stand-ins for apt-get, cmake and ninja, so that
# nothing is installed and nothing is built. CMake reads the names of the cases from this file.
set -u
root=$1
name=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
user=$(id -u)
setpriv=$(command -v setpriv)

# A tree with a blank in its name, and a PATH on which only the stand-ins and these tools are.
tree="$scratch/my tree"
mkdir -p "$tree/tools" "$scratch/bin"
cp "$root/adyton" "$root/CMakeLists.txt" "$tree/"
cp "$root/tools/help.txt" "$root/tools/welcome.txt" "$tree/tools/"
for tool in sh cat sed grep mkdir rm touch tail head flock readlink dirname env chmod sleep ln cp mv wc; do
    ln -s "$(command -v $tool)" "$scratch/bin/$tool"
done
PATH=$scratch/bin
TERM=dumb
export PATH TERM SCRATCH="$scratch"

stub() { # name, body from stdin
    { echo '#!/bin/sh' && cat; } >"$scratch/bin/$1"
    chmod +x "$scratch/bin/$1"
}
stub id <<'END'
echo 1000
END
# cmake configures; ninja builds a program that prints how it was called.
stub cmake <<'END'
echo "cmake $*" >>"$SCRATCH/calls"
mkdir -p "$2/build/release/bin"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$2" >"$2/build/release/CMakeCache.txt"
touch "$2/build/release/build.ninja"
END
stub ninja <<'END'
echo "ninja $3" >>"$SCRATCH/calls"
echo '[1/1] linking'
printf '#!/bin/sh\necho program\nfor word; do echo "<$word>"; done\nexit 3\n' >"$2/bin/adyton"
chmod +x "$2/bin/adyton"
END
provide_packages() {
    for program in clang++-19 ld.lld-19 llvm-symbolizer-19 qemu-system-x86_64 iasl xz; do stub $program </dev/null; done
}

wrong() {
    echo "FAIL $name: $*"
    for file in stdout stderr calls; do
        echo "--- $file" && cat "$scratch/$file" 2>/dev/null
    done
    exit 1
}
front() {
    code=0
    "$tree/adyton" "$@" >"$scratch/stdout" 2>"$scratch/stderr" || code=$?
}
expect_code() { [ $code = "$1" ] || wrong "exit code $code instead of $1"; }
expect() { grep -qE -- "$2" "$scratch/$1" || wrong "$1 does not match '$2'"; }
expect_no_calls() { [ ! -e "$scratch/calls" ] || wrong 'something was built'; }

case $name in
    no-arguments) front && expect_code 0 && expect stdout 'adyton run' && expect_no_calls ;;
    help) front --help && expect_code 0 && expect stdout 'Exit codes' && expect_no_calls ;;
    version) front --version && expect_code 0 && expect stdout '^adyton [0-9.]+$' && expect_no_calls ;;
    command-unknown)
        front fly
        expect_code 2
        expect stderr "^adyton: error: there is no command 'fly'"
        expect_no_calls
        ;;
    builds-and-becomes-the-program)
        provide_packages
        front run 'a b' '*' --cpus 2
        expect_code 3
        [ "$(cat "$scratch/stdout")" = "$(printf 'program\n<run>\n<a b>\n<*>\n<--cpus>\n<2>')" ] || wrong 'arguments changed'
        expect calls 'ninja programs'
        ;;
    coverage-is-built-apart)
        provide_packages
        stub cmake <<'END'
echo "cmake $*" >>"$SCRATCH/calls"
mkdir -p "$2/build/$4/bin"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$2" >"$2/build/$4/CMakeCache.txt"
touch "$2/build/$4/build.ninja"
END
        front test --coverage
        expect_code 3
        expect calls 'preset coverage'
        expect calls 'ninja unit_tests'
        ;;
    fuzz-builds-its-targets) provide_packages && front fuzz --list && expect_code 3 && expect calls 'ninja fuzzers' ;;
    test-builds-everything) provide_packages && front test && expect_code 3 && expect calls 'ninja all' ;;
    configures-once)
        provide_packages
        front run
        front run
        [ "$(grep -c cmake "$scratch/calls")" = 1 ] || wrong 'configured again'
        ;;
    moved-tree)
        provide_packages
        front run
        cp -r "$tree" "$scratch/elsewhere"
        tree=$scratch/elsewhere
        front run
        [ "$(grep -c cmake "$scratch/calls")" = 2 ] || wrong 'a foreign configuration was used'
        ;;
    moved-tree-keeps-what-was-not-built)
        provide_packages
        front run
        mkdir -p "$tree/build/release/fuzz/corpus/sequence" "$tree/build/release/CMakeFiles"
        echo week >"$tree/build/release/fuzz/corpus/sequence/input"
        echo notes >"$tree/build/release/notes"
        touch "$tree/build/release/.ninja_log"
        mv "$tree" "$scratch/elsewhere"
        tree=$scratch/elsewhere
        front run
        expect_code 3
        expect stderr 'this tree was moved or copied; building it anew'
        [ "$(cat "$tree/build/release/fuzz/corpus/sequence/input")" = week ] || wrong 'the corpus is gone'
        [ "$(cat "$tree/build/release/notes")" = notes ] || wrong 'a file of the users is gone'
        # What ninja remembers is about the old place: all of it is made again.
        [ ! -e "$tree/build/release/.ninja_log" ] && [ ! -e "$tree/build/release/CMakeFiles" ] || wrong 'an old memory is left'
        grep -q "cmake.*$scratch/elsewhere" "$scratch/calls" || wrong 'it was not configured again'
        ;;
    stdout-full)
        for word in '' --help --version; do
            code=0
            # No word at all is a case as well.
            "$tree/adyton" ${word:+"$word"} >/dev/full 2>"$scratch/stderr" || code=$?
            expect_code 2
            expect stderr '^adyton: error: cannot write to stdout'
        done
        ;;
    through-a-link)
        provide_packages
        ln -s "$tree/adyton" "$scratch/link"
        cd / && code=0
        "$scratch/link" run >"$scratch/stdout" 2>"$scratch/stderr" || code=$?
        expect_code 3
        ;;
    missing-and-no-way-to-install)
        stub apt-get </dev/null
        stub sudo <<'END'
exit 1
END
        front run
        expect_code 2
        expect stderr 'clang-19: the compiler'
        expect stderr '^  sudo apt-get update && sudo apt-get install -y --no-install-recommends .*clang-19 .*lld-19'
        expect_no_calls
        ;;
    missing-and-no-apt)
        front run
        expect_code 2
        expect stderr "only Debian's apt-get is known"
        ;;
    installs-as-root)
        stub id <<'END'
echo 0
END
        stub apt-get <<'END'
echo "apt-get $DEBIAN_FRONTEND $*" >>"$SCRATCH/calls"
[ "$2" = update ] || for program in clang++-19 ld.lld-19 llvm-symbolizer-19 qemu-system-x86_64 iasl xz; do
    ln -sf "$SCRATCH/bin/cmake" "$SCRATCH/bin/$program"
done
END
        front run
        expect_code 3
        expect calls '^apt-get noninteractive -q update$'
        expect calls '^apt-get noninteractive -q install .*--no-install-recommends .*clang-19 lld-19 llvm-19'
        ;;
    installs-with-sudo)
        stub sudo <<'END'
echo "sudo $*" >>"$SCRATCH/calls"
END
        stub apt-get </dev/null
        front run
        expect_code 2
        expect calls '^sudo -n env DEBIAN_FRONTEND=noninteractive apt-get'
        expect stderr 'still missing: clang-19'
        ;;
    installation-fails)
        stub id <<'END'
echo 0
END
        stub apt-get <<'END'
echo 'E: no network'
exit 100
END
        front run
        expect_code 2
        expect stderr '^E: no network'
        expect stderr 'could not be installed; the full log is'
        ;;
    build-fails)
        provide_packages
        stub ninja <<'END'
echo '[1/2] compiling'
echo 'x.cpp:1:1: error: nonsense'
exit 1
END
        front run
        expect_code 2
        expect stderr 'x.cpp:1:1: error: nonsense'
        expect stderr 'the build failed; the full log is'
        ;;
    read-only-tree)
        provide_packages
        front run
        chmod -R a+rX "$scratch"
        chmod a-w "$tree/build"
        # Root writes everywhere, so root becomes another user.
        become=
        [ "$user" != 0 ] || become="$setpriv --reuid 65534 --clear-groups"
        code=0
        # shellcheck disable=SC2086
        $become "$tree/adyton" run >"$scratch/stdout" 2>"$scratch/stderr" || code=$?
        chmod u+w "$tree/build"
        expect_code 3
        expect stdout '^program$'
        ;;
    second-build-waits)
        provide_packages
        mkdir -p "$tree/build"
        flock "$tree/build/.lock" sleep 1 &
        sleep 0.3
        front run
        expect_code 3
        expect stderr 'waiting for another adyton'
        ;;
    *) wrong 'there is no such case' ;;
esac
