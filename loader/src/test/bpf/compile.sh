#!/usr/bin/env bash
# Compiles the BPF programs that the loader's tests load. Usage: compile.sh TARGET
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
objects=$1/test-classes/dev/weir/bpf
mkdir -p "$objects"
for source in "$here"/*.bpf.c; do
    object=$objects/$(basename "$source" .bpf.c).bpf.o
    clang-19 -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror \
        -isystem "/usr/include/$(uname -m)-linux-gnu" -c "$source" -o "$object"
    llvm-strip-19 -g "$object"
done
