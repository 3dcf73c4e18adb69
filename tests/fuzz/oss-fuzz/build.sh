#!/bin/bash -eu
# Builds the fuzz targets as OSS-Fuzz asks for it, with the compilers and flags of its environment: $CC, $CXX, $CFLAGS,
# $CXXFLAGS, $LIB_FUZZING_ENGINE; sources in $SRC, results in $OUT, the rest in $WORK.

cd "$SRC/lastcall"

for lifecycle in mapi_session message_service; do
    constant=${lifecycle^^}
    for source in machine traces; do
        target=$lifecycle-$source
        # the flags are lists of words
        # shellcheck disable=SC2086
        $CC $CFLAGS -std=c99 "-DLASTCALL_HEADER=<$lifecycle.h>" "-DLASTCALL_NAME=$lifecycle" \
            "-DLASTCALL_CONSTANT=$constant" "-D${constant}_IMPLEMENTATION" \
            "-DFUZZ_WITNESS=\"witness_$lifecycle.h\"" -I runtime \
            -c "tests/fuzz/$source.c" -o "$WORK/$target.o"
        # OSS-Fuzz links with the C++ compiler, whatever the language: its engines need it
        # shellcheck disable=SC2086
        $CXX $CXXFLAGS "$WORK/$target.o" $LIB_FUZZING_ENGINE -o "$OUT/$target"

        seeds=(tests/fuzz/corpus/"$target"/*)
        if [ -d "tests/fuzz/crashes/$target" ]; then
            seeds+=(tests/fuzz/crashes/"$target"/*)
        fi
        rm -f "$OUT/${target}_seed_corpus.zip"
        python3 -m zipfile -c "$OUT/${target}_seed_corpus.zip" "${seeds[@]}"
        printf '[libfuzzer]\nmax_len = 1500\n' >"$OUT/$target.options"
    done
done
