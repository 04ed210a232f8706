#!/bin/sh
# SPDX-License-Identifier: MIT
# The system's package client with private lists and caches: apt.sh AREA SUITE COMMAND [ARG...]
#   AREA     directory that holds the private lists, caches and lock (made when missing)
#   SUITE    distribution to read, e.g. bookworm, from the mirror this machine itself is configured for
#   COMMAND  `update`, `sources` (print the private source list), or any apt-get command that writes into the current directory (`source`, `download`)
# Lists are fetched when there are none; a command that fails is tried once more after a fresh update.
# Invariant: nothing outside AREA and the current directory is written, with or without privileges.
# CAPBENCH_MIRROR=URI overrides the mirror; CAPBENCH_APT_ETC=DIR replaces /etc/apt (for tests).
set -eu

[ $# -ge 3 ] || {
	echo "usage: apt.sh AREA SUITE COMMAND [ARG...]" >&2
	exit 2
}
area=$1
suite=$2
shift 2
mkdir -p "$area/lists/partial" "$area/cache/archives/partial" "$area/etc/parts"
area=$(cd "$area" && pwd)
etc=${CAPBENCH_APT_ETC:-/etc/apt}
codename=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release 2>/dev/null | tr -d '"')

exec 9>"$area/lock"
flock 9

# The best entry of the machine's one-line lists, as a line of our own (a tab, its rank, first). Options such as
# signed-by stay; the architecture does not.
one_line_best() {
	cat "$etc/sources.list" "$etc"/sources.list.d/*.list 2>/dev/null |
		awk -v suite="$suite" -v codename="$codename" '
		{ sub(/#.*/, "") }
		$1 == "deb" || $1 == "deb-src" {
			options = ""
			if (match($0, /\[[^]]*\]/)) {
				n = split(substr($0, RSTART + 1, RLENGTH - 2), o, " ")
				for (i = 1; i <= n; i++)
					if (o[i] !~ /^arch/) options = options " " o[i]
				sub(/\[[^]]*\]/, "")
			}
			main = 0
			for (i = 4; i <= NF; i++) if ($i == "main") main = 1
			if (!main || $2 ~ /^cdrom:/) next
			rank = $3 == suite ? 1 : $3 ~ /^(old)*stable$/ ? 2 : $3 == codename ? 3 : 0
			if (rank && (!best || rank < best)) {
				best = rank
				line = (options == "" ? "" : "[" options " ] ") $2 " " suite " main"
			}
		}
		END { if (best) printf "%d\t%s\n", best, line }'
}

# The same for deb822 stanzas: first line the rank, then the stanza with types, suite and components of our own.
deb822_best() {
	for file in "$etc"/sources.list.d/*.sources; do
		[ -r "$file" ] && cat "$file" && echo
	done | awk -v suite="$suite" -v codename="$codename" '
		function finish(   n, i, s, rank) {
			if (keep != "" && types ~ /deb/ && enabled && components ~ /(^| )main( |$)/) {
				n = split(suites, s, " ")
				for (i = 1; i <= n; i++) {
					rank = s[i] == suite ? 1 : s[i] ~ /^(old)*stable$/ ? 2 : s[i] == codename ? 3 : 0
					if (rank && (!best || rank < best)) { best = rank; text = keep }
				}
			}
			keep = ""; types = ""; suites = ""; components = ""; enabled = 1; dropping = 0
		}
		BEGIN { enabled = 1 }
		/^#/ { next }
		/^[ \t]*$/ { finish(); next }
		/^[ \t]/ { if (!dropping) keep = keep $0 "\n"; else if (field == "suites") suites = suites " " $0
			else if (field == "components") components = components " " $0; next }
		{
			field = tolower($0); sub(/:.*/, "", field)
			value = $0; sub(/^[^:]*:[ \t]*/, "", value); gsub(/\t/, " ", value)
			dropping = 1
			if (field == "types") types = value
			else if (field == "suites") suites = value
			else if (field == "components") components = value
			else if (field == "enabled") enabled = value !~ /^no/
			else if (field != "architectures" && field != "targets") { dropping = 0; keep = keep $0 "\n" }
		}
		END { finish(); if (best) printf "%d\n%s", best, text }'
}

# Writes the private list; says what to do when the machine names no usable mirror.
write_sources() {
	rm -f "$area/etc/parts/"*
	if [ -n "${CAPBENCH_MIRROR:-}" ]; then
		printf 'deb %s %s main\ndeb-src %s %s main\n' "$CAPBENCH_MIRROR" "$suite" \
			"$CAPBENCH_MIRROR" "$suite" >"$area/etc/parts/capbench.list"
		return
	fi
	line=$(one_line_best)
	stanza=$(deb822_best)
	line_rank=$(printf '%s\n' "$line" | cut -f1)
	stanza_rank=$(printf '%s\n' "$stanza" | head -n 1)
	if [ "${stanza_rank:-9}" -le "${line_rank:-9}" ] && [ -n "$stanza_rank" ]; then
		{
			printf 'Types: deb deb-src\nSuites: %s\nComponents: main\n' "$suite"
			printf '%s\n' "$stanza" | tail -n +2
		} >"$area/etc/parts/capbench.sources"
	elif [ -n "$line_rank" ]; then
		line=$(printf '%s\n' "$line" | cut -f2-)
		printf 'deb %s\ndeb-src %s\n' "$line" "$line" >"$area/etc/parts/capbench.list"
	else
		echo "apt.sh: no mirror with the suite $suite, stable or '$codename' in $etc;" \
			"set CAPBENCH_MIRROR to the URI of a mirror that has $suite" >&2
		exit 1
	fi
}

# The machine's transport settings (proxies and the like) and nothing else of its configuration: hooks that it runs after an
# update would work on the machine's own caches.
write_configuration() {
	mkdir -p "$area/etc/none.d"
	apt-config dump | grep "^Acquire::" | grep -v "^Acquire::IndexTargets" >"$area/etc/apt.conf.new"
	printf 'Dir::Etc::parts "%s/etc/none.d";\nDir::Etc::main "%s/etc/none";\n' "$area" "$area" >>"$area/etc/apt.conf.new"
	mv "$area/etc/apt.conf.new" "$area/etc/apt.conf"
}

apt_private() {
	sandbox=
	if [ "$(id -u)" = 0 ]; then sandbox='-oAPT::Sandbox::User='; fi
	# shellcheck disable=SC2086 # empty unless root
	APT_CONFIG=$area/etc/apt.conf apt-get -q=2 $sandbox \
		-o Dir::Etc::sourcelist="$area/etc/none" -o Dir::Etc::sourceparts="$area/etc/parts" \
		-o Dir::State="$area" -o Dir::State::lists="$area/lists" -o Dir::Cache="$area/cache" \
		-o Dir::State::status=/var/lib/dpkg/status -o Dir::Log="$area" \
		-o Acquire::Languages=none -o Acquire::Retries=3 -o APT::Get::List-Cleanup=0 "$@" 9>&-
}

write_sources
write_configuration
if [ "$1" = sources ]; then
	cat "$area/etc/parts/"*
	exit
fi
if [ "$1" = update ]; then
	apt_private update >&2
	exit
fi
fresh=
if [ -z "$(find "$area/lists" -maxdepth 1 -type f -name '*Sources*' | head -n 1)" ]; then
	apt_private update >&2
	fresh=yes
fi
if apt_private "$@" >&2; then exit; fi
[ -z "$fresh" ] || exit 1
apt_private update >&2
apt_private "$@" >&2
