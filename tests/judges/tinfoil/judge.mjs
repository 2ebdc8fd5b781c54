// SPDX-License-Identifier: MIT
// @tinfoilsh/verifier as a judge: a line for each case that is named on stdin, "NAME yes" or "NAME no: its sentence".
// judge.mjs FOLDER [--amd]: FOLDER holds node_modules. Roots of its own are AMD's (--amd); else each case brings one.
import { readFileSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [folder, mode] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(join(folder, 'node_modules', name)));
const { Report } = await load('@tinfoilsh/verifier/dist/sev/report.js');
const { CertificateChain } = await load('@tinfoilsh/verifier/dist/sev/cert-chain.js');
const { verifyAttestation } = await load('@tinfoilsh/verifier/dist/sev/verify.js');
const { validateReport, defaultValidationOptions } = await load('@tinfoilsh/verifier/dist/sev/validation.js');
const { X509Certificate } = await load('@freedomofpress/sigstore-browser/dist/index.js');

function demandsOf(path) {
    const lines = readFileSync(join(path, 'demand'), 'utf8').trim().split('\n').map((line) => line.split(' '));
    return Object.fromEntries(lines.map(([name, value]) => [name, name === 'product' ? value : Buffer.from(value, 'hex')]));
}

// The widest policy that the case allows, in the judge's words.
function policyOf(bytes) {
    const policy = bytes.readBigUInt64LE(0), bit = (n) => (policy >> BigInt(n) & 1n) === 1n;
    return {
        abiMinor: Number(policy & 0xffn), abiMajor: Number(policy >> 8n & 0xffn), smt: bit(16), migrateMa: bit(18),
        debug: bit(19), singleSocket: bit(20), cxlAllowed: bit(21), memAes256Xts: bit(22), raplDis: bit(23),
        ciphertextHidingDram: bit(24), pageSwapDisabled: bit(25),
    };
}

async function judge(path) {
    const file = (name) => new Uint8Array(readFileSync(join(path, name)));
    const demands = demandsOf(path), report = new Report(file('report.bin'));
    const vcek = existsSync(join(path, 'vcek.der')) ? file('vcek.der') : new Uint8Array();
    const chain = mode === '--amd'
        ? await CertificateChain.fromReport(report, vcek)
        : new CertificateChain(...['root.der', 'ask.der'].map((name) => X509Certificate.parse(file(name))),
            X509Certificate.parse(vcek));
    const least = { blSpl: 0, teeSpl: 0, snpSpl: demands['least-snp'][0], ucodeSpl: 0 };
    await verifyAttestation(chain, report);
    validateReport(report, chain, {
        ...defaultValidationOptions, guestPolicy: policyOf(demands.policy), vmpl: demands.vmpl[0], minimumBuild: 0,
        minimumTcb: least, minimumLaunchTcb: least, platformInfo: { smtEnabled: true, aliasCheckComplete: true },
        measurement: new Uint8Array(demands.measurement), reportData: new Uint8Array(demands['report-data']),
    });
}

for (const path of readFileSync(0, 'utf8').split('\n').filter((line) => line !== '')) {
    const verdict = await judge(path).then(() => 'yes', (error) => {
        const texts = [];
        for (let at = error; at; at = at.cause) texts.push(at.message);
        return 'no: ' + texts.join(': ').replace(/\s+/g, ' ');
    });
    console.log(`${basename(path)} ${verdict}`);
}
