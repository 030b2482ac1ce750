#!/usr/bin/env bash
# Compiles every programs/*.bpf.c into TARGET/classes/dev/weir/abi (shipped in the jar) and dumps the debug types that
# LayoutTest reads into TARGET/btf; for LookupLimitsTest, the packet path that counts its lookups, into TARGET/counting, and
# for benchmarks, parts of it, into TARGET/bench.
# Usage: compile.sh TARGET
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
target=$1
objects=$target/classes/dev/weir/abi
mkdir -p "$objects" "$target/btf" "$target/counting" "$target/bench"
# Debian keeps asm/types.h in the multiarch directory, which clang's bpf target does not search by itself.
arch_include=/usr/include/$(uname -m)-linux-gnu

# Usage: compile SOURCE OBJECT [OPTION...]
compile() {
    clang-19 -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror \
        -I"$here/include" -isystem "$arch_include" -c "$1" -o "$2" "${@:3}"
    llvm-strip-19 -g "$2"
}

compile "$here/programs/tcx.bpf.c" "$target/counting/tcx.bpf.o" -include "$here/src/test/bpf/lookups.h"
compile "$here/src/test/bpf/bench.bpf.c" "$target/bench/bench.bpf.o"
for source in "$here"/programs/*.bpf.c; do
    name=$(basename "$source" .bpf.c)
    object=$objects/$name.bpf.o
    compile "$source" "$object"
    bpftool btf dump file "$object" -j >"$target/btf/$name.json"
done
