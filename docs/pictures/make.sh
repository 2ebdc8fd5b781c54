#!/bin/sh
# SPDX-License-Identifier: MIT
# make.sh ADYTON FOLDER: draws the pictures of the documents from one recorded run, the same bytes each time.
# docs/pictures/check.sh tells when those in the repository no longer show what happens.
set -eu
adyton=$1 folder=$2
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "$folder"
"$adyton" run demo --deterministic --timeout 300 --trace "$scratch/demo" >"$scratch/log" 2>&1 </dev/null ||
    { cat "$scratch/log"; exit 1; }
draw() { # name, options of adyton trace
    name=$1
    shift
    "$adyton" trace "$scratch/demo" --format svg -o "$folder/$name.svg" "$@"
}
draw run --kind launch,ap-start
draw call --focus call:pvalidate:2
draw ap-start --focus ap:1
draw all-aps --focus aps
