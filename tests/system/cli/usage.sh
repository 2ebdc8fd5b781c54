#!/bin/sh
# SPDX-License-Identifier: MIT
# usage.sh ADYTON CASE: the program used as intended, as far as no machine is needed. CMake reads the names of the cases.
set -u
. "$(dirname "$0")/common.sh"

succeeds() { # regex arguments...
    words=$1
    shift
    observe "$@"
    expect_code 0
    expect_silence stderr
    expect_stdout "$words"
    expect_clean
    awk 'length > 80 { exit 1 }' "$scratch/out/stdout" || wrong 'a line is longer than 80 columns'
}

succeeds_wide() { # arguments...: a script, whose lines may be long
    observe "$@"
    expect_code 0
    expect_silence stderr
}

case $name in
    no-arguments) succeeds '/adyton run ' ;;
    help) succeeds 'Exit codes:' --help ;;
    help-of-run) succeeds '--deterministic' run --help ;;
    help-of-test) succeeds 'FILTER' test --help ;;
    help-of-test-coverage) succeeds '--coverage' test --help ;;
    help-of-fuzz) succeeds '--seconds' fuzz --help ;;
    fuzz-list) fuzz_targets && succeeds '^elf .*0 inputs committed' fuzz --list ;;
    fuzz-clean)
        copied_adyton && fuzz_target elf 'echo "#7 DONE cov: 12 ft: 13"; echo "stat::number_of_executed_units: 7"'
        succeeds '^elf: no finding in [0-9]+ s, 7 inputs' fuzz elf --seconds 1
        ;;
    fuzz-keeps-what-it-finds-outside-the-build)
        copied_adyton && fuzz_target elf 'for word; do case $word in -artifact_prefix=*) prefix=${word#*=} ;; /*) corpus=$word ;; esac; done
            echo found >"$corpus/input"; echo x >"${prefix}crash-1"
            echo "FINDING: a segment wraps"; echo "Test unit written to ${prefix}crash-1"; exit 77'
        observe fuzz elf --seconds 1
        expect_code 1
        kept=$scratch/state/adyton/fuzz
        [ "$(cat "$kept/corpus/elf/input")" = found ] || wrong 'the corpus is not in the state folder'
        [ -s "$kept/findings/elf-crash-1" ] || wrong 'the input is not among the findings'
        # The log tells how it came about; the next search must not write over it.
        grep -q 'a segment wraps' "$kept/findings/elf-crash-1.log" || wrong 'the log is not beside the input'
        expect_stdout "^  log: +$kept/findings/elf-crash-1.log$"
        [ -z "$(find copy -name 'crash*' -o -name input -o -name '*.log')" ] || wrong 'something is kept in the build'
        ;;
    fuzz-corpus-of-the-users)
        copied_adyton && fuzz_target elf 'for word; do case $word in /*) corpus=$word ;; esac; done; echo >"$corpus/input"'
        succeeds '^elf: no finding' fuzz elf --seconds 1 --corpus ./-mine
        [ -e ./-mine/elf/input ] || wrong 'the corpus is elsewhere'
        succeeds "^found here: $PWD/./-mine$" fuzz --list --corpus ./-mine
        ;;
    fuzz-tells-of-older-corpora)
        fuzz_targets && mkdir -p copy/fuzz/corpus/elf && echo week >copy/fuzz/corpus/elf/input
        observe fuzz --list
        expect_code 0
        expect_stderr "note: .*copy/fuzz holds inputs of an earlier adyton"
        expect_stderr 'cp -rn .*copy/fuzz/corpus/\. .*/state/adyton/fuzz/corpus'
        [ "$(cat copy/fuzz/corpus/elf/input)" = week ] || wrong 'it was touched'
        ;;
    fuzz-interrupted)
        copied_adyton && fuzz_target elf 'echo "#7 pulse cov: 12 ft: 13"; echo $$ >pid; exec sleep 100'
        code=0
        env --default-signal=INT "$adyton" fuzz elf >"$scratch/out/stdout" 2>"$scratch/out/stderr" &
        runner=$!
        while [ ! -s pid ]; do sleep 0.05; done
        sleep 0.2
        kill -INT $runner
        wait $runner || code=$?
        expect_code 130
        expect_stdout '^elf: no finding in [0-9]+ s, 7 inputs, 12 branches seen, then interrupted$'
        ! kill -0 "$(cat pid)" 2>/dev/null || wrong 'the target goes on'
        ;;
    fuzz-finding)
        copied_adyton && fuzz_target elf 'echo "FINDING: a segment wraps"; echo "Test unit written to $PWD/crash-1"; exit 77'
        fuzz_target trace 'echo "stat::number_of_executed_units: 7"'
        observe fuzz --seconds 1
        expect_code 1
        expect_stdout '^elf: FINDING: a segment wraps$'
        expect_stdout '^  again: .*/fuzz/elf .*/crash-1$'
        expect_stdout '^trace: no finding' # one finding does not end the search
        ;;
    fuzz-target-dies)
        copied_adyton && fuzz_target elf 'kill -9 $$'
        observe fuzz elf --seconds 1
        expect_code 1
        expect_stdout '^elf: FINDING: the program ended early$'
        ;;
    help-of-soak) succeeds '--runs' soak --help ;;
    help-of-bench) succeeds '--accept' bench --help ;;
    help-of-trace) succeeds '--focus' trace --help ;;
    help-of-profile) succeeds '--svg' profile --help ;;
    help-of-image) succeeds 'inspect' image --help ;;
    help-of-report) succeeds 'verify' report --help ;;
    help-of-report-verify) succeeds '--allow-provisional' report verify --help ;;
    help-of-image-build) succeeds '--output' image build --help ;;
    man)
        observe man
        expect_code 0
        # Every option of every command, as their own help lists them.
        for command in run soak test fuzz bench profile trace image 'image build' 'image inspect' 'image measure' 'image sign' report 'report show' 'report verify' completion; do
            # shellcheck disable=SC2086
            for option in $("$adyton" $command --help | grep -oE '^ +(-[a-z], ?)?--[a-z-]+' | grep -oE -- '--[a-z-]+'); do
                grep -q -- "$(printf %s "$option" | sed 's/-/\\\\-/g')" "$scratch/out/stdout" || wrong "no $option of $command"
            done
        done
        ;;
    completion)
        succeeds_wide completion bash
        cp "$scratch/out/stdout" completion.bash
        complete_words() { # words..., the last one unfinished
            bash -c '. ./completion.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _adyton; echo "${COMPREPLY[*]}"' bash "$@"
        }
        [ "$(complete_words adyton b)" = bench ] || wrong "adyton b: $(complete_words adyton b)"
        [ "$(complete_words adyton run --det)" = --deterministic ] || wrong 'adyton run --det'
        [ "$(complete_words adyton run --cpus 2 stor)" = storm ] || wrong 'adyton run --cpus 2 stor'
        [ "$(complete_words adyton image insp)" = inspect ] || wrong 'adyton image insp'
        [ "$(complete_words adyton image build --out)" = --output ] || wrong 'adyton image build --out'
        [ -z "$(complete_words adyton bench --json x)" ] || wrong 'a file name is not ours to complete'
        succeeds_wide completion zsh
        ;;
    version) succeeds '^adyton [0-9]+\.[0-9]+\.[0-9]+$' --version ;;
    image-build)
        succeeds 'wrote demo.igvm' image build -o demo.igvm
        cp demo.igvm first.igvm
        succeeds 'wrote demo.igvm' image build demo -o demo.igvm
        cmp demo.igvm first.igvm || wrong 'the same image twice differs'
        [ "$(ls)" = "$(printf 'demo.igvm\nfirst.igvm')" ] || wrong 'left something beside the image'
        ;;
    image-inspect)
        "$adyton" image build --vmpl 2 --c-bit 51 -o demo.igvm >/dev/null
        succeeds 'demo at VMPL2' image inspect demo.igvm
        expect_stdout 'CR3 0x80000[0-9a-f]{8} ' 
        expect_stdout 'C-bit 51'
        ;;
    *) wrong 'there is no such case' ;;
esac
