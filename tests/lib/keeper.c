/* keeper.c - see keeper.h. */
#include "tests/unit/unit.h"

#include "keeper.h"

#include "tests/unit/cred.h"
#include "tls/error.h"

const struct keeper_key keeper_keys[] = {
	{"p256.crt.pem", "p256.pkcs8.pem"},
	{"rsa.crt.pem", "rsa.pkcs1.pem"},
	{"ed25519.crt.pem", "ed25519.pkcs8.pem"},
};

int keeper_sign(tls_session_t s, void *ptr, void **request, uint16_t scheme, const tls_datum_t *data,
    tls_datum_t *signature)
{
	struct keeper *k = ptr;
	uint8_t hash[TLS_HASH_MAX_LEN];
	size_t len;

	tls_hash_once(TLS_HASH_SHA256, hash, data->data, data->size);
	assert_ptr_equal(*request, k->n_asked == 0 ? NULL : &k->mark);
	if (k->n_asked++ > 0)
		assert_memory_equal(hash, k->asked, tls_hash_len(TLS_HASH_SHA256));
	memcpy(k->asked, hash, sizeof(hash));
	*request = &k->mark;
	assert_int_equal(signature->size, TLS_SIGNATURE_MAX_LEN);
	if (k->meddle != NULL)
		k->meddle(s);
	if (k->n_asked <= k->not_yet)
		return TLS_E_AGAIN;
	if (tls_sig_sign(signature->data, &len, k->here->entries[0]->key, scheme, data->data, data->size,
		NULL) != 0)
		return TLS_E_INTERNAL_ERROR;
	if (k->flip > 0)
		signature->data[k->flip - 1] ^= 1;
	signature->size = k->size != 0 ? (unsigned)k->size : (unsigned)len;
	return k->answer;
}

void keeper_cancel(void *ptr, void *request)
{
	struct keeper *k = ptr;

	assert_ptr_equal(request, &k->mark);
	k->n_cancelled++;
}

tls_certificate_credentials_t keeper_credentials(struct keeper *k, unsigned key)
{
	tls_certificate_credentials_t cred = cred_new();
	struct data crt;
	tls_datum_t c;

	k->here = cred_new();
	assert_int_equal(cred_add_files(k->here, keeper_keys[key].crt, keeper_keys[key].key), 0);
	data_read(&crt, keeper_keys[key].crt);
	c = cred_datum(&crt);
	assert_int_equal(
	    tls_certificate_set_x509_key_func(cred, &c, TLS_X509_FMT_PEM, keeper_sign, keeper_cancel, k), 0);
	return cred;
}

static bool is_client(enum role role)
{
	return role == CLIENT13 || role == CLIENT12;
}

void scene_init(struct scene *c, enum role role, unsigned key)
{
	*c = (struct scene){.role = role};
	c->cred = keeper_credentials(&c->keeper, key);
	if (role == SERVER12) {
		pair_init12(&c->pair, c->cred);
		peer_hello(&c->pair.peer);
		c->s = c->pair.server;
		c->wire = &c->pair.wire;
		return;
	}
	duo_init(&c->duo, is_client(role) ? NULL : c->cred, is_client(role) ? c->cred : NULL);
	if (role == CLIENT12)
		duo_only12(&c->duo);
	if (is_client(role))
		tls_certificate_server_set_request(c->duo.server, TLS_CERT_REQUIRE);
	c->s = is_client(role) ? c->duo.client : c->duo.server;
	c->wire = &c->duo.wire;
}

void scene_clear(struct scene *c)
{
	if (c->role == SERVER12)
		pair_clear(&c->pair);
	else
		duo_clear(&c->duo);
	tls_certificate_free_credentials(c->cred);
	tls_certificate_free_credentials(c->keeper.here);
}

void scene_run_other(struct scene *c)
{
	int *err = is_client(c->role) ? &c->duo.server_err : &c->duo.client_err;

	if (c->role == SERVER12)
		peer_run(&c->pair.peer);
	else if (*err == TLS_E_AGAIN || *err == TLS_E_INTERRUPTED)
		*err = tls_handshake(is_client(c->role) ? c->duo.server : c->duo.client);
}

/* Runs both until the side that signs has a result, or waits for its key. */
int scene_run_to_key(struct scene *c)
{
	int err = TLS_E_AGAIN;

	for (unsigned i = 0; i < 100000 && (err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED); i++) {
		scene_run_other(c);
		err = tls_handshake(c->s);
		if (err == TLS_E_AGAIN && tls_record_get_direction(c->s) == TLS_WAIT_KEY)
			break;
	}
	return err;
}

/* Both sides to the end, however often the key says not yet. */
int scene_run(struct scene *c)
{
	int err = TLS_E_AGAIN;

	for (unsigned i = 0; i < 100000 && (err == TLS_E_AGAIN || err == TLS_E_INTERRUPTED); i++)
		err = scene_run_to_key(c);
	scene_run_other(c);
	return err;
}

bool scene_other_content(const struct scene *c)
{
	if (c->role == SERVER12)
		return c->pair.peer.done && c->pair.peer.wrong == NULL;
	return (is_client(c->role) ? c->duo.server_err : c->duo.client_err) == 0;
}
