#!/bin/sh
# SPDX-License-Identifier: MIT
# trace.sh ADYTON CHECK_CHROME CASE: what a recorded run says. CMake reads the names of the cases.
set -u
adyton=$1 check_chrome=$2 name=$3
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch" || exit 1

wrong() {
    printf 'FAIL %s: %s\n' "$name" "$*"
    for file in stdout stderr summary; do
        [ ! -s $file ] || { printf -- '--- %s\n' $file; head -n 100 $file; }
    done
    exit 1
}
record() { # exit code, arguments
    wanted=$1
    shift
    code=0
    "$adyton" run "$@" --trace run.trace >stdout 2>stderr </dev/null || code=$?
    [ $code = "$wanted" ] || wrong "adyton run ended with $code"
    [ -s run.trace ] || wrong 'no trace was written'
}
shows() { # regex, arguments of adyton trace
    regex=$1
    shift
    "$adyton" trace run.trace "$@" >stdout 2>stderr || wrong "adyton trace $* failed"
    grep -qE -- "$regex" stdout || wrong "adyton trace $* does not show '$regex'"
}

case $name in
    demo)
        # Exact, complete, and in agreement with the machine's own counters, cost of calls included.
        record 0 demo --deterministic --timeout 120
        shows 'the records agree with the machine' --format summary
        for counter in svsm_calls world_switches nested_faults native_exits calls_pvalidate \
            vmpl0_query_protocol_instructions vmpl0_pvalidate_instructions_total; do
            grep -qE "^  $counter +[0-9]+ +[0-9]+$" stdout || wrong "the summary does not compare $counter"
        done
        [ ! -s stderr ] || wrong 'a complete trace has notes'
        "$adyton" trace run.trace --format chrome -o run.json || wrong 'no JSON'
        # Each AP is started twice: by the SVSM at VMPL0, by the guest at VMPL1.
        "$check_chrome" run.json 4 'start of vCPU 1=2' 'start of vCPU 2=2' 'start of vCPU 3=2' 2>stderr ||
            wrong 'the strict reader refuses the JSON'
        shows '^ +[0-9.]+ +2 +0  ap-start ' --format text --cpu 2 --kind ap-start
        shows 'AP creation takes effect' --format svg --focus aps
        ;;
    parallel)
        record 0 demo --timeout 120
        shows 'the records agree with the machine' --format summary
        "$adyton" trace run.trace --format chrome -o run.json || wrong 'no JSON'
        "$check_chrome" run.json 4 'start of vCPU 3=2' 2>stderr || wrong 'the strict reader refuses the JSON'
        ;;
    same-twice)
        record 0 bare --cpus 2 --deterministic --timeout 120
        mv run.trace first.trace
        record 0 bare --cpus 2 --deterministic --timeout 120
        cmp first.trace run.trace || wrong 'two deterministic runs recorded different bytes'
        ;;
    timeout)
        # The machine is recorded to its last moment, whether it answers or not.
        record 5 bad-loop --cpus 2 --timeout 5
        shows 'verdict nmi' --format summary
        ;;
    triple-fault)
        record 4 bad-triple-fault --timeout 120
        shows 'exception' --format text --vmpl 1
        shows 'verdict shutdown' --format summary
        ;;
    overflow)
        # A small memory keeps the newest records and says how many are gone.
        record 0 demo --trace-size 1M --timeout 120
        shows 'verdict report' --format summary
        grep -q 'note: vCPU 0: the oldest [0-9]* records were overwritten' stderr || wrong 'nothing is said about lost records'
        "$adyton" trace run.trace --format chrome -o run.json 2>/dev/null || wrong 'no JSON'
        "$check_chrome" run.json 4 2>stderr || wrong 'the strict reader refuses the JSON'
        ;;
    cut-off)
        record 0 bare --cpus 2 --timeout 120
        head -c 100000 run.trace >short && mv short run.trace
        shows 'launch' --format text
        grep -q 'note: the file is cut off' stderr || wrong 'nothing is said about the missing part'
        ;;
    outputs)
        # What the user named stays what it is. Deterministic runs record the same bytes, wherever they go.
        record 0 bare --cpus 2 --deterministic --timeout 120
        again() { # exit code, place
            code=0
            "$adyton" run bare --cpus 2 --deterministic --timeout 120 --trace "$2" >stdout 2>stderr </dev/null || code=$?
            [ $code = "$1" ] || wrong "--trace $2 ended with $code"
        }
        mkfifo fifo
        cat fifo >copy &
        again 0 fifo
        wait
        echo old >target && chmod 640 target && ln -s target link
        again 0 link
        again 0 /dev/fd/7 7>seventh
        [ -p fifo ] && [ -L link ] || wrong 'the FIFO or the link was replaced'
        [ "$(stat -c %a target)" = 640 ] || wrong 'the mode of the file has changed'
        for same in copy target seventh; do cmp run.trace $same || wrong "$same is not the trace"; done
        again 2 /dev/fd/7 7>/dev/full
        grep -q 'adyton: error: cannot write /dev/fd/7: No space left on device' stderr || wrong 'no sentence says why'
        shows '</svg>' --format svg -o -
        "$adyton" trace run.trace --format svg -o link >stdout2 || wrong 'adyton trace -o link failed'
        [ ! -s stdout2 ] && [ -L link ] || wrong 'the link was replaced'
        cmp stdout target || wrong 'stdout and file differ'
        ;;
    *) wrong 'there is no such case' ;;
esac
