#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# A bare Debian 12 machine to try a command in: debootstrap with git, make and ca-certificates, and
# a clone of this repository's last commit in /root/ashlar, where COMMAND runs as root.
#
#   support/fresh.sh [--] COMMAND [ARGUMENT...]
#
# KEEP=1 keeps the machine and says where it is; REUSE=FOLDER takes such a one again, as it is.
# It is a folder with its own mounts and processes, not a virtual machine: network and kernel are
# this machine's. Needs root and debootstrap. Ends with the command's status, 125 if it never ran.
set -u

release=bookworm
here=$(cd "$(dirname "$0")/.." && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ashlar
base=$cache/fresh-$release.tar

fail()
{
	printf 'fresh.sh: %s\n' "$*" >&2
	exit 125
}

# The archive that this machine itself uses: the first URIs: line, or the first deb line.
mirror()
{
	local files=(/etc/apt/sources.list.d/*.sources)
	if [ -e "${files[0]}" ]; then
		awk '$1 == "URIs:" { print $2; exit }' "${files[@]}"
		return
	fi
	awk '$1 == "deb" { for (i = 2; i <= NF; i++) if ($i ~ /:\/\//) { print $i; exit } }' \
		/etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null
}

# The base tree, kept as an archive: under another name until it is whole.
make_base()
{
	local from tree
	from=$(mirror)
	[ -n "$from" ] || fail "this machine's apt sources name no mirror"
	command -v debootstrap >/dev/null || fail "debootstrap is missing: apt-get install debootstrap"
	mkdir -p "$cache" || exit 125
	tree=$(mktemp -d "$cache/fresh-base.XXXXXX") || exit 125
	# shellcheck disable=SC2064
	trap "umount '$tree/root/proc' '$tree/root/sys' 2>/dev/null; rm -rf --one-file-system '$tree'
		rm -f '$base.$$'" EXIT
	printf 'fresh.sh: making the base tree (once, about a minute)\n' >&2
	if ! debootstrap --variant=minbase --include=git,make,ca-certificates "$release" \
		"$tree/root" "$from" >"$tree/log" 2>&1; then
		tail -n 10 "$tree/log" >&2
		fail "debootstrap failed (above)"
	fi
	rm -f "$tree"/root/var/cache/apt/archives/*.deb
	if ! tar -C "$tree/root" --numeric-owner -cf "$base.$$" . || ! mv "$base.$$" "$base"; then
		fail "$base cannot be written"
	fi
	rm -rf "$tree"
	trap - EXIT
}

# Runs in a mount and process namespace of its own: what is mounted goes away with it, however it
# ends, and no process outlives it.
inside()
{
	local root=$1
	shift
	mount --make-rprivate / || exit 125
	mount -t proc proc "$root/proc" || exit 125
	mount -t sysfs -o ro sysfs "$root/sys" 2>/dev/null
	mount -t tmpfs -o mode=755 dev "$root/dev" || exit 125
	mkdir -p "$root/dev/net" "$root/dev/pts" "$root/dev/shm"
	mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
	mount -t tmpfs -o mode=1777 shm "$root/dev/shm"
	ln -s pts/ptmx "$root/dev/ptmx"
	ln -s /proc/self/fd "$root/dev/fd"
	ln -s /proc/self/fd/0 "$root/dev/stdin"
	ln -s /proc/self/fd/1 "$root/dev/stdout"
	ln -s /proc/self/fd/2 "$root/dev/stderr"
	for d in null zero full random urandom tty net/tun kvm; do
		[ -e "/dev/$d" ] || continue
		: >"$root/dev/$d"
		mount --bind "/dev/$d" "$root/dev/$d" || exit 125
	done
	# no exec: this shell is the first process of the namespace and waits for orphans
	env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 ${SETUP:+SETUP="$SETUP"} \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
		chroot "$root" /bin/sh -c 'cd /root/ashlar && exec "$@"' sh "$@"
}

unpack()
{
	tar -C "$work" --numeric-owner -xf "$base" || fail "$base is broken: delete it and try again"
	cat /etc/resolv.conf >"$work/etc/resolv.conf"
	cat /etc/hosts >"$work/etc/hosts"
	clone "$work"
}

clone()
{
	git -c safe.directory='*' clone -q --no-hardlinks "$here" "$1/root/ashlar" ||
		fail "this repository cannot be cloned"
	if [ -n "$(git -C "$here" status --porcelain 2>/dev/null | head -n 1)" ]; then
		printf 'fresh.sh: note: changes that are not committed are not in the clone\n' >&2
	fi
}

cleanup()
{
	trap '' INT TERM HUP
	if [ "${KEEP:-0}" = 1 ]; then
		printf 'fresh.sh: kept: %s\n' "$work" >&2
	else
		rm -rf --one-file-system "$work"
	fi
}

main()
{
	[ "${1:-}" = -- ] && shift
	[ $# -gt 0 ] || fail "usage: support/fresh.sh [--] COMMAND [ARGUMENT...]"
	[ "$(id -u)" = 0 ] || fail "it needs root: sudo $0 $*"
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	if [ -n "${REUSE:-}" ]; then
		[ -d "$REUSE/root/ashlar" ] || fail "REUSE=$REUSE is no kept machine"
		work=$REUSE KEEP=1
	else
		[ -s "$base" ] || make_base
		work=$(mktemp -d "${TMPDIR:-/tmp}/ashlar-fresh.XXXXXX") || exit 125
		trap cleanup EXIT
		unpack
	fi
	export -f inside
	# shellcheck disable=SC2016
	# KILL: unshare blocks the other signals; what it started dies with it, and it with us
	setpriv --pdeathsig KILL unshare --mount --pid --fork --kill-child \
		bash -c 'inside "$@"' bash "$work" "$@" <&0 &
	child=$!
	trap 'kill -KILL $child 2>/dev/null; exit 130' INT
	trap 'kill -KILL $child 2>/dev/null; exit 143' TERM HUP
	wait $child
}

main "$@"
