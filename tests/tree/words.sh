#!/bin/sh
# SPDX-License-Identifier: MIT
# words.sh ROOT [PATH...]: the prose of comments, messages and pages, counted (CONTRIBUTING.md, "English").
# words.sh --self: the counter finds each of the four in a tree that has them, and nothing in one that has none.
set -u

# What is counted, and how often it may occur. A relative clause about a person ("anyone who") is no offence.
most_pronouns=10  # who, nobody, whoever, he, his: a CPU, a host, a guest and a VMPL have names
most_idioms=0     # "for ever", "by now"
most_banners=0    # a line of dashes below its own heading
most_orphans=0    # one or two words, left alone on a comment line by a reflow

count() { # FILE...: a line for each finding, "kind file:line: text"
    awk '
    BEGIN {
        person = "(anyone|anybody|someone|those|people|person|users?|readers?|developers?|engineers?|attackers?) who"
        pronoun = "(^|[^a-z_])(who|whom|whoever|nobody|he|him|himself|his|betters)([^a-z_]|$)"
    }
    function report(kind) { print kind " " FILENAME ":" FNR ": " $0 }
    FNR == 1 {
        before = ""
        page = FILENAME ~ /\.md$/
        hash = FILENAME !~ /\.(md|cpp|hpp|S|ld|txt)$/ || FILENAME ~ /CMakeLists/
    }
    {
        # Prose: a whole page or text, else what a comment or a string says. Names of tests are identifiers.
        prose = $0
        if (FILENAME ~ /\.(cpp|hpp|S|ld)$/ || hash) {
            mark = hash ? "#" : "//"
            prose = (at = index($0, mark)) ? substr($0, at) : ""
            code = at ? substr($0, 1, at - 1) : $0
            while (code !~ /TEST\(/ && match(code, /"[^"]*"/)) {
                prose = prose " " substr(code, RSTART, RLENGTH)
                code = substr(code, RSTART + RLENGTH)
            }
        }
        prose = tolower(prose)
        gsub(person, "", prose)
        if (prose ~ pronoun) report("pronoun")
        if (prose ~ /for ever([^a-z]|$)|by now([^a-z]|$)/) report("idiom")

        text = $0
        comment = !page && sub(hash ? "^[ \t]*#+[ \t]*" : "^[ \t]*///?<?[ \t]*", "", text)
        if (comment && before ~ /^[ \t]*(\/\/|#) ?----/ && text ~ /^-+$/) report("banner")
        if (comment && text != "" && text !~ /^\[/ && length(before) > 70 && before ~ (hash ? "^[ \t]*#" : "//") &&
            split(text, words, /[ \t]+/) <= 2) report("orphan")
        before = $0
    }' "$@"
}

judge() { # KIND MOST FINDINGS
    found=$(grep -c "^$1 " "$3")
    echo "$1: $found, at most $2"
    [ "$found" -le "$2" ] && return 0
    grep "^$1 " "$3"
    return 1
}

self() {
    cd "$1" || exit 2
    line="// Long enough to have been broken at the column limit by a formatter, this line goes on in the next,"
    printf '%s\n// with two.\n// ---- title\n// --------\n// The CPU spins for ever. Nobody wakes it.\n' "$line" >bad.cpp
    printf '%s\n// with three words.\n// ---- title\n// Anyone who waits, waits: whose turn it is.\nint who;\nTEST("nobody")\n' \
        "$line" >good.cpp
    [ "$(count bad.cpp | cut -d' ' -f1 | sort | tr '\n' ' ')" = "banner idiom orphan pronoun " ] || { count bad.cpp; exit 1; }
    [ -z "$(count good.cpp)" ] || { count good.cpp; exit 1; }
}

scratch=$(mktemp -d) && trap 'rm -rf "$scratch"' EXIT
[ "$1" = --self ] && { self "$scratch"; exit 0; }
cd "$1" && shift || exit 2
find "${@:-.}" -type f \( -name '*.md' -o -name '*.[ch]pp' -o -name '*.S' -o -name '*.ld' -o -name '*.sh' -o -name '*.py' \
    -o -name '*.cmake' -o -name '*.txt' \) ! -path '*/.git/*' ! -path '*/build/*' ! -path '*/corpus/*' \
    ! -name rules.txt ! -path '*tests/tree/words.sh' >"$scratch/files"
[ "$(wc -l <"$scratch/files")" -ge 1 ] || { echo "no files found"; exit 1; }
xargs grep -lI . <"$scratch/files" >"$scratch/texts"
# shellcheck disable=SC2046
count $(cat "$scratch/texts") >"$scratch/findings"
bad=0
judge pronoun $most_pronouns "$scratch/findings" || bad=1
judge idiom $most_idioms "$scratch/findings" || bad=1
judge banner $most_banners "$scratch/findings" || bad=1
judge orphan $most_orphans "$scratch/findings" || bad=1
exit $bad
