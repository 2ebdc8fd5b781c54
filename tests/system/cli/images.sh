#!/bin/sh
# SPDX-License-Identifier: MIT
# images.sh ADYTON CASE: images as files: measured, signed, the same bytes wherever they are built. CMake reads the names
# of the cases.
set -u
. "$(dirname "$0")/common.sh"

succeeds() { # arguments...
    observe "$@"
    expect_code 0
    expect_silence stderr
    expect_clean
    awk 'length > 80 { exit 1 }' "$scratch/out/stdout" || wrong 'a line is longer than 80 columns'
}
digest_of() { "$adyton" image measure -q "$1"; }
build() { "$adyton" image build -o "$@" >/dev/null 2>&1 || wrong "no image: image build -o $*"; }
key() { openssl ecparam -name secp384r1 -genkey -noout -out "$1" 2>/dev/null || wrong 'openssl makes no key'; }
digits='[0-9a-f]'

case $name in
    measure)
        succeeds image build -o demo.igvm
        expect_stdout "^  launch digest     $digits{48}$"
        sed -n 2,3p "$scratch/out/stdout" >built
        succeeds image measure demo.igvm
        sed -n 2,3p "$scratch/out/stdout" | cmp -s - built || wrong 'build and measure disagree'
        expect_stdout '^demo.igvm: [0-9]+ pages, policy 0x30000$'
        expect_stdout '^note: KVM makes the boot VMSA anew'
        [ "$(digest_of demo.igvm | wc -c)" = 97 ] || wrong '--quiet is not one line of 96 digits'
        [ "$(digest_of demo.igvm)" = "$(sed 's/.* //' built | tr -d '\n')" ] || wrong '--quiet has another digest'
        ;;
    measure-json)
        build demo.igvm
        observe image measure --json demo.igvm
        expect_code 0
        python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["digest"] == sys.argv[1] and d["loader"] == "qemu"' \
            "$(digest_of demo.igvm)" <"$scratch/out/stdout" || wrong 'the JSON has another digest'
        ;;
    measure-another-byte)
        build demo.igvm
        before=$(digest_of demo.igvm)
        printf 'x' | dd of=demo.igvm bs=1 seek=$(($(stat -c %s demo.igvm) - 5000)) conv=notrunc 2>/dev/null
        [ "$(digest_of demo.igvm)" != "$before" ] || wrong 'a changed page has the same digest'
        ;;
    measure-refuses)
        : >empty
        refused 'empty is not a usable IGVM image: the file is too short' image measure empty
        head -c 5000 "$adyton" >other
        refused 'does not start with the IGVM magic number \(byte 0x0\)' image measure other
        build demo.igvm
        head -c 9000 demo.igvm >cut
        refused 'the file is not as long as its IGVM header says \(byte 0x10\)' image measure cut
        refused 'cannot read nosuch: No such file' image measure nosuch
        refused 'is not a regular file' image measure .
        refused 'name an IGVM file, or --firmware FILE' image measure
        refused 'name an IGVM file, or --firmware FILE' image measure demo.igvm --firmware other
        refused "there is no loader 'grub'; choose from: qemu, igvmmeasure" image measure demo.igvm --loader grub
        refused 'leave out the options of --firmware' image measure demo.igvm --vcpus 2
        refused 'exclude each other' image measure demo.igvm --json --quiet
        ;;
    measure-firmware-refuses)
        head -c 8192 /dev/zero >none.fd
        refused "none.fd is not a firmware for SEV-SNP: the file does not end with OVMF's table" image measure --firmware none.fd
        head -c 100 /dev/zero >short.fd
        refused 'whole pages of 4 KiB' image measure --firmware short.fd
        refused '--vcpus 0 is not possible; choose 1 to 512' image measure --firmware none.fd --vcpus 0
        refused "no CPU model 'i486'; choose from: EPYC" image measure --firmware none.fd --cpu i486
        refused '--cpu 0x1ffffffff does not fit' image measure --firmware none.fd --cpu 0x1ffffffff
        refused '--guest-features 0xg is not a number' image measure --firmware none.fd --guest-features 0xg
        refused 'in the digest with --kernel-hashes only' image measure --firmware none.fd --kernel none.fd
        refused '--kernel-hashes needs --kernel' image measure --firmware none.fd --kernel-hashes
        refused 'are about IGVM files' image measure --firmware none.fd --loader igvmmeasure
        ;;
    build-policy)
        succeeds image build --policy no-smt,abi=1.55,ciphertext-hiding,no-page-swap -o strict.igvm
        succeeds image inspect strict.igvm
        expect_stdout '^  guest policy     0x3020137$'
        expect_stdout '^ +abi=1.55, no-smt, ciphertext-hiding, no-page-swap$'
        expect_stdout 'pages stay ' # bit 25: the SVSM relies on it
        succeeds image build --policy debug -o debug.igvm
        expect_stdout "^note: with the policy 'debug' the host reads and writes the guest's memory$"
        refused "there is no policy 'smt'; choose from: abi=MAJOR.MINOR, no-smt" image build --policy smt -o x.igvm
        ;;
    reproducible)
        build first.igvm
        mkdir -p "elsewhere/a folder" home
        # Another folder, user, umask, time, zone, locale and home; and the programs themselves in another place.
        mkdir -p moved/guests && cp "$adyton" "$bin/svsm.elf" moved/ && cp "$bin/guests/demo.elf" moved/guests/
        moved=$PWD/moved/adyton
        chmod 755 "$scratch" "$scratch/work" && chmod 777 "elsewhere/a folder"
        (
            cd "elsewhere/a folder" && umask 077
            sleep 1.1 # a time stamp has another second
            as=''
            [ "$(id -u)" != 0 ] || as='setpriv --reuid 65534 --regid 65534 --clear-groups'
            # Words on purpose.
            # shellcheck disable=SC2086
            $as env -i PATH="$PATH" HOME="$PWD" TZ=Asia/Kathmandu LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 \
                SOURCE_DATE_EPOCH=1 "$moved" image build demo -o second.igvm >told
        ) || wrong 'the second build failed'
        cmp first.igvm "elsewhere/a folder/second.igvm" || wrong 'the bytes depend on where they are made'
        sed -n 2,3p "elsewhere/a folder/told" | sed 's/.* //' | tr -d '\n' >digest
        [ "$(cat digest)" = "$(digest_of first.igvm)" ] || wrong 'the digests differ'
        ;;
    sign)
        build demo.igvm
        key id.pem && key author.pem
        succeeds image sign demo.igvm --id-key id.pem --author-key author.pem --svn 3 -o signed.igvm --words words
        expect_stdout "^adyton: signed demo.igvm: policy 0x30000, SVN 3$"
        expect_stdout "^  author key digest $digits{48}$"
        [ "$(digest_of signed.igvm)" = "$(digest_of demo.igvm)" ] || wrong 'signing changes the digest'
        grep -qE '^id-block=[A-Za-z0-9+/]{128},id-auth=[A-Za-z0-9+/]+==,author-key-enabled=on$' words ||
            wrong 'the words are not what QEMU takes'
        succeeds image inspect signed.igvm
        expect_stdout '^  ID block         version 1, guest SVN 3, with an author key$'
        cp signed.igvm first && cp words first.words
        succeeds image sign signed.igvm --id-key id.pem --author-key author.pem --svn 3 -o signed.igvm --words words
        cmp first signed.igvm && cmp first.words words || wrong 'the same keys sign otherwise the second time'
        # OpenSSL agrees with the signature: 72-byte numbers, least significant byte first.
        python3 - words id.pem <<'END' || wrong 'the signature does not verify'
