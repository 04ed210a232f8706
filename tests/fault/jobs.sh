#!/bin/bash
# SPDX-License-Identifier: MIT
# Cases of a test, several at a time. Sourced; $work is the folder, and the caller has an EXIT trap that removes it.
# Invariant: which cases there are, what they print and in which order, and what is counted do not depend on FAULT_JOBS (one a
# processor); only a list that is given up after its fifth failure may have had more cases begun. Nothing outlives the caller.
work=${work:?the folder to work in}
all=$work # a case has a $work of its own, within it
fault_jobs=${FAULT_JOBS:-$(nproc)}
fault_cuts=0 fault_replays=0 fault_injected=0 fault_losses=0 # of `make fault`'s sum
declare -A job_case=() # process: its case
declare -A notes=()    # how often a case set `note` to that word
fault_asked=$SECONDS

case $fault_jobs in
'' | *[!0-9]* | 0)
    echo "FAULT_JOBS=$fault_jobs: not a number of jobs; give 1 or more" >&2
    exit 2
    ;;
esac

progress() { # progress TEXT: at most every ten seconds
    if [ $((SECONDS - fault_asked)) -ge 10 ]; then
        fault_asked=$SECONDS
        echo "# progress $1"
    fi
}

# Ends what is running, each in a process group of its own, and waits until it has gone.
jobs_stop() {
    local pid tries
    for pid in "${!job_case[@]}"; do kill -TERM -- "-$pid" 2>/dev/null; done
    for ((tries = 0; tries < 80; tries++)); do
        for pid in "${!job_case[@]}"; do kill -0 -- "-$pid" 2>/dev/null || unset "job_case[$pid]"; done
        [ ${#job_case[@]} -gt 0 ] || return
        sleep 0.1
    done
    for pid in "${!job_case[@]}"; do kill -KILL -- "-$pid" 2>/dev/null; done
}
trap 'trap "" INT TERM; jobs_stop; exit 130' INT TERM

# job_main N FUNCTION WORD...: a case, in the process made for it.
job_main() {
    number=$1 bad=0 note='' # number is for the function
    work=$all/case-$number
    fault_cuts=0 fault_replays=0 fault_injected=0 fault_losses=0
    export TMPDIR=$work number
    mkdir "$work"
    shift
    "$@" >"$work.said" </dev/null
    rm -rf "$work"
    echo "$fault_cuts $fault_replays $fault_injected $fault_losses $bad $note" >"$work.sum"
}

# job_begin N FUNCTION WORD...
job_begin() {
    set -m # a group of its own
    (
        set +m
        trap - INT TERM
        job_main "$@"
    ) &
    job_case[$!]=$1
    set +m
}

# A process of the list that has ended, in $ended_job.
job_wait() {
    local pid
    ended_job=''
    wait -n -p ended_job "${!job_case[@]}"
    while [ -z "$ended_job" ]; do # it had ended before we asked
        for pid in "${!job_case[@]}"; do kill -0 "$pid" 2>/dev/null || ended_job=$pid; done
        [ -n "$ended_job" ] || sleep 0.05
    done
}

# Waits for one case and adds what it counted.
job_end() {
    local n c r i l b word
    job_wait
    n=${job_case[$ended_job]}
    unset "job_case[$ended_job]"
    if read -r c r i l b word 2>/dev/null <"$all/case-$n.sum"; then
        fault_cuts=$((fault_cuts + c)) fault_replays=$((fault_replays + r)) fault_injected=$((fault_injected + i))
        fault_losses=$((fault_losses + l)) bad=$((bad + b))
        [ -z "$word" ] || notes[$word]=$((${notes[$word]:-0} + 1))
    else
        echo "# case number $n of the list ended without a verdict" >>"$all/case-$n.said"
        fault_losses=$((fault_losses + 1)) bad=$((bad + 1))
    fi
}

# spread LIST TEXT FUNCTION: FUNCTION with the words of each line of LIST, each in a process with a $work of its own and its $number from
# 0 on; it counts in fault_*, sets bad=1 when the case failed, and $note to a word to be counted. TEXT: a function that prints how far
# all is. Adds to $bad; false when not every line had its turn.
spread() {
    local list=$1 text=$2 each=$3 n=0 i words
    while read -r -a words <&3; do
        [ "$bad" -lt 5 ] || break
        [ ${#job_case[@]} -lt "$fault_jobs" ] || job_end
        job_begin $n "$each" "${words[@]}" 3<&-
        n=$((n + 1))
        progress "$($text)"
    done 3<"$list"
    while [ ${#job_case[@]} -gt 0 ]; do
        job_end
        progress "$($text)"
    done
    for ((i = 0; i < n; i++)); do cat "$all/case-$i.said"; done
    rm -rf "$all"/case-*.sum "$all"/case-*.said "$all"/case-*
    [ $n = "$(wc -l <"$list")" ]
}
