#!/bin/sh
# SPDX-License-Identifier: MIT
# docs_links.sh REPOSITORY: every relative link of every Markdown file leads to a file, and every path that a
# page of docs/ names as code is there.
set -u
cd "$1" || exit 2
bad=0
found=0
for page in *.md docs/*.md docs/adr/*.md */README.md; do
    for target in $(grep -oE '\]\([^)#: ]+' "$page" | cut -c3-); do
        found=$((found + 1))
        [ -e "$(dirname "$page")/$target" ] || { echo "$page: the link to $target leads nowhere"; bad=1; }
    done
done
for page in docs/life-of-a-call.md docs/how-an-ap-starts.md docs/tour.md; do
    for path in $(grep -oE '`[a-z_]+/[a-z_/0-9.-]+`' "$page" | tr -d '`'); do
        found=$((found + 1))
        [ -e "$path" ] || { echo "$page: there is no $path"; bad=1; }
    done
done
[ $found -gt 100 ] || { echo "only $found links were found"; bad=1; }
exit $bad