import base64, subprocess, sys
words = dict(word.split('=', 1) for word in open(sys.argv[1]).read().strip().split(','))
block, auth = (base64.b64decode(words[name]) for name in ('id-block', 'id-auth'))
assert len(block) == 96 and len(auth) == 4096
def number(at):
    value = int.from_bytes(auth[at:at + 72], 'little').to_bytes(48, 'big').lstrip(b'\0')
    value = b'\0' + value if value[0] & 128 else value
    return b'\x02' + bytes([len(value)]) + value
pair = number(0x40) + number(0x88)
open('block', 'wb').write(block)
open('signature', 'wb').write(b'\x30' + bytes([len(pair)]) + pair)
subprocess.check_call(['openssl', 'ec', '-in', sys.argv[2], '-pubout', '-out', 'public'], stderr=subprocess.DEVNULL)
subprocess.check_call(['openssl', 'dgst', '-sha384', '-verify', 'public', '-signature', 'signature', 'block'],
                      stdout=subprocess.DEVNULL)
END
        ;;
    sign-and-change)
        build demo.igvm
        key id.pem
        "$adyton" image sign demo.igvm --id-key id.pem -o demo.igvm >/dev/null || wrong 'not signed'
        printf 'x' | dd of=demo.igvm bs=1 seek=$(($(stat -c %s demo.igvm) - 5000)) conv=notrunc 2>/dev/null
        succeeds image measure demo.igvm
        expect_stdout "^note: the file's ID block expects another digest"
        ;;
    sign-refuses)
        build demo.igvm
        key id.pem
        openssl ecparam -name prime256v1 -genkey -noout -out small.pem 2>/dev/null
        openssl genpkey -algorithm ED25519 -out edwards.pem 2>/dev/null
        openssl ec -in id.pem -pubout -out public.pem 2>/dev/null
        openssl ec -in id.pem -aes256 -passout pass:word -out locked.pem 2>/dev/null
        sign="image sign demo.igvm -o x.igvm --id-key"
        # Words on purpose.
        # shellcheck disable=SC2086
        {
            refused 'an EC key of the curve prime256v1; ID blocks are signed with P-384' $sign small.pem
            refused 'a key of kind ED25519' $sign edwards.pem
            refused 'public.pem holds no private key in PEM; make one: openssl ecparam' $sign public.pem
            : >none.pem && refused 'none.pem holds no private key in PEM' $sign none.pem
            refused 'locked.pem holds an encrypted key; decrypt it first' $sign locked.pem
            refused 'cannot read nosuch.pem' $sign nosuch.pem
            refused '--family-id 12 is not 16 bytes' $sign id.pem --family-id 12
            refused '--svn -1 is not possible' $sign id.pem --svn=-1
            refused 'the policy of an image is fixed' $sign id.pem --policy debug
        }
        refused '--id-key is missing' image sign demo.igvm -o x.igvm
        refused 'name where the ID block goes' image sign demo.igvm --id-key id.pem
        refused 'a firmware carries no ID block' image sign --firmware demo.igvm --id-key id.pem -o x.igvm
        refused 'only one output can be stdout' image sign demo.igvm --id-key id.pem -o - --words -
        [ ! -e x.igvm ] || wrong 'something was written'
        ;;
    inspect-json)
        build demo.igvm
        observe image inspect --json demo.igvm
        expect_code 0
        python3 -c 'import json, sys; d = json.load(sys.stdin)
assert d["usable"] and d["platforms"] == ["SEV-SNP"] and d["boot_block"]["guest"] == "demo"
assert {"PAGE_DATA", "GUEST_POLICY", "VP_CONTEXT", "REQUIRED_MEMORY"} <= {h["name"] for h in d["headers"]}' \
            <"$scratch/out/stdout" || wrong 'the JSON does not say what the image holds'
        ;;
    *) wrong 'there is no such case' ;;
esac
