# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# FAULT_SCALE (1): how much of the long tests is done; FAULT_SEED (1) picks what. Sourced.
# Invariant: the same scale and seed pick the same; something is always left to do.

case ${FAULT_SCALE:-1} in
*[!0-9.]* | *.*.* | .) scale_good=no ;;
*) scale_good=$(awk -v s="${FAULT_SCALE:-1}" 'BEGIN { print (s > 0) ? "yes" : "no" }') ;;
esac
[ "$scale_good" = yes ] || { echo "FAULT_SCALE=$FAULT_SCALE: not a share of the whole; give 1 for all, 0.01 for a hundredth" >&2; exit 2; }

# whole: is all of it wanted?
whole() { awk -v s="${FAULT_SCALE:-1}" 'BEGIN { exit s < 1 }'; }

# scaled N [LEAST]: N by FAULT_SCALE, rounded up, and no less than LEAST (1).
scaled() { awk -v n="$1" -v s="${FAULT_SCALE:-1}" -v least="${2:-1}" 'BEGIN { v = int(n * s + 0.999); print v < least ? least : v }'; }

# sampled: that share of the lines of the input, at least one, in their order.
sampled() {
    local line lines=() few n=0
    while IFS= read -r line; do lines+=("$line"); done
    few=$(scaled ${#lines[@]})
    for line in "${lines[@]}"; do
        echo "$(sha256sum <<<"${FAULT_SEED:-1} $line" | cut -c 1-16) $((n++)) $line"
    done | sort | head -n "$few" | sort -n -k 2 | cut -d ' ' -f 3-
}
