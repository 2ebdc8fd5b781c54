#!/bin/sh
# SPDX-License-Identifier: MIT
# tests.sh ADYTON CASE: `adyton test` with a stand-in for ctest, so that no test runs. CMake reads the names of the cases.
set -u
. "$(dirname "$0")/common.sh"

# A build folder of its own, a tree with two groups, and a ctest on PATH that lists three tests, writes down how it was
# called, and lets the tests end as $ends says.
stand_in() {
    copied_adyton
    mkdir -p copy/tests copy/Testing path
    touch copy/CTestTestfile.cmake
    printf '# comment\nmachine. | The machine runs.\nunit | The rules hold.\n' >copy/tests/groups.txt
    cat >path/ctest <<'END'
#!/bin/sh
case " $* " in
    *' --show-only=json-v1 -R nosuch '*) echo '{"tests": []}' ;;
    *' --show-only=json-v1 -R slow '*)
        echo '{"tests": [{"name": "machine.slow", "properties": [{"name": "LABELS", "value": ["long"]}]}]}' ;;
    *' --show-only=json-v1 '*) cat "$LIST" ;;
    *)
        echo "$*" >>"$CALLS"
        while [ "$1" != --output-junit ]; do shift; done
        echo 'progress of ctest'
        cp "$RESULTS" "$2"
        exit "$ENDS"
        ;;
esac
END
    chmod +x path/ctest
    LIST=$PWD/list RESULTS=$PWD/results CALLS=$PWD/calls ENDS=0
    export LIST RESULTS CALLS ENDS
    cat >list <<'END'
{"tests": [{"name": "Rmp.refuses", "properties": [{"name": "LABELS", "value": ["unit"]}]},
  {"name": "machine.demo"}, {"name": "machine.slow", "properties": [{"name": "LABELS", "value": ["long"]}]}]}
END
    cat >results <<'END'
<testsuite tests="2">
<testcase name="Rmp.refuses" classname="" time="0.25" status="run"></testcase>
<testcase name="machine.demo" classname="" time="3.5" status="run"></testcase>
</testsuite>
END
    PATH=$PWD/path:$PATH
}
expect_call() { grep -qE -- "$1" calls || wrong "ctest was called with: $(cat calls)"; }
expect_no_call() { [ ! -e calls ] || wrong "ctest ran: $(cat calls)"; }

case $name in
    long-ones-are-left-out)
        stand_in
        observe test
        expect_code 0
        expect_call '-LE \^long\$'
        expect_stdout '^progress of ctest$'
        expect_stderr '^adyton: 1 tests that take long were left out; --all runs them too$'
        ;;
    skipped-ones-are-counted)
        stand_in
        sed -i 's|time="3.5" status="run">|time="0" status="notrun"><skipped message="SKIP_RETURN_CODE=77"/>|' results
        observe test
        expect_code 0
        expect_stderr '^adyton: 1 tests were skipped, because what they need cannot be had here: machine.demo$'
        ;;
    all-leaves-nothing-out)
        stand_in
        observe test --all
        expect_code 0
        ! grep -q -- -LE calls || wrong 'long tests were left out'
        expect_silence stderr
        ;;
    times-are-a-table)
        stand_in
        observe test --times
        expect_code 0
        expect_stdout '^group +tests seconds  what only it proves$'
        expect_stdout '^machine\. +1 +3\.5  The machine runs\.$'
        expect_stdout '^unit +1 +0\.2  The rules hold\.$'
        expect_stdout '^all +2 +3\.8 '
        expect_stdout '^ +3\.5  machine\.demo$'
        ;;
    failed-tests-are-named-at-the-end)
        stand_in
        ENDS=8
        sed -i 's/time="3.5" status="run"/time="3.5" status="fail"/' results
        observe test --times
        expect_code 1
        expect_stdout '\(1 FAILED\) The machine runs'
        [ "$(tail -n 1 "$scratch/out/stdout")" = '  machine.demo' ] || wrong 'the last line is not the name'
        ;;
    results-of-the-last-run-are-not-this-ones)
        stand_in
        cp results copy/Testing/results.xml
        RESULTS=/nosuch
        observe test --times
        expect_code 2
        expect_stderr 'results.xml'
        ;;
    ctest-ends-by-a-signal)
        stand_in
        printf '#!/bin/sh\ncase "$*" in *show-only*) cat "$LIST" ;; *) kill -TERM $$ ;; esac\n' >path/ctest
        observe test
        expect_code 143
        ;;
    no-ctest-at-all)
        stand_in
        PATH=$PWD/nosuch
        "$adyton" test >"$scratch/out/stdout" 2>"$scratch/out/stderr"
        code=$?
        PATH=/usr/bin:/bin
        expect_code 2
        expect_stderr '^adyton: error: .*ctest'
        ;;
    filter-without-a-match) stand_in && refused "no test matches 'nosuch'" test nosuch && expect_no_call ;;
    filter-of-long-ones) stand_in && refused "only tests that take long match 'slow'; add --all" test slow && expect_no_call ;;
    filter-of-long-ones-with-all) stand_in && observe test --all slow && expect_code 0 && expect_call '-R slow' ;;
    filter-that-is-no-expression) refused "'\\(' is not a regular expression" test '(' ;;
    list)
        stand_in
        observe test --list
        expect_code 0
        expect_stdout '^machine\. +2 +1  The machine runs\.$'
        expect_silence stderr
        expect_no_call
        ;;
    test-without-a-group)
        stand_in
        sed -i 's/Rmp.refuses", "properties.*}/other"}/' list
        observe test --list
        expect_code 2
        expect_stderr 'test other belongs to no group of tests/groups.txt'
        expect_stderr 'group unit of tests/groups.txt has no test'
        ;;
    group-without-a-sentence)
        stand_in
        echo 'cli. |' >>copy/tests/groups.txt
        refused "'cli\\. \\|' is not 'group \\| what only it proves'" test --times
        expect_no_call # said before the tests take their time
        ;;
    list-and-all) refused '--all excludes --list' test --list --all ;;
    coverage-and-all) refused '--all excludes --coverage' test --coverage --all ;;
    *) wrong 'there is no such case' ;;
esac
