#!/bin/sh
# Makes the keys and certificates beside it with openssl and certtool. Not run by the tests: the
# files are kept, so that a test never depends on the tools of the day. Usage: ./make.sh [FOLDER]
set -e
cd "${1:-$(dirname "$0")}"
days=36500

# Keys: each kind in each container.
for c in P-256:p256 P-384:p384 P-521:p521; do
	n=${c#*:}
	openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:"${c%:*}" -out "$n.pkcs8.pem"
	openssl ec -in "$n.pkcs8.pem" -out "$n.sec1.pem"
	{ openssl ecparam -name "$(openssl ec -in "$n.pkcs8.pem" -noout -text | sed -n 's/^ASN1 OID: //p')"
	  openssl ec -in "$n.pkcs8.pem" -no_public; } >"$n.sec1-params.pem"
done
openssl ec -in p256.pkcs8.pem -conv_form compressed -out p256.sec1-compressed.pem
openssl ec -in p256.pkcs8.pem -param_enc explicit -out p256.explicit.bad.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -out rsa.pkcs8.pem
openssl rsa -in rsa.pkcs8.pem -traditional -out rsa.pkcs1.pem
openssl genpkey -algorithm ED25519 -out ed25519.pkcs8.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out other.pkcs8.pem

# Keys that are refused.
openssl genpkey -algorithm ED448 -out ed448.bad.pem
openssl genpkey -algorithm X25519 -out x25519.bad.pem
openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1 -out secp256k1.bad.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024 -out rsa1024.bad.pem
openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:2048 -pkeyopt rsa_keygen_primes:3 -out rsa-multiprime.bad.pem
openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out rsa-pss.bad.pem
openssl pkcs8 -in p256.pkcs8.pem -topk8 -v2 aes-128-cbc -passout pass:test -out p256.encrypted.pem
openssl ec -in p256.pkcs8.pem -aes128 -passout pass:test -out p256.encrypted-sec1.pem

# Self-signed leaves, one for each key; RSA and P-256 serve the same name.
self()
{
	openssl req -x509 -new -key "$1.pkcs8.pem" -days "$days" -subj "/O=Quench test/CN=$1" \
		-addext "subjectAltName=$2" -addext basicConstraints=critical,CA:FALSE -out "$1.crt.pem"
}
self p256 DNS:pair.example,DNS:www.pair.example,IP:192.0.2.1
self rsa DNS:pair.example,DNS:www.pair.example,IP:2001:db8::1,email:a@pair.example
self p384 "DNS:*.wild.example"
self p521 "DNS:deep.wild.example,DNS:p521.example"
self ed25519 DNS:ED25519.Example
openssl req -x509 -new -key p256.pkcs8.pem -days "$days" -subj "/CN=cn-only.example" -out nosan.crt.pem
openssl req -x509 -new -key rsa1024.bad.pem -days "$days" -subj "/CN=small" -out rsa1024.crt.pem
openssl req -x509 -new -key ed448.bad.pem -days "$days" -subj "/CN=ed448" -out ed448.crt.pem

# A chain of three by certtool: root (RSA), intermediate (P-384), leaf (P-256).
template()
{
	printf '%s\n' "$@" 'activation_date = "2024-01-01 00:00:00 UTC"' >template.tmp
}
template 'cn = "Quench test root"' ca cert_signing_key 'serial = 1' 'expiration_date = "2123-12-31 23:59:59 UTC"'
certtool --generate-self-signed --load-privkey rsa.pkcs8.pem --template template.tmp --outfile root.tmp
template 'cn = "Quench test intermediate"' ca cert_signing_key 'path_len = 0' 'serial = 2' \
	'expiration_date = "2049-12-31 23:59:59 UTC"'
certtool --generate-certificate --load-privkey p384.pkcs8.pem --load-ca-certificate root.tmp \
	--load-ca-privkey rsa.pkcs8.pem --template template.tmp --outfile intermediate.tmp
template 'cn = "chain.example"' 'dns_name = "chain.example"' 'dns_name = "*.chain.example"' tls_www_server \
	signing_key 'serial = 3' 'expiration_date = "2050-01-01 00:00:00 UTC"'
certtool --generate-certificate --load-privkey p256.pkcs8.pem --load-ca-certificate intermediate.tmp \
	--load-ca-privkey p384.pkcs8.pem --template template.tmp --outfile leaf.tmp
cat leaf.tmp intermediate.tmp root.tmp >chain.crt.pem
cat leaf.tmp root.tmp intermediate.tmp >unsorted.crt.pem
template 'cn = "expired.example"' 'dns_name = "expired.example"' 'serial = 4' \
	'expiration_date = "2024-02-01 00:00:00 UTC"'
certtool --generate-self-signed --load-privkey p256.pkcs8.pem --template template.tmp --outfile expired.crt.pem

# OCSP responses: by the CA, revoked, and by a responder that the CA has certified.
mkdir ocsp.tmp
printf '[req]\ndistinguished_name = dn\n[dn]\n' >ocsp.tmp/empty.cnf
issue()
{
	name=$1 key=$2 serial=$3
	shift 3
	openssl req -config ocsp.tmp/empty.cnf -x509 -new -key "$key" -days "$days" -subj "/CN=$name" -set_serial "$serial" "$@"
}
issue "OCSP CA" p384.pkcs8.pem 1 -addext basicConstraints=critical,CA:TRUE \
	-addext keyUsage=critical,keyCertSign,cRLSign -out ocsp-ca.crt.pem
for n in leaf:17:p256:serverAuth responder:18:other:OCSPSigning; do
	IFS=: read -r who serial key purpose <<-END
	$n
	END
	issue "OCSP $who" "$key.pkcs8.pem" "$serial" -CA ocsp-ca.crt.pem -CAkey p384.pkcs8.pem \
		-addext basicConstraints=critical,CA:FALSE -addext keyUsage=critical,digitalSignature \
		-addext "extendedKeyUsage=$purpose" -addext "subjectAltName=DNS:ocsp.example" -out "ocsp-$who.crt.pem"
done
answer()
{
	printf '%s\n' "$1" >ocsp.tmp/index.txt
	shift
	openssl ocsp -index ocsp.tmp/index.txt -CA ocsp-ca.crt.pem -issuer ocsp-ca.crt.pem -noverify -ndays "$days" "$@"
}
good=$(printf 'V\t991231235959Z\t\t11\tunknown\t/CN=OCSP leaf')
revoked=$(printf 'R\t991231235959Z\t260101000000Z,keyCompromise\t11\tunknown\t/CN=OCSP leaf')
answer "$good" -cert ocsp-leaf.crt.pem -rsigner ocsp-ca.crt.pem -rkey p384.pkcs8.pem -resp_no_certs -respout ocsp-good.der
answer "$good" -sha256 -cert ocsp-leaf.crt.pem -rsigner ocsp-responder.crt.pem -rkey other.pkcs8.pem \
	-respout ocsp-delegated.der
answer "$revoked" -cert ocsp-leaf.crt.pem -rsigner ocsp-ca.crt.pem -rkey p384.pkcs8.pem -respout ocsp-revoked.der
answer "$good" -cert ocsp-responder.crt.pem -rsigner ocsp-ca.crt.pem -rkey p384.pkcs8.pem -respout ocsp-unknown.der
rm -rf ./*.tmp
