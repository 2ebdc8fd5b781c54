#!/bin/sh
# SPDX-License-Identifier: MIT
# run.sh ADYTON RULES_IMAGE PROGRAM [NAME..]: the rules of one program, or those named, on the machine. TAP on stdout.
# Rules with the same options share a launch; one that ends the machine, or is in the list AREA.red, has its own. A rule
# that ends a launch unasked fails, and the rest of that launch starts anew. RULE_QEMU=debian:RELEASE is another QEMU, with
# AREA.RELEASE.red for its list. RULE_TIMEOUT is the seconds of a launch.
set -u
adyton=$1 maker=$2 program=$3
shift 3
red=$(dirname "$0")/rules/$(basename "$program" .elf)${RULE_QEMU:+.${RULE_QEMU#debian:}}.red
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/results"
"$maker" list "$program" >"$scratch/all" || exit 2
if [ $# -gt 0 ]; then
    for name; do grep "^$name|" "$scratch/all" || { echo "no rule $name" >&2; exit 2; }; done >"$scratch/rules"
else
    cp "$scratch/all" "$scratch/rules"
fi
is_red() { grep -qs "^$1 *|" "$red"; }

# verdict: how the launch ended: the kind, then what the machine said about it.
verdict() {
    if [ "$code" = 0 ]; then echo success; else
        sed -n '/^  verdict$/{n;s/^ *//;p;q;}' "$scratch/stderr" | grep . || tail -n 1 "$scratch/stderr"
    fi
}
# launch OPTIONS IMAGE NAME..: build and run, on the strict host unless the rule names another.
launch() {
    # Names of its own: a shell function shares those of the loop that calls it.
    run_options=$1 build_options=$2
    case " $run_options" in *' --host '*) ;; *) run_options="--host strict $run_options" ;; esac
    shift 2
    # shellcheck disable=SC2086 # lists of words
    "$maker" build "$program" "$scratch/rules.igvm" $build_options "$@" || exit 2
    code=0
    # shellcheck disable=SC2086
    "$adyton" run "$scratch/rules.igvm" --timeout "${RULE_TIMEOUT:-60}" ${RULE_QEMU:+--qemu "$RULE_QEMU"} $run_options \
        >"$scratch/stdout" 2>"$scratch/stderr" </dev/null || code=$?
    tr -d '\r' <"$scratch/stdout" >"$scratch/out"
}
# result NAME ok|not HOW: into the list; the lines that the rule printed go before it.
result() {
    sed -n "/^begin $1\$/,/^begin /{/^#/p;}" "$scratch/out"
    printf '%s|%s|%s\n' "$1" "$2" "$3" >>"$scratch/results"
}
# alone NAME ENDS OPTIONS IMAGE
alone() {
    launch "$3" "$4" "$1"
    end=$(verdict)
    if grep -q "^ok $1\$" "$scratch/out" && [ -z "$2" ] && [ "$code" = 0 ]; then result "$1" ok ''
    elif grep -q "^not ok $1\$" "$scratch/out"; then result "$1" not 'an expectation failed'
    elif [ -n "$2" ] && [ "${end#"$2"}" != "$end" ] && ! grep -q "^ok $1\$" "$scratch/out"; then result "$1" ok "ends: $2"
    else result "$1" not "ended: $end${2:+ instead of $2}"; fi
}
# together OPTIONS IMAGE NAME..
together() {
    group_options=$1 group_image=$2
    shift 2
    while [ $# -gt 0 ]; do
        launch "$group_options" "$group_image" "$@"
        end=$(verdict)
        while [ $# -gt 0 ]; do
            name=$1
            if grep -q "^ok $name\$" "$scratch/out"; then result "$name" ok ''
            elif grep -q "^not ok $name\$" "$scratch/out"; then result "$name" not 'an expectation failed'
            elif grep -q "^begin $name\$" "$scratch/out"; then result "$name" not "ended: $end"
            else break; fi
            shift
        done
        # Nothing began: the launch itself does not work, and would not the next time.
        if [ $# -gt 0 ] && ! grep -q '^begin ' "$scratch/out"; then
            for name; do result "$name" not "no start: $end"; done
            return
        fi
    done
}

# One line for each kind of launch: options|image.
grep -v '^$' "$scratch/rules" | cut -d'|' -f3,4 | sort -u >"$scratch/kinds"
while IFS='|' read -r options image <&3; do
    names=
    while IFS='|' read -r name ends its_options its_image heading <&4; do
        [ "$its_options|$its_image" = "$options|$image" ] || continue
        if [ -n "$ends" ] || is_red "$name"; then alone "$name" "$ends" "$options" "$image"
        else names="$names $name"; fi
    done 4<"$scratch/rules"
    # shellcheck disable=SC2086
    [ -z "$names" ] || together "$options" "$image" $names
done 3<"$scratch/kinds"

# A rule without a result would be a rule that nothing keeps.
[ "$(wc -l <"$scratch/results")" = "$(grep -c . "$scratch/rules")" ] ||
    { echo "only $(wc -l <"$scratch/results") of $(grep -c . "$scratch/rules") rules were run" >&2; exit 1; }

count=0 failed=0
echo "1..$(wc -l <"$scratch/results")"
while IFS='|' read -r name state how; do
    count=$((count + 1))
    heading=$(sed -n "s/^$name|[^|]*|[^|]*|[^|]*|//p" "$scratch/all")
    if is_red "$name"; then
        if [ "$state" = ok ]; then
            echo "not ok $count - $name [$heading]: green; take it out of $(basename "$red")"
            failed=$((failed + 1))
        else
            echo "not ok $count - $name [$heading]: $how # TODO $(sed -n "s/^$name *| *//p" "$red")"
        fi
    elif [ "$state" = ok ]; then echo "ok $count - $name [$heading]${how:+ ($how)}"
    else
        echo "not ok $count - $name [$heading]: $how"
        failed=$((failed + 1))
    fi
done <"$scratch/results"
[ "$failed" = 0 ] && [ "$count" -gt 0 ]
