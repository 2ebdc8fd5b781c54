// SPDX-License-Identifier: MIT
// go-sev-guest as a judge: a line for each case, "NAME yes" or "NAME no: its sentence".
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/go-sev-guest/abi"
	"github.com/google/go-sev-guest/kds"
	spb "github.com/google/go-sev-guest/proto/sevsnp"
	"github.com/google/go-sev-guest/validate"
	"github.com/google/go-sev-guest/verify"
	"github.com/google/go-sev-guest/verify/testdata"
	"github.com/google/go-sev-guest/verify/trust"
)

// What a case asks for: the lines "name value" of its file demand.
func demandsOf(folder string) (map[string][]byte, string, error) {
	text, err := os.ReadFile(filepath.Join(folder, "demand"))
	if err != nil {
		return nil, "", err
	}
	all, product := map[string][]byte{}, ""
	for _, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		name, value, _ := strings.Cut(line, " ")
		if name == "product" {
			product = value
			continue
		}
		if all[name], err = hex.DecodeString(value); err != nil {
			return nil, "", err
		}
	}
	return all, product, nil
}

func littleEndian(bytes []byte) uint64 {
	value := uint64(0)
	for i, b := range bytes {
		value |= uint64(b) << (8 * i)
	}
	return value
}

// The root is what the case trusts, or with `useAmds` AMD's, of which the package has the one for Milan.
func rootsOf(folder, product string, useAmds bool) (map[string][]*trust.AMDRootCerts, error) {
	root := trust.AMDRootCertsProduct(product)
	if useAmds {
		return map[string][]*trust.AMDRootCerts{product: {root}}, root.FromKDSCertBytes(testdata.MilanVcekBytes)
	}
	ark, err := os.ReadFile(filepath.Join(folder, "root.der"))
	if err != nil {
		return nil, err
	}
	ask, err := os.ReadFile(filepath.Join(folder, "ask.der"))
	if err != nil {
		return nil, err
	}
	return map[string][]*trust.AMDRootCerts{product: {root}}, root.Decode(ask, ark)
}

func judge(folder string, useAmds bool) error {
	demands, product, err := demandsOf(folder)
	if err != nil {
		return err
	}
	report, err := os.ReadFile(filepath.Join(folder, "report.bin"))
	if err != nil {
		return err
	}
	if len(report) != abi.ReportSize {
		return fmt.Errorf("the report has %d bytes", len(report))
	}
	vcek, _ := os.ReadFile(filepath.Join(folder, "vcek.der"))
	roots, err := rootsOf(folder, product, useAmds)
	if err != nil {
		return err
	}
	proto, err := abi.ReportToProto(report)
	if err != nil {
		return err
	}
	attestation := &spb.Attestation{Report: proto, CertificateChain: &spb.CertificateChain{VcekCert: vcek}}
	err = verify.SnpAttestation(attestation, &verify.Options{DisableCertFetching: true, TrustedRoots: roots})
	if err != nil {
		return err
	}
	policy, err := abi.ParseSnpPolicy(littleEndian(demands["policy"]))
	if err != nil {
		return err
	}
	vmpl, least := int(demands["vmpl"][0]), kds.TCBParts{SnpSpl: demands["least-snp"][0]}
	return validate.SnpAttestation(attestation, &validate.Options{GuestPolicy: policy, VMPL: &vmpl,
		Measurement: demands["measurement"], ReportData: demands["report-data"],
		MinimumTCB: least, MinimumLaunchTCB: least,
		PlatformInfo: &abi.SnpPlatformInfo{SMTEnabled: true, AliasCheckComplete: true}})
}

func main() {
	useAmds := len(os.Args) > 1 && os.Args[1] == "--amd"
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		folder := lines.Text()
		verdict := "yes"
		if err := judge(folder, useAmds); err != nil {
			verdict = "no: " + strings.Join(strings.Fields(err.Error()), " ")
		}
		fmt.Printf("%s %s\n", filepath.Base(folder), verdict)
	}
}
