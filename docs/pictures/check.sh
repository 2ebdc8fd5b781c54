#!/bin/sh
# SPDX-License-Identifier: MIT
# check.sh ADYTON REPOSITORY: draws the pictures again. Times and addresses may differ from those that are
# committed, the steps may not; and the page around a picture explains every step by its name.
set -eu
adyton=$1 docs=$2/docs
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sh "$docs/pictures/make.sh" "$adyton" "$scratch"
steps() { sed -n 's/.*<text class="step"[^>]*>\([^<]*\)<.*/\1/p' "$1" | sed 's/&quot;/"/g; s/&lt;/</g; s/&gt;/>/g; s/&amp;/\&/g' | sort -u; }
bad=0
for new in "$scratch"/*.svg; do
    name=${new##*/}
    steps "$docs/pictures/$name" >"$scratch/committed"
    steps "$new" >"$scratch/today"
    [ -s "$scratch/today" ] || { echo "$name shows no steps"; bad=1; }
    cmp -s "$scratch/committed" "$scratch/today" && continue
    echo "docs/pictures/$name is stale; what changed:"
    diff "$scratch/committed" "$scratch/today" || :
    bad=1
done
explains() { # page, picture
    steps "$docs/pictures/$2.svg" >"$scratch/steps"
    while IFS= read -r step; do
        grep -qF -- "\`$step\`" "$docs/$1" || { echo "docs/$1 does not explain the step '$step' of pictures/$2.svg"; bad=1; }
    done <"$scratch/steps"
}
explains life-of-a-call.md call
explains how-an-ap-starts.md ap-start
[ $bad = 0 ] || echo "look at the pages, then: sh docs/pictures/make.sh build/release/bin/adyton docs/pictures"
exit $bad
