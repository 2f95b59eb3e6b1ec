/* asn.c - see asn.h. */
#include "asn.h"

#include "../tls.h"

extern const asn1_static_node tls_x509_pkix_tab[]; /* pkix_asn1_tab.c, made from pkix.asn */

int tls_asn_new(asn1_node *node, const char *type)
{
	char reason[ASN1_MAX_ERROR_DESCRIPTION_SIZE];
	asn1_node definitions = NULL;
	int ret;

	*node = NULL;
	if (asn1_array2tree(tls_x509_pkix_tab, &definitions, reason) != ASN1_SUCCESS)
		return TLS_E_MEMORY_ERROR;
	/* The new structure is a full copy, so that no definitions live anywhere. */
	ret = asn1_create_element(definitions, type, node);
	asn1_delete_structure(&definitions);
	return ret == ASN1_SUCCESS ? 0 : TLS_E_MEMORY_ERROR;
}

int tls_asn_encode(struct tls_buf *out, asn1_node node, const char *name)
{
	int len = 0, ret = asn1_der_coding(node, name, NULL, &len, NULL);
	uint8_t *room;

	if (ret != ASN1_MEM_ERROR || len <= 0)
		return TLS_E_INTERNAL_ERROR;
	room = tls_buf_room(out, (size_t)len);
	if (room == NULL)
		return TLS_E_MEMORY_ERROR;
	ret = asn1_der_coding(node, name, room, &len, NULL);
	return ret == ASN1_SUCCESS ? 0 : TLS_E_INTERNAL_ERROR;
}

void tls_asn_begin(struct tls_asn_form *form, const char *type)
{
	form->ret = tls_asn_new(&form->node, type);
}

void tls_asn_put(struct tls_asn_form *form, const char *name, const void *value, size_t len)
{
	int ret;

	if (form->ret < 0)
		return;
	ret = asn1_write_value(form->node, name, value, (int)len);
	if (ret == ASN1_MEM_ERROR || ret == ASN1_MEM_ALLOC_ERROR)
		form->ret = TLS_E_MEMORY_ERROR;
	else if (ret != ASN1_SUCCESS)
		form->ret = TLS_E_INTERNAL_ERROR;
}

void tls_asn_put_text(struct tls_asn_form *form, const char *name, const char *text)
{
	tls_asn_put(form, name, text, 1);
}

void tls_asn_fail(struct tls_asn_form *form, int error)
{
	if (form->ret == 0)
		form->ret = error;
}

int tls_asn_finish(struct tls_asn_form *form, struct tls_buf *out)
{
	int ret = form->ret == 0 ? tls_asn_encode(out, form->node, "") : form->ret;

	asn1_delete_structure2(&form->node, ASN1_DELETE_FLAG_ZEROIZE);
	return ret;
}
