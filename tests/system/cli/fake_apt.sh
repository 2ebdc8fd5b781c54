# SPDX-License-Identifier: MIT
# Read by tests of what is fetched, behind common.sh: a cache of their own, and programs of Debian's that are scripts, so
# that nothing leaves this computer.
XDG_CACHE_HOME=$scratch/cache
export XDG_CACHE_HOME
mkdir "$scratch/cache" "$scratch/stubs"
PATH=$scratch/stubs:$PATH
export PATH

stub() { # name body: a program that is found before the system's
    printf '#!/bin/sh\nfor last; do :; done\ncase " $* " in %s esac\n' "$2" >"$scratch/stubs/$1"
    chmod +x "$scratch/stubs/$1"
}
stub apt-get '
    *" update "*) ;;
    *" download "*) echo garbage >"$last.deb" ;;'
