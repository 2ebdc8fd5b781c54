#!/bin/sh
# SPDX-License-Identifier: MIT
# gdb_blanks.sh ADYTON SOURCE DEBUGGING-MD: the session of gdb.sh, in folders whose names have blanks. What adyton prints
# is pasted as it is, so neither the shell nor gdb may take a path apart.
set -eu
bin=$(dirname "$1") source=$2 page=$3
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
build="$place/my build, it's here"
mkdir -p "$build/bin/guests"
cp "$bin/adyton" "$bin/svsm.elf" "$bin/snpemu.elf" "$build/bin"
cp "$bin/guests/demo.elf" "$build/bin/guests"
ln -s "$source" "$place/my source"
echo "CMAKE_HOME_DIRECTORY:INTERNAL=$place/my source" >"$build/CMakeCache.txt"
sh "$(dirname "$0")/gdb.sh" "$build/bin/adyton" "$page"
