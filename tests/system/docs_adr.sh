#!/bin/sh
# SPDX-License-Identifier: MIT
# docs_adr.sh REPOSITORY: every decision has the one form of docs/adr/README.md, and its row in that index.
set -u
cd "$1/docs/adr" || exit 2
bad=0 found=0
wrong() { echo "docs/adr/$1" && bad=1; }
sections='## Context ## Decision ## Turned down ## Consequences '
for page in [0-9]*.md; do
    found=$((found + 1))
    number=${page%%-*}
    sed -n 1p "$page" | grep -qE "^# $number [A-Z0-9#][^:]*$" || wrong "$page: the title is not '# $number Words'"
    [ "$(sed -n 3p "$page")" = '| status | area | date |' ] || wrong "$page: no table with status, area and date"
    row=$(sed -n 5p "$page")
    case $row in '| accepted'* | '| superseded'* | '| proposed'*) ;; *) wrong "$page: status is '$row'" ;; esac
    [ "$(grep '^## ' "$page" | tr '\n' ' ')" = "$sections" ] || wrong "$page: its sections are not $sections"
    area=$(echo "$row" | cut -d'|' -f3)
    grep -qF "| [$number]($page) |$area|" README.md || wrong "README.md: no row for $page with the area$area"
done
[ $found -gt 30 ] || { echo "only $found decisions were found" && bad=1; }
exit $bad
