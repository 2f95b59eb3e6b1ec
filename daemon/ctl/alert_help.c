/* alert_help.c - see alert_help.h. All alerts of RFC 8446 section 6, RFC 5246 section 7.2 and those before it that are
 * still met, RFC 6066 section 9, RFC 7301, RFC 7507, and later ones. Written for the client of the connection: the peer that
 * sends is the server. */
#include "alert_help.h"

#include <stddef.h>

static const struct px_alert alerts[] = {
	{ 0, "close_notify", "The server closed the connection in an orderly way.",
	    "In a handshake it gave up without a reason: its log may have one." },
	{ 10, "unexpected_message", "The server got a message that it did not expect at this point.",
	    "One of the two implementations is wrong, or something between rewrites the connection." },
	{ 20, "bad_record_mac", "The server could not decrypt what it got.",
	    "Something between changes bytes, or the keys differ: a fault of an implementation." },
	{ 21, "decryption_failed", "An alert of TLS 1.0 for what could not be decrypted; nothing sends it today.",
	    "Update the server." },
	{ 22, "record_overflow", "A record was too long for the server.",
	    "One that limits its records says so in record_size_limit; this one did not, or was not heard." },
	{ 30, "decompression_failure", "An alert of old versions, about compression, which is never offered here.",
	    "Update the server." },
	{ 40, "handshake_failure", "The server found nothing in the offer that it accepts: no suite, group or signature "
	    "algorithm in common, or in TLS 1.2 a client certificate is missing.",
	    "Compare --ciphersuites, --groups and --tls with what the server allows, and the kind of key its "
	    "certificate has (an ECDSA suite needs an EC key); give --certificate and --key if it wants one; "
	    "check the server name." },
	{ 41, "no_certificate", "An alert of SSL 3: there is no certificate.", "Update the server." },
	{ 42, "bad_certificate", "The client's certificate is corrupt, or the server refused it for a reason that has no "
	    "alert of its own.", "Look at the file of --certificate, and at the server's log." },
	{ 43, "unsupported_certificate", "The server does not take this kind of client certificate: its key's kind, or its "
	    "purpose.", "It needs extendedKeyUsage clientAuth, and a key that the server supports." },
	{ 44, "certificate_revoked", "The client's certificate, or an issuer's, is revoked.",
	    "Have a new one issued, or give the server a newer revocation list." },
	{ 45, "certificate_expired", "The client's certificate, or an issuer's, is expired or not valid yet.",
	    "Renew it; compare the clocks of both sides." },
	{ 46, "certificate_unknown", "The server could not accept the client's certificate for some other reason: often it "
	    "cannot be checked for revocation.", "Look at the server's log." },
	{ 47, "illegal_parameter", "A field of a message had a value that is not allowed there.",
	    "A fault of an implementation, or something between changes messages." },
	{ 48, "unknown_ca", "The server does not know the CA that issued the client's certificate.",
	    "Put the intermediate certificates behind the leaf in the file of --certificate; compare the CA with "
	    "those that the server asked for." },
	{ 49, "access_denied", "The certificate is valid, and this client may not come in.",
	    "A rule of the server: its allow list, or the like." },
	{ 50, "decode_error", "A message could not be decoded: a field out of range, a wrong length.",
	    "A fault of an implementation, a hello that is too large for something between, or a server that is no "
	    "TLS server." },
	{ 51, "decrypt_error", "A signature, a Finished or a binder did not verify.",
	    "With a client certificate: the key may not be the certificate's. Resuming: the ticket may be of "
	    "another server." },
	{ 60, "export_restriction", "An alert of TLS 1.0 about export rules; nothing sends it today.", "Update the server." },
	{ 70, "protocol_version", "The server speaks none of the offered versions of TLS.",
	    "Without --tls both 1.2 and 1.3 are offered: then it speaks only older ones and must be updated. With it: "
	    "try the other version." },
	{ 71, "insufficient_security", "The server demands stronger algorithms than the offered ones.",
	    "Offer more by --ciphersuites and --groups, or nothing of it, for the default." },
	{ 80, "internal_error", "Something failed inside the server that is not the client's fault: memory, its key, its "
	    "configuration.", "Look at the server's log: often its private key cannot be used." },
	{ 86, "inappropriate_fallback", "The server took the hello for a fall-back to an older version.",
	    "Something between the two repeats connections with older versions." },
	{ 90, "user_canceled", "The server's side cancelled the handshake for no fault of the protocol.",
	    "Look at the server's log." },
	{ 100, "no_renegotiation", "The server declines another handshake within the connection.",
	    "That is how most servers are set up; the connection goes on." },
	{ 109, "missing_extension", "The hello lacks an extension that the server must have.",
	    "Most often the server name: give --name, without an IP address." },
	{ 110, "unsupported_extension", "A message had an extension that was not asked for.",
	    "A fault of an implementation." },
	{ 111, "certificate_unobtainable", "The server could not fetch the client's certificate from a URL.",
	    "Nothing here asks for that: a fault of the server." },
	{ 112, "unrecognized_name", "The server has nothing for this server name.",
	    "Compare --name with the names that the server is set up for; without a name it may want one." },
	{ 113, "bad_certificate_status_response", "The OCSP response was not acceptable.",
	    "Look at the staple and its dates." },
	{ 114, "bad_certificate_hash_value", "The hash of a certificate behind a URL was wrong.",
	    "Nothing here asks for that: a fault of the server." },
	{ 115, "unknown_psk_identity", "The server does not know the pre-shared key, and wants one.",
	    "It takes only clients that have a key agreed on beforehand, which cannot be given here." },
	{ 116, "certificate_required", "The server demands a client certificate, and got none.",
	    "Give --certificate and --key." },
	{ 117, "general_error", "The server failed in a way that no other alert names.", "Look at the server's log." },
	{ 120, "no_application_protocol", "The server speaks none of the protocols offered by ALPN.",
	    "Try --alpn with another list, or without." },
	{ 121, "ech_required", "The server demands encrypted client hello.",
	    "That is not supported here: reach the server behind its front." },
};

#define N_ALERTS (sizeof(alerts) / sizeof(alerts[0]))

const struct px_alert *px_alert_help(unsigned number)
{
	static const struct px_alert unknown = { 255, "unknown", "No standard that is known here defines this alert.",
		"Look at the server's log." };

	for (size_t i = 0; i < N_ALERTS; i++) {
		if (alerts[i].number == number)
			return &alerts[i];
	}
	return &unknown;
}
