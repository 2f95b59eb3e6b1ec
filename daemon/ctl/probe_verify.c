/* probe_verify.c - see probe_verify.h. */
#include "probe_verify.h"

#include <string.h>
#include <time.h>

#include "file.h"

static void set_name(struct px_probe_session *s, json_t *step)
{
	const char *name = s->o->name;

	px_story_set(s->story, step, "name", name[0] != '\0' ? px_story_string(name) : json_null());
	if (name[0] != '\0' && s->leaf.size > 0)
		px_story_set(s->story, step, "name_matches", json_boolean(s->name_fits));
}

static const char *issuer_help(const struct px_probe_session *s, unsigned depth)
{
	if (s->o->n_trust == 0)
		return "No CA is trusted at all: --trust gives some, since " PX_FILE_SYSTEM_TRUST " is not there.";
	if (depth == 0 && s->leaf_self_issued)
		return "A self-signed certificate: give it by --trust if it is the right one; compare its sha256.";
	if (depth == 0 && s->n_certificates == 1)
		return "The server sent its certificate alone: most often the intermediate certificate is missing from its "
		       "chain file. If the issuer is a CA of your own: --trust.";
	return "The CA at the end of the chain is not among those that are trusted: --trust gives others. If another "
	       "client accepts the server, the chain may lack an intermediate certificate that it knows by chance.";
}

static const char *help_for(const struct px_probe_session *s, unsigned status, unsigned depth)
{
	if ((status & TLS_CERT_SIGNER_NOT_FOUND) != 0)
		return issuer_help(s, depth);
	if ((status & TLS_CERT_EXPIRED) != 0)
		return depth == 0 ? "Renew it; if it was renewed, the server has not loaded the new one."
				  : "An issuer is expired: the chain file has an old intermediate certificate.";
	if ((status & TLS_CERT_NOT_ACTIVATED) != 0)
		return "Compare the clocks.";
	if ((status & TLS_CERT_UNEXPECTED_OWNER) != 0)
		return "The name asked for is in none of the certificate's names, shown above: a wrong --name, or the server "
		       "chose the certificate of another site.";
	if ((status & TLS_CERT_REVOKED) != 0)
		return "It must be replaced by a new one.";
	if ((status & TLS_CERT_MISSING_OCSP_STATUS) != 0)
		return "The certificate demands an OCSP response (must-staple): switch stapling on in the server.";
	if ((status & (TLS_CERT_INVALID_OCSP_STATUS | TLS_CERT_REVOCATION_DATA_SUPERSEDED)) != 0)
		return "Look at the staple, or the list, and its dates: whoever fetches it for the server may have stopped.";
	if ((status & TLS_CERT_PURPOSE_MISMATCH) != 0)
		return "It is not for servers: extendedKeyUsage lacks serverAuth.";
	if ((status & TLS_CERT_INSECURE_ALGORITHM) != 0)
		return "Replace it by one with RSA of 2048 bits or more, or EC, signed with SHA-2.";
	return NULL;
}

static void tell_bad(struct px_probe_session *s, unsigned status)
{
	json_t *step = px_story_begin(s->story, "verification");
	const char *subject = "", *reason = "refused";
	unsigned depth = 0;
	int sent = tls_alert_get_sent(s->tls);

	(void)tls_session_get_verify_cert_fault(s->tls, &depth, &subject, &reason);
	px_story_set(s->story, step, "certificate", json_integer(depth));
	px_story_set(s->story, step, "subject", json_string(subject[0] != '\0' ? subject : "(no subject)"));
	set_name(s, step);
	if (sent > 0)
		px_story_set(s->story, step, "alert_sent",
		    json_string(tls_alert_get_name((tls_alert_description_t)sent)));
	if (!s->o->insecure) {
		px_story_fail(s->story, step, reason, help_for(s, status, depth));
		return;
	}
	px_story_set(s->story, step, "reason", json_string(reason));
	px_story_tell(s->story, step);
}

static void tell_good(struct px_probe_session *s)
{
	json_t *step = px_story_begin(s->story, "verification");

	px_story_set(s->story, step, "result", json_string("trusted"));
	set_name(s, step);
	px_story_tell(s->story, step);
}

int px_probe_verify_function(tls_session_t tls)
{
	struct px_probe_session *s = tls_session_get_ptr(tls);
	const char *name = s->o->name[0] != '\0' ? s->o->name : NULL;
	unsigned status = 0;

	if (s->o->insecure && tls_certificate_verify_peers3(tls, name, &status) < 0)
		return -1;
	if (status != 0)
		tell_bad(s, status);
	else
		tell_good(s);
	return 0;
}

/* ---- The path --------------------------------------------------------------------------------- */

/* The session doesn't keep it, so the chain is judged once more; names and revocation are settled. */
static int judge_again(struct px_probe_session *s, tls_x509_case_t c)
{
	const struct px_probe_options *o = s->o;
	tls_x509_case_terms_t terms = { .now = time(NULL) };
	unsigned n, status = 0;
	const tls_datum_t *peers = tls_certificate_get_peers(s->tls, &n);
	int ret = 0;

	for (unsigned i = 0; i < o->n_trust && ret >= 0; i++)
		ret = tls_x509_case_add(c, TLS_X509_CASE_TRUST, &o->trust[i], px_file_format(&o->trust[i]));
	for (unsigned i = 0; i < n && ret >= 0; i++)
		ret = tls_x509_case_add(c, TLS_X509_CASE_CHAIN, &peers[i], TLS_X509_FMT_DER);
	return ret < 0 ? ret : tls_x509_case_judge(c, &status, &terms);
}

static void tell_path(struct px_probe_session *s, tls_x509_case_t c)
{
	json_t *step = px_story_begin(s->story, "path"), *subjects = json_array();
	const char *subject;

	for (unsigned i = 0; (subject = tls_x509_case_get_path(c, i)) != NULL; i++)
		px_story_append(s->story, subjects, json_string(subject[0] != '\0' ? subject : "(no subject)"));
	px_story_set(s->story, step, "subjects", subjects);
	px_story_tell(s->story, step);
}

void px_probe_verify_tell_path(struct px_probe_session *s)
{
	tls_x509_case_t c;

	if (tls_x509_case_init(&c) < 0)
		return;
	if (judge_again(s, c) == 0 && tls_x509_case_get_path(c, 0) != NULL)
		tell_path(s, c);
	tls_x509_case_deinit(c);
}

bool px_probe_verify_failed(struct px_probe_session *s, int err)
{
	unsigned status = tls_session_get_verify_cert_status(s->tls);

	/* a judgement that was bad and did not end it, or an end for another reason */
	if (s->o->insecure || status == 0 || status == TLS_CERT_NOT_JUDGED || err == TLS_E_FATAL_ALERT_RECEIVED)
		return false;
	tell_bad(s, status);
	return true;
}
