#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
# make_report.py FOLDER MEASUREMENT POLICY REPORT_DATA: a chain of certificates made by the openssl program alone, and a
# report that its VCEK signs, of an emulated Genoa. Written from the documents a second time, so that a mistake of the
# verifier's is not made here as well; only the RSA keys are those of the unit tests, because making some takes seconds.
# Leaves ark.pem, ask.pem, vcek.der, table and report.bin in FOLDER.
import hashlib, pathlib, re, struct, subprocess, sys

folder, measurement, policy, data = sys.argv[1:5]
work = pathlib.Path(folder)
chip_id = b'ADYTON EMULATED CHIP ' + b'0' * 43
bootloader, tee, snp, microcode = 10, 0, 23, 84
pss = '-sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 -sigopt rsa_mgf1_md:sha384'.split()


def openssl(*words):
    return subprocess.run(['openssl', *words], cwd=work, check=True, capture_output=True).stdout


def subject(name):
    return ('/OU=Engineering/C=US/L=Santa Clara/ST=CA/O=Advanced Micro Devices'
            f'/CN={name}/serialNumber=ADYTON-EMULATED-NOT-AMD')


def amd(number, der):
    return f'1.3.6.1.4.1.3704.1.{number}=DER:{der.hex()}'


def integer(value):
    return bytes([2, 1, value]) if value < 128 else bytes([2, 2, 0, value])


crl = 'crlDistributionPoints=URI:https://kdsintf.amd.com/vcek/v1/Genoa/crl'
sections = {
    'ark': ['keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash', 'basicConstraints=critical,CA:true', crl],
    'ask': ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid', 'basicConstraints=critical,CA:true,pathlen:0',
            'keyUsage=critical,keyCertSign', crl],
    'vcek': ['subjectKeyIdentifier=none', 'authorityKeyIdentifier=none', amd('1', integer(0)),
             amd('2', b'\x16\x05Genoa'), amd('3.1', integer(bootloader)), amd('3.2', integer(tee)),
             *(amd(f'3.{spare}', integer(0)) for spare in (4, 5, 6, 7)), amd('3.3', integer(snp)),
             amd('3.8', integer(microcode)), amd('4', chip_id)],
}
(work / 'conf').write_text('[req]\ndistinguished_name=dn\n[dn]\n' +
                           ''.join(f'[{name}]\n' + '\n'.join(lines) + '\n' for name, lines in sections.items()))


def make(name, common_name, issuer, serial):
    openssl('req', '-new', '-key', f'{name}.key', '-config', 'conf', '-subj', subject(common_name), '-out', f'{name}.csr')
    signer = ['-signkey', 'ark.key'] if issuer == name else ['-CA', f'{issuer}.pem', '-CAkey', f'{issuer}.key']
    openssl('x509', '-req', '-in', f'{name}.csr', *signer, '-set_serial', str(serial), '-days', '3650', *pss,
            '-extfile', 'conf', '-extensions', name, '-out', f'{name}.pem')
    openssl('x509', '-in', f'{name}.pem', '-outform', 'DER', '-out', f'{name}.der')
    return (work / f'{name}.der').read_bytes()


header = pathlib.Path(__file__).resolve().parents[2] / 'unit/tools/report/keys.hpp'
lines = re.findall(r'"(.*)\\n"', header.read_text())
for name, pem in zip(('ark', 'ask'), re.findall('-----BEGIN.*?-----END PRIVATE KEY-----', '\n'.join(lines), re.DOTALL)):
    (work / f'{name}.key').write_text(pem + '\n')
openssl('ecparam', '-name', 'secp384r1', '-genkey', '-noout', '-out', 'vcek.key')
ders = [make('ark', 'ARK-Genoa', 'ark', 0x20000), make('ask', 'SEV-Genoa', 'ark', 0x20002), make('vcek', 'SEV-VCEK', 'ask', 0)]

tcb = bytes([bootloader, tee, 0, 0, 0, 0, snp, microcode])
firmware = bytes([1, 55, 1, 0])
report = bytearray(0x4a0)
for at, part in [(0x00, struct.pack('<IIQ', 3, 0, int(policy, 0))), (0x30, struct.pack('<II', 0, 1)), (0x38, tcb),
                 (0x40, struct.pack('<QI', 0x21, 0)), (0x50, bytes.fromhex(data)), (0x90, bytes.fromhex(measurement)),
                 (0x140, hashlib.sha256(b'id').digest()), (0x160, b'\xff' * 32), (0x180, tcb), (0x188, b'\x19\x11\x01'),
                 (0x1a0, chip_id), (0x1e0, tcb), (0x1e8, firmware + firmware), (0x1f0, tcb)]:
    report[at:at + len(part)] = part
(work / 'signed').write_bytes(report[:0x2a0])
pair = openssl('dgst', '-sha384', '-sign', 'vcek.key', 'signed')
at = 2 if pair[1] < 128 else 3
for to in (0x2a0, 0x2e8):
    number = pair[at + 2:at + 2 + pair[at + 1]].lstrip(b'\0')[::-1]
    report[to:to + len(number)] = number
    at += 2 + pair[at + 1]
(work / 'report.bin').write_bytes(report)

guids = {'vcek': '8d75da6364e66445adc5f4b93be8accd', 'ask': '79b3b74aacbbe44fa02f05aef327c782',
         'ark': 'a406b4c003a8524997433fb6014cd0ae'}
table, blobs, offset = b'', b'', 24 * 4
for name, der in zip(('ark', 'ask', 'vcek'), ders):
    table += bytes.fromhex(guids[name]) + struct.pack('<II', offset + len(blobs), len(der))
    blobs += der
(work / 'table').write_bytes(table + bytes(24) + blobs)
