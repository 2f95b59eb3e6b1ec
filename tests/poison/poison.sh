#!/bin/sh
# poison.sh - builds the core with both compilers at three levels of optimisation, and runs poison.c with each of them
# under valgrind: no branch and no index may depend on a secret, whatever the optimiser has made of the code. What
# valgrind says is in tests/poison/COMPILER-O*.log of the build folder. make check-poison.
#
# tests/poison/flags, written by make, says what to build and how.
set -u

here=$top_builddir/tests/poison
. "$here/flags"

skip()
{
	echo "1..0 # SKIP $1"
	exit 0
}

test -z "$poison_sanitize" || skip 'valgrind takes no program with sanitizers; other builds run this'
command -v valgrind >/dev/null || skip 'missing: valgrind'
echo '#include <valgrind/memcheck.h>' | ${CC:-cc} -E - >/dev/null 2>&1 || skip 'missing: valgrind/memcheck.h'

# What release.c puts itself in front of.
wrapped='tls_rng_fill tls_mem_equal tls_group_generate tls_group_respond tls_mlkem_sample_row tls_sig_sign tls_aead_open tls_transcript_add tls_resume_decode
	nettle_ecdsa_sign nettle_ecc_scalar_set nettle_ecc_point_mul_g nettle_rsa_pss_sha256_sign_digest_tr
	nettle_rsa_pss_sha384_sign_digest_tr nettle_rsa_pss_sha512_sign_digest_tr nettle_rsa_pkcs1_sign_tr'
wraps=$(for f in $wrapped; do printf ' -Wl,--wrap=%s' "$f"; done)

# build COMPILER LEVEL
build()
{
	# shellcheck disable=SC2086
	(cd "$top_builddir" && $1 "$2" -gdwarf-4 -std=gnu11 $poison_cppflags $wraps -o "tests/poison/poison-$1$2" \
		$poison_sources $poison_libs) >"$here/build-$1$2.log" 2>&1
}

# points NAME PREFIX: the TAP of one run, numbered on.
points()
{
	grep -E '^(ok|not ok|Bail out!)' "$here/$1.out" | sed -E "s/^(ok|not ok) [0-9]+ - /\1 N - $2: /" >>"$here/points"
	# as many points as it has said it has, or it didn't get to its end
	n=$(sed -n 's/^1\.\.//p' "$here/$1.out")
	test "$(grep -cE '^(ok|not ok)' "$here/$1.out")" = "${n:-0}" && test "${n:-0}" -gt 0 ||
		echo "not ok N - $2: came to its end" >>"$here/points"
	grep -q '^not ok' "$here/$1.out" && sed 's/^/# /' "$here/$1.log" | head -n 200 >>"$here/points"
}

# run NAME PROGRAM
run()
{
	valgrind -q --expensive-definedness-checks=yes --error-limit=no --num-callers=20 \
		--suppressions="$top_srcdir/tests/poison/nettle.supp" --log-file="$here/$1.log" "$2" >"$here/$1.out" 2>&1
}

# Compiles and runs at all levels; both compilers at the same time.
with_compiler()
{
	for level in -O0 -O2 -O3; do
		build "$1" "$level" && run "$1$level" "$here/poison-$1$level"
	done
}

: >"$here/points"

# What valgrind can't see: a division takes a time that depends on its operands (KyberSlash).
divisions()
{
	case $(uname -m) in x86_64) ;; *) return 0 ;; esac
	command -v objdump >/dev/null || return 0
	for f in mlkem mlkem_poly mlkem_sample sponge; do
		# shellcheck disable=SC2086
		(cd "$top_builddir" && $1 "$2" -std=gnu11 $poison_cppflags -c -o "$here/division.o" \
			"$top_srcdir/tls/crypto/$f.c") && objdump -d "$here/division.o" >"$here/division.s" || return 1
		! grep -E '[[:space:]](v?i?div[a-z]*)[[:space:]]' "$here/division.s" | sed 's/^/# /' | grep . || return 1
	done
}

for compiler in gcc clang; do
	command -v $compiler >/dev/null || continue
	for level in -O0 -O2 -O3 -Os; do
		divisions $compiler $level >>"$here/points" 2>&1 && ok='ok' || ok='not ok'
		echo "$ok N - $compiler $level: no division in ML-KEM" >>"$here/points"
	done
done
compilers=
for compiler in gcc clang; do
	if command -v $compiler >/dev/null; then
		compilers="$compilers $compiler"
		rm -f "$here/$compiler"-O*.out "$here/$compiler"-O*.log
		with_compiler $compiler &
	else
		echo "ok N - $compiler # SKIP missing: $compiler" >>"$here/points"
	fi
done
wait
for compiler in $compilers; do
	for level in -O0 -O2 -O3; do
		if test -f "$here/$compiler$level.out"; then
			points "$compiler$level" "$compiler $level"
		else
			echo "not ok N - $compiler $level: builds" >>"$here/points"
			sed 's/^/# /' "$here/build-$compiler$level.log" | head -n 40 >>"$here/points"
		fi
	done
done
# nettle as it is on processors without instructions for AES
for compiler in $compilers; do
	NETTLE_FAT_OVERRIDE=vendor:other run plain "$here/poison-$compiler-O2"
	points plain 'no AES instructions'
	break
done
awk '/^(not )?ok N/ { sub(/ N /, " " ++n " ") } { print } END { print "1.." n }' "$here/points"
