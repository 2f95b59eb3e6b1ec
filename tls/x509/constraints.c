/* constraints.c - see constraints.h. */
#include "constraints.h"

#include "../bytes/mem.h"
#include "dn.h"
#include "oid.h"
#include "subtree.h"

#define LONG_LEN 32

/* One name, held against the constraints of one issuer. */
struct trial {
	const struct tls_exts *issuer;
	unsigned kind;
	struct tls_span name;
	bool comparable;
	unsigned *work;
};

/* Long names take longer, directory names above all. */
static void count(const struct trial *t, unsigned kind, struct tls_span base)
{
	*t->work += 1 + (kind == t->kind ? (unsigned)((base.len + t->name.len) / LONG_LEN) : 0);
}

static bool is_in_excluded(const struct trial *t)
{
	struct tls_span rest = t->issuer->excluded, base;
	unsigned kind;

	while (tls_exts_next_subtree(&rest, &kind, &base)) {
		count(t, kind, base);
		if (kind == t->kind && (!t->comparable || tls_subtree_has_some(kind, base, t->name)))
			return true;
	}
	return false;
}

/* A kind that no permitted subtree has isn't restricted. */
static bool is_in_permitted(const struct trial *t)
{
	struct tls_span rest = t->issuer->permitted, base;
	bool restricted = false;
	unsigned kind;

	while (tls_exts_next_subtree(&rest, &kind, &base)) {
		count(t, kind, base);
		if (kind != t->kind)
			continue;
		restricted = true;
		if (t->comparable && tls_subtree_has_all(kind, base, t->name))
			return true;
	}
	return !restricted;
}

/* What can't be compared with a constraint of its kind breaks it. */
static enum tls_flaw try_name(struct trial *t)
{
	if (*t->work > TLS_CONSTRAINTS_MAX_WORK)
		return TLS_FLAW_LIMIT;
	t->comparable = tls_subtree_is_comparable(t->kind, t->name);
	return is_in_excluded(t) || !is_in_permitted(t) ? TLS_FLAW_NAME_CONSTRAINTS : TLS_FLAW_NONE;
}

static enum tls_flaw try_subject(struct trial *t, const struct tls_constrained *c)
{
	struct tls_dn_walk walk = tls_dn_begin(c->cert->subject);
	struct tls_dn_attribute a;
	enum tls_flaw fault;

	if (tls_dn_is_empty(c->cert->subject))
		return TLS_FLAW_NONE;
	t->kind = TLS_CERT_NAME_DIRECTORY;
	t->name = c->cert->subject;
	fault = try_name(t);
	/* Without subjectAltName an address in the subject counts. */
	t->kind = TLS_CERT_NAME_EMAIL;
	while (fault == TLS_FLAW_NONE && c->cert->san.len == 0 && tls_dn_next(&walk, &a)) {
		t->name = a.value;
		if (tls_oid_is(a.type, TLS_OID_EMAIL))
			fault = try_name(t);
	}
	return fault;
}

/* All names of c against the constraints of one issuer above it. */
static enum tls_flaw try_names(struct trial *t, const struct tls_constrained *c)
{
	struct tls_span rest = c->cert->san;
	enum tls_flaw fault = try_subject(t, c);
	unsigned n = 0;

	while (fault == TLS_FLAW_NONE && tls_cert_next_name(&rest, &t->kind, &t->name))
		fault = ++n > TLS_CONSTRAINTS_MAX_NAMES ? TLS_FLAW_LIMIT : try_name(t);
	return fault;
}

static enum tls_flaw check_list(struct tls_span rest)
{
	struct tls_span base;
	unsigned kind, n = 0;

	while (tls_exts_next_subtree(&rest, &kind, &base)) {
		if (++n > TLS_CONSTRAINTS_MAX_NAMES)
			return TLS_FLAW_LIMIT;
		if (!tls_subtree_is_valid(kind, base))
			return TLS_FLAW_MALFORMED;
	}
	return TLS_FLAW_NONE;
}

static enum tls_flaw check_issuer(size_t *at, unsigned *work, const struct tls_constrained *path, size_t issuer)
{
	const struct tls_exts *exts = path[issuer].exts;
	struct trial t = {.issuer = exts, .work = work};
	enum tls_flaw fault;

	*at = issuer;
	fault = check_list(exts->permitted);
	if (fault == TLS_FLAW_NONE)
		fault = check_list(exts->excluded);
	for (size_t i = 0; fault == TLS_FLAW_NONE && i < issuer; i++) {
		*at = i;
		/* Section 4.2.1.10: not applied to self-issued ones, but for the last in the path. */
		if (i == 0 || !path[i].self_issued)
			fault = try_names(&t, &path[i]);
	}
	return fault;
}

enum tls_flaw tls_constraints_check(size_t *at, unsigned *work, const struct tls_constrained *path, size_t n)
{
	enum tls_flaw fault = TLS_FLAW_NONE;

	for (size_t i = 1; fault == TLS_FLAW_NONE && i < n; i++) {
		if ((path[i].exts->seen & TLS_EXT_NAME_CONSTRAINTS) != 0)
			fault = check_issuer(at, work, path, i);
	}
	return fault;
}
