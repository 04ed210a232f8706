#!/bin/bash
# SPDX-License-Identifier: MIT
# Samples of fuzzcheck's eight data sets, made on the host: fuzz_samples.sh BUILD_DIR OUT_DIR SIZE|COUNT [SEED]
# SIZE takes as many cases of each as the definition says, COUNT that many; SEED in place of the definition's. Writes OUT_DIR/sample1.db to
# sample8.db and prints their names. Invariant: the SQL is the definition's own, fuzzcheck.json, so that it is written once.
set -eu
build=$(cd "$1" && pwd)
out=$(cd "$2" && pwd)
definition=$(cd "$(dirname "$0")" && pwd)/fuzzcheck.json
seed_there=20260731
seed=${4:-$seed_there}

# text PATH: a text of the definition.
text() {
    "$build/host/sqlite3" :memory: "SELECT json_extract(readfile('$definition'), '$1')"
}

case $3 in
smoke | standard | long)
    place=1
    [ "$3" != standard ] || place=2
    [ "$3" != long ] || place=3
    count=$(text '$.programs.sample.args[2]' | sed 's/^@size://' | cut -d, -f$place)
    ;;
*[!0-9]* | '')
    echo "fuzz_samples.sh: $3 is neither smoke, standard or long nor a number" >&2
    exit 2
    ;;
*) count=".parameter set @n $3" ;;
esac
for i in 1 2 3 4 5 6 7 8; do
    sql=$(text "\$.programs.sample$([ $i != 5 ] || echo -5).args[3]")
    case $sql in
    *" $seed_there)"*) ;;
    *) echo "fuzz_samples.sh: $definition has another seed than $seed_there" >&2 && exit 1 ;;
    esac
    sql=$(sed "s|@each|$i|g; s|../../tree/in|$build/corpora/fuzzdata/tree|; s| $seed_there)| $seed)|g" <<<"$sql")
    "$build/host/sqlite3" -bail "$out/sample$i.db" "$count" "$sql"
    echo "sample$i.db"
done
