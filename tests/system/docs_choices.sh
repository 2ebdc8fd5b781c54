#!/bin/sh
# SPDX-License-Identifier: MIT
# docs_choices.sh ROOT: the checks of the conformance suite that are marked as a choice of ours are those of the table in
# docs/conformance.md. A reader counts the others against an SVSM, so a mark that is missing is a false accusation.
set -u
cd "$1" || exit 2
marked=$(mktemp) listed=$(mktemp) && trap 'rm -f "$marked" "$listed"' EXIT
sed -n 's/^CHOOSES("\([^"]*\)".*/\1/p' guest/conformance/*.cpp | sort >"$marked"
sed -n '/^## Where the specification is silent/,/^\*\*/p' docs/conformance.md | grep '^| ' | sed 's/.*|\([^|]*\)|$/\1/' |
    grep -oE '`[a-z_]+\.[a-z0-9-]+`' | tr -d '`' | sort >"$listed"
[ -s "$marked" ] || { echo "no check is marked" && exit 1; }
diff "$listed" "$marked" >/dev/null && exit 0
comm -23 "$listed" "$marked" | sed 's/^/in the table of docs\/conformance.md, not marked with CHOOSES: /'
comm -13 "$listed" "$marked" | sed 's/^/marked with CHOOSES, not in the table of docs\/conformance.md: /'
exit 1
