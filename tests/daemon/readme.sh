#!/bin/sh
# readme.sh - the tour of README works as it is written: its commands are taken from there and run, on
# ports that are free here, in a folder of their own.

for tool in openssl curl nginx; do
	PATH=$PATH:/usr/sbin command -v $tool >/dev/null || { echo "1..0 # SKIP missing: $tool"; exit 0; }
done
: "${top_srcdir:?}" "${top_builddir:?}"

dir=$(mktemp -d)
stop()
{
	for f in "$dir/tour/nginx.pid" "$dir/quenchd.pid"; do
		test ! -s "$f" || kill "$(cat "$f")" 2>/dev/null
	done
	rm -rf "$dir"
}
trap stop EXIT
trap 'exit 1' HUP INT TERM

free_port()
{
	PYTHONPATH=$top_srcdir/tests/lib "${PYTHON:-python3}" -c 'import quench; print(quench.free_port())'
}
web=$(free_port)
tls=$(free_port)

# What stands between lines of ``` in the section of the tour.
tour()
{
	sed -n '/^From the demo/,/^As a service/p' "$top_srcdir/README" |
		awk '/^```$/ { inside = !inside; next } inside' |
		sed -e "s/8080/$web/g" -e "s/8443/$tls/g" -e 's/ &$/ \& echo $! >quenchd.pid/'
}

echo 1..4
cd "$dir" || exit 1
mkdir build
ln -s "$top_builddir/quenchd" build/quenchd
ln -s "$top_builddir/quenchctl" build/quenchctl
{
	echo 'set -e'
	echo 'curl() { command curl -sS --retry 20 --retry-connrefused --retry-delay 1 "$@"; }'
	tour
} >tour.sh
grep -q 'curl --cacert' tour.sh && echo 'ok 1 - README has a tour' || echo 'not ok 1 - README has a tour'
sh tour.sh >out 2>err && echo 'ok 2 - each command succeeds' || echo 'not ok 2 - each command succeeds'
grep -qx 'nginx behind quench' out && echo 'ok 3 - curl gets the page' || echo 'not ok 3 - curl gets the page'
quenchd=$(cat quenchd.pid 2>/dev/null)
n=0
while test $n -lt 120 && test -n "$quenchd" && kill -0 "$quenchd" 2>/dev/null; do
	n=$((n + 1))
	sleep 1
done
if test -n "$quenchd" && ! kill -0 "$quenchd" 2>/dev/null; then
	echo 'ok 4 - quenchd has ended'
else
	echo 'not ok 4 - quenchd has ended'
fi
sed 's/^/# /' tour.sh out err
