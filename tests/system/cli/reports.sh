#!/bin/sh
# SPDX-License-Identifier: MIT
# reports.sh ADYTON CASE: attestation reports shown and verified. Their keys and certificates come from the openssl program
# (make_report.py). CMake reads the names of the cases.
set -u
. "$(dirname "$0")/common.sh"

nonce=$(printf '%0128d' 7)
expect_narrow() { awk 'length > 80 { exit 1 }' "$scratch/out/stdout" || wrong 'a line is longer than 80 columns'; }
# A report of the image demo.igvm, and the chain in the folder certs.
make_report() { # policy [report data]
    "$adyton" image build -o demo.igvm >/dev/null 2>&1 || wrong 'no image'
    mkdir made certs
    python3 "$here/make_report.py" made "$("$adyton" image measure -q demo.igvm)" "$1" "${2:-$nonce}" || wrong 'no report'
    cp made/ark.pem made/ask.pem made/vcek.der certs/
    cp made/report.bin .
}
verify() { # options...: exit code 0
    observe report verify report.bin --certs certs "$@"
    expect_code 0
    expect_narrow
    expect_stdout '^verdict: yes, the report is what it says'
    expect_silence stderr
    expect_clean
}
says_no() { # regex options...: exit code 1, and that line
    line=$1
    shift
    observe report verify report.bin "$@"
    expect_code 1
    expect_narrow
    expect_stdout "$line"
    [ "$(tail -1 "$scratch/out/stdout" | cut -c1-12)" = 'verdict: NO:' ] || wrong 'the last line is no verdict'
    expect_silence stderr
    expect_clean
}
flip() { python3 -c 'import sys
name, at = sys.argv[1], int(sys.argv[2], 0)
data = bytearray(open(name, "rb").read()); data[at] ^= 1; open(name, "wb").write(data)' "$@"; }

case $name in
    chip) # the files of the emulated chips, judged by openssl
        for chip in genoa milan; do
            files=$here/../../../snpemu/chip/$chip
            for one in ark ask vcek; do
                openssl x509 -inform DER -in "$files/$one.der" -out "$one.pem" || wrong "$chip/$one.der is no certificate"
                openssl x509 -in "$one.pem" -noout -subject -nameopt RFC2253 |
                    grep -q 'serialNumber=ADYTON-EMULATED-NOT-AMD' || wrong "$chip/$one.der is not marked"
                openssl x509 -in "$one.pem" -noout -enddate | grep -q 2099 || wrong "$chip/$one.der ends too early"
            done
            openssl verify -CAfile ark.pem -untrusted ask.pem vcek.pem || wrong "the chain of $chip does not hold"
            openssl ec -in "$files/vcek.key" -pubout 2>/dev/null >one
            openssl x509 -in vcek.pem -noout -pubkey | cmp - one || wrong "vcek.key is not the key of $chip"
            openssl ec -in "$files/vcek.key" -outform DER 2>/dev/null | tail -c +9 | head -c 48 | cmp - "$files/vcek.bin" ||
                wrong "vcek.bin is not the key of $chip"
        done
        ;;
    show)
        make_report 0x30000
        observe report show report.bin
        expect_code 0
        expect_narrow
        expect_stdout '^report.bin: attestation report, not verified$'
        expect_stdout '^  reported TCB     bootloader 10, TEE 0, SNP 23, microcode 84$'
        expect_stdout '^  chip             Genoa: family 0x19, model 0x11, stepping 1$'
        observe report show report.bin --json
        expect_code 0
        python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["measurement"] == sys.argv[1] and d["vcek_address"]' \
            "$("$adyton" image measure -q demo.igvm)" <"$scratch/out/stdout" || wrong 'the JSON has another measurement'
        ;;
    show-refuses)
        : >empty && refused 'empty is no report: it has 0x0 bytes, and a report has 0x4a0' report show empty
        head -c 1216 /dev/zero >message && refused 'message has 0x4c0 bytes.*leave out its first 0x20' report show message
        head -c 1184 /dev/zero >zeros && refused 'zeros: byte 0x0: version 0 of the report is not known; 2 to 5 are' report show zeros
        refused 'cannot read nosuch' report show nosuch
        refused 'is not a regular file' report show .
        mkfifo pipe && refused 'is not a regular file' report show pipe
        refused "needs one more word; see adyton report --help\$" report
        refused 'FILE is missing; see adyton report show --help$' report show
        ;;
    verify)
        make_report 0x30000
        verify --image demo.igvm --nonce "$nonce" --root made/ark.pem
        expect_stdout '^EMULATED: '
        expect_stdout '^ok  measurement: what was launched is demo.igvm$'
        expect_stdout '^ok  signature: ECDSA P-384'
        sed '1,/^EMULATED: /d' "$scratch/out/stdout" | grep -q '^verdict: yes' || wrong 'EMULATED does not stand before the verdict'
        verify --image demo.igvm --emulated # the nonce was not asked for, and the verdict says so
        expect_stdout 'not looked at:'
        expect_stdout '^--  report data: not compared, so the report may be old'
        ;;
    verify-json)
        make_report 0x30000
        observe report verify report.bin --certs certs --emulated --json
        expect_code 0
        python3 -c 'import json, sys; d = json.load(sys.stdin); assert d["verdict"] and d["emulated"] and len(d["checks"]) > 30' \
            <"$scratch/out/stdout" || wrong 'the JSON has another verdict'
        ;;
    verify-table)
        make_report 0x30000
        observe report verify report.bin --certs made/table --emulated
        expect_code 0
        flip made/table 0x1000
        says_no '^NO  ' --certs made/table --emulated
        ;;
    verify-manifest)
        printf 'a manifest' >manifest
        printf %s "$nonce" | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))' >nonce
        make_report 0x30000 "$(cat nonce manifest | sha512sum | cut -c1-128)"
        verify --nonce nonce --manifest manifest --emulated
        expect_stdout '^ok  report data: it is the SHA-512 of nonce and manifest$'
        printf 'A manifest' >manifest
        says_no '^NO  report data: ' --certs certs --nonce nonce --manifest manifest --emulated
        ;;
    verify-says-no)
        make_report 0x30000
        says_no '^NO  root: the chip is emulated, and its key is public' --certs certs
        says_no '^NO  VMPL: 0, and --vmpl asks for 1' --certs certs --emulated --vmpl 1
        says_no '^NO  report data: it is not the nonce' --certs certs --emulated --nonce "$(printf '%0128d' 8)"
        "$adyton" image build --no-page-swap -o strict.igvm >/dev/null
        says_no '^NO  measurement: another program was launched' --certs certs --emulated --image strict.igvm
        expect_stdout '^NO  policy: the image asks for pages that stay in place'
        expect_stdout '^NO  page moves: the host may move pages'
        printf 'date 2026-11-28\nold | Genoa | demand | snp>=24 | here\n' >floor
        says_no '^NO  attack old: not excluded: the report would have to show snp>=24' --certs certs --emulated --floor floor
        mkdir some && cp certs/ark.pem certs/ask.pem some/
        says_no '^NO  certificates: there is no VCEK among them' --certs some --emulated
        cp report.bin whole
        flip report.bin 0x90
        says_no '^NO  signature: ' --certs certs --emulated
        head -c 1000 whole >report.bin
        says_no '^NO  format: report.bin is no report' --certs certs --emulated
        ;;
    verify-debug)
        make_report 0xb0000
        says_no '^NO  debugging: the policy lets the host read and write' --certs certs --emulated
        verify --allow-debug --emulated
        ;;
    verify-refuses)
        : >r && mkdir empty && echo hello >text
        refused 'name the certificates of its key with --certs' report verify r
        refused 'cannot read nosuch' report verify nosuch --certs text
        refused 'cannot read nosuch' report verify r --certs nosuch
        refused 'has no file that ends in .pem' report verify r --certs empty
        refused 'text holds no certificate in PEM' report verify r --certs text --root text
        refused 'r holds no certificate in PEM' report verify r --certs text --root r
        refused '--nonce ab is neither 128 hexadecimal digits nor a file' report verify r --certs text --nonce ab
        refused '--nonce: text has 6 bytes, and a nonce has 64' report verify r --certs text --nonce text
        refused '--manifest needs --nonce' report verify r --certs text --manifest text
        refused 'text is not a usable IGVM image' report verify r --certs text --image text
        refused '--vmpl 4 is no level; write 0, 1, 2 or 3' report verify r --certs text --vmpl 4
        refused 'text: line 1: 1 columns; a line has 5' report verify r --certs text --floor text
        refused 'not expected: --quick; see adyton report verify --help$' report verify r --quick
        ;;
    *) wrong 'there is no such case' ;;
esac
