#!/bin/sh
# SPDX-License-Identifier: MIT
# launch.sh ADYTON RULES_IMAGE CASE: what the AMD-SP of the machine measures is what `image measure` predicts, it enforces
# policy and ID block, and its report is believed.
set -u
adyton=$1 maker=$2 name=$3
bin=$(dirname "$adyton")
chips=$(readlink -f "$(dirname "$0")/../../snpemu/chip")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

wrong() {
    printf 'FAIL %s: %s\n' "$name" "$*"
    for file in out err; do [ ! -e "$file" ] || { echo "--- $file"; cat "$file"; }; done
    exit 1
}
run() { # exit code, words
    wanted=$1 code=0
    shift
    "$adyton" run "$@" --cpus 1 --timeout 120 --verbose >out 2>err </dev/null || code=$?
    [ "$code" = "$wanted" ] || wrong "exit code $code instead of $wanted"
}
predicted() { "$adyton" image measure "$1" --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["digest"])'; }
# IMAGE words: the run is a success, and launched what was predicted.
launches() {
    digest=$(predicted "$1") || wrong "no digest of $1"
    run 0 "$@"
    grep -q "launch: digest $digest\$" err || wrong "the AMD-SP did not measure $digest"
}
build() { "$adyton" image build "$@" >/dev/null || wrong "no image: $*"; }
key() { openssl ecparam -name secp384r1 -genkey -noout -out "$1" 2>/dev/null || wrong 'openssl makes no key'; }
signed() { # IMAGE words
    image=$1
    shift
    key id.pem && key author.pem
    "$adyton" image sign "$image" --id-key id.pem "$@" -o "$image" >/dev/null || wrong 'not signed'
}
# A byte of the file, counted from its end, becomes another.
spoil() { printf '\125' | dd of="$1" bs=1 seek=$(($(stat -c %s "$1") - $2)) conv=notrunc 2>/dev/null; }

case $name in
    vmpl1) build bare -o x.igvm && launches x.igvm ;;
    vmpl2) build bare --vmpl 2 -o x.igvm && launches x.igvm ;;
    vmpl3) build bare --vmpl 3 -o x.igvm && launches x.igvm ;;
    vmpl0) build vmpl0 --vmpl 0 -o x.igvm && launches x.igvm ;;
    rights) # other rights are another digest, and `run` predicts it
        build bare -o x.igvm
        digest=$(predicted x.igvm)
        run 0 x.igvm --launch-rights rw
        grep -q 'launch: digest' err || wrong 'no digest'
        ! grep -q "launch: digest $digest\$" err || wrong 'the rights are not measured'
        ;;
    id-block)
        build bare -o x.igvm && signed x.igvm && launches x.igvm
        signed x.igvm --author-key author.pem --svn 3 && launches x.igvm
        ;;
    id-block-digest) # a byte of the image after it was signed
        build bare -o x.igvm && signed x.igvm && spoil x.igvm 5000
        run 2 x.igvm
        grep -q 'refuses the image: the ID block expects another launch digest (status 0x0b of the AMD-SP)' err ||
            wrong 'another sentence'
        ;;
    id-block-missing)
        build bare -o x.igvm && signed x.igvm
        run 4 x.igvm --adversary launch-without-id-block
        grep -q '^  ID block$' err || wrong 'the difference is not told'
        ;;
    id-block-other) # a host that passes another ID block on
        build bare -o x.igvm && signed x.igvm
        run 2 x.igvm --adversary launch-other-id-block
        grep -q 'refuses the image: the ID block expects another launch digest (status 0x0b of the AMD-SP)' err ||
            wrong 'another sentence'
        ;;
    policy-smt)
        build bare --policy no-smt -o x.igvm
        run 2 x.igvm
        grep -q 'the policy forbids SMT, and this platform has it (status 0x07 of the AMD-SP)' err || wrong 'another sentence'
        launches x.igvm --host-property smt-off
        ;;
    policy-hiding)
        build bare --policy ciphertext-hiding -o x.igvm
        run 2 x.igvm
        grep -q 'the policy wants ciphertext hiding (status 0x07' err || wrong 'another sentence'
        launches x.igvm --host-property ciphertext-hiding
        ;;
    policy-firmware)
        build bare --policy abi=1.56 -o x.igvm
        run 2 x.igvm
        grep -q 'the policy wants a newer firmware (status 0x07' err || wrong 'another sentence'
        build bare --policy abi=1.55 -o x.igvm && launches x.igvm
        ;;
    report-genoa | report-milan)
        chip=${name#report-}
        property=$([ "$chip" = genoa ] || echo "--host-property $chip")
        "$maker" build "$bin/rules/messages.elf" x.igvm a_report_says_what_was_launched_and_who_asks || wrong 'no image'
        # shellcheck disable=SC2086 # words on purpose
        run 0 x.igvm $property
        sed -n 's/^# report \([0-9a-f]*\)\r*$/\1/p' out | python3 -c \
            'import sys; open("report.bin", "wb").write(bytes.fromhex(sys.stdin.read().replace("\n", "")))'
        [ "$(stat -c %s report.bin)" = 1184 ] || wrong 'the guest printed no report'
        "$adyton" report verify report.bin --certs "$chips/$chip" --image x.igvm --emulated >verified 2>&1 ||
            { cat verified; wrong 'the report is not believed'; }
        printf 'x' | dd of=report.bin bs=1 seek=$((0x90)) conv=notrunc 2>/dev/null
        ! "$adyton" report verify report.bin --certs "$chips/$chip" --image x.igvm --emulated >verified 2>&1 ||
            wrong 'a changed measurement is believed'
        ;;
    *) wrong 'there is no such case' ;;
esac
