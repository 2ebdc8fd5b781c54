#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh BIN JUDGE: a judge's verdicts on all reports of judge_cases are those of verdicts.txt, and with AMD's root in place
# of ours it believes none. run.sh BIN table: the table itself, without a judge. Exit code 77 when the judge cannot be had.
set -u
bin=$1 judge=$2
here=$(dirname "$0")
least_forgeries=30
scratch=$(mktemp -d) || exit 1
trap 'rm -rf "$scratch"' EXIT

# Reads names, then verdicts.txt, then lines "FOLDER verdict" of the judge; prints what does not fit.
compare() { # column
    awk -F ' *[|] *' -v column="$1" '
    FILENAME ~ /names$/ { name[$1] = $3; next }
    FILENAME ~ /verdicts.txt$/ { if (!/^#/ && NF > 2) said[$1] = $column; next }
    {
        split($0, words, " ")
        verdict = substr($0, length(words[1]) + 2)
        wanted = said[name[words[1]]]
        judged++
        if (wanted == "yes" ? verdict == "yes" : wanted != "" && index(verdict, "no: ") == 1 && index(verdict, wanted)) next
        bad++
        print "  " name[words[1]] "\n    wanted: " wanted "\n    said:   " verdict
    }
    END { if (bad || !judged) { print bad + 0 " of " judged + 0 " verdicts are not those of verdicts.txt"; exit 1 } }
    ' "$scratch/names" "$here/verdicts.txt" -
}

# Every case has its row and no row is left over; own verdicts are right; enough forgeries are refused by a judge too.
check_table() {
    awk -F ' *[|] *' -v least="$least_forgeries" '
    FILENAME ~ /names$/ { kind[$3] = $2; own[$3] = $4; next }
    /^#/ || NF < 3 { next }
    !($1 in kind) { print "no case is called " $1; bad = 1; next }
    { seen[$1] = 1; if (kind[$1] == "forged" && ($2 != "yes" || $3 != "yes")) refused++ }
    END {
        for (one in kind) {
            if (!(one in seen)) { print "verdicts.txt has no row for " one; bad = 1 }
            if ((kind[one] == "good") != (own[one] == "yes")) { print "adyton says of " one ": " own[one]; bad = 1 }
        }
        print refused + 0 " forgeries are refused by a judge"
        exit bad || refused < least
    }' "$scratch/names" "$here/verdicts.txt"
}

# Folders of good reports of one chip.
good() { awk -F ' *[|] *' -v chip="^$1" -v at="$scratch" '$2 == "good" && $3 ~ chip { print at "/" $1 }' "$scratch/names"; }

# The judge trusts AMD's root, and ours leads elsewhere.
refuses_with_amds() { # chip sentence
    good "$1" | "$bin/judge" "$here" "$judge" --amd >"$scratch/amd" || return 1
    [ -s "$scratch/amd" ] || { echo 'no report was judged with the root of AMD'; return 1; }
    ! grep -vF -- "$2" "$scratch/amd" || { echo "with the root of AMD each must be refused: $2"; return 1; }
}

"$bin/judge_cases" "$scratch" || exit 1
case $judge in
    table) check_table; exit ;;
    tinfoil) column=2 chip=Genoa reason='Not signed by ASK' ;;
    go-sev-guest) column=3 chip=Milan reason='certificate signed by unknown authority' ;;
    *) echo "there is no judge $judge" && exit 1 ;;
esac
awk -v at="$scratch" '{ print at "/" $1 }' "$scratch/names" >"$scratch/all"
"$bin/judge" "$here" "$judge" <"$scratch/all" >"$scratch/verdicts" || exit
[ "$(wc -l <"$scratch/all")" = "$(wc -l <"$scratch/verdicts")" ] || { echo 'not each case has a verdict' && exit 1; }
compare "$column" <"$scratch/verdicts" || bad=1
refuses_with_amds "$chip" "$reason" || bad=1
[ "${bad:-}" = '' ] && echo "$(wc -l <"$scratch/verdicts") verdicts are those of verdicts.txt"
