#!/bin/sh
# SPDX-License-Identifier: MIT
# attest.sh ADYTON ARGUMENTS...: the whole chain with a distribution's kernel. An image is built, its guest gets a nonce and hands out
# the SVSM's report and its own, and they are believed for that image and that nonce, and for no others.
set -u
adyton=$1
shift
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1
fail() {
    printf 'FAIL: %s\n' "$*"
    for file in log verdict; do [ ! -e $file ] || { printf -- '--- %s, its end\n' $file; tail -n 60 $file; }; done
    exit 1
}
verdict() { # exit code, words, svsm or guest, arguments of `report verify`
    wanted=$1 words=$2 name=$3 code=0
    shift 3
    "$adyton" report verify "out/$name.report" --certs "out/$name.certificates" --emulated "$@" >verdict 2>&1 || code=$?
    [ "$code" = "$wanted" ] || fail "$name: exit code $code instead of $wanted"
    grep -q -- "$words" verdict || fail "$name: there is no line '$words'"
}

head -c 64 /dev/urandom >nonce && head -c 64 /dev/urandom >another || exit 1
"$adyton" image build linux -o linux.igvm "$@" >log 2>&1 || fail 'no image'
"$adyton" image build bare -o bare.igvm >log 2>&1 || fail 'no other image'
"$adyton" run linux.igvm --cpus 1 --memory 1G --timeout 800 --out out --nonce nonce >log 2>&1 </dev/null ||
    fail "exit code $? of the run"
grep -q '^adyton: wrote to out: nonce guest.certificates guest.report svsm.certificates svsm.manifest svsm.report$' log ||
    fail 'other files came out'
cmp -s nonce out/nonce || fail 'another nonce is kept'

level=$(sed -n 's/.*SEV: SNP running at VMPL\([0-3]\)\..*/\1/p' log)

# A guest that has no files for us: a success that is told as what it is, and no folder.
code=0
"$adyton" run bare.igvm --cpus 1 --out nothing >log 2>&1 </dev/null || code=$?
[ $code = 2 ] && grep -q 'out nothing: the guest left the disk as it was' log && [ ! -e nothing ] ||
    fail 'a guest that wrote nothing is not told'

set -- --image linux.igvm --nonce nonce
verdict 0 '^verdict: yes' svsm --manifest out/svsm.manifest "$@"
verdict 0 '^ok  measurement: ' svsm --manifest out/svsm.manifest "$@"
verdict 0 '^verdict: yes' guest --vmpl "$level" "$@"
# Each forgery fails at its own line, and at no other.
refused() { # line, arguments
    line=$1
    shift
    verdict 1 "^NO  $line: " "$@"
    [ "$(grep -c '^NO ' verdict)" = 1 ] || fail "more than '$line' is wrong"
}
refused 'report data' svsm --manifest out/svsm.manifest --image linux.igvm --nonce another
refused 'report data' svsm --image linux.igvm --nonce nonce
refused measurement svsm --manifest out/svsm.manifest --image bare.igvm --nonce nonce
refused VMPL guest "$@"
refused VMPL svsm --manifest out/svsm.manifest --vmpl "$level" "$@"
