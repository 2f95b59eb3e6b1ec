/* service.h - one entry of services, made from the file. */
#ifndef CONF_SERVICE_H
#define CONF_SERVICE_H

#include "conf.h"
#include "value.h"

/* Adds the services of the file to l->conf; what is wrong goes to l->errs. */
void conf_service_load_all(struct conf_loader *l, const struct conf_group *top);

/* Fills l->conf->tickets from the group tickets of the file. */
void conf_tickets_load(struct conf_loader *l, const struct conf_group *top);

/* Fills l->conf->admin from the group admin of the file. */
void conf_admin_load(struct conf_loader *l, const struct conf_group *top);
void conf_admin_clear(struct conf_admin *admin);

/* Fills service->tls, policy and alpn from the group tls. */
void conf_tls_load(struct conf_service *service, const struct conf_group *group);

/* Fills service->certificates and credentials from the list certificates of group. After
 * conf_tls_load. */
void conf_certificate_load_all(struct conf_service *service, const struct conf_group *group);

/* Fills service->client_auth, and the credentials with whom to trust, from the group client_auth. After
 * conf_certificate_load_all. */
void conf_client_auth_load(struct conf_service *service, const struct conf_group *group);

void conf_service_clear(struct conf_service *service);
void conf_tls_clear(struct conf_service *service);
void conf_certificate_clear_all(struct conf_service *service);

#endif
