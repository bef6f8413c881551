#ifndef KMS_SERVER_HTTP_H
#define KMS_SERVER_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "kms/server_ops.h"

/*
 * The socket side of hubkms: HTTP/1.1 by libmicrohttpd, one thread a connection, one request at a time
 * inside the lock.  Bounded: connections, headers, bodies, and the time that any of them may take.
 */
#define SERVER_HTTP_CONNECTIONS	256
#define SERVER_HTTP_HEADERS_MAX	(32 * 1024)
#define SERVER_HTTP_TIMEOUT	30		/* seconds that a connection may idle, or a body may take */

struct server_http;

/* "127.0.0.1:0", "[::1]:8080": a numeric address.  ERR_USAGE. */
struct server_address {
	char		host[64];		/* without brackets */
	uint16_t	port;
	bool		loopback, v6;
};
int	server_address_parse(struct slice text, struct server_address *out, struct error *err) WARN_UNUSED;

/*
 * server_http_start(server, at, log_fd, out, err):
 * Listen and serve in threads of its own until server_http_stop(), which lets requests under way finish
 * (but not their injected delays).  ${log_fd}: a line for each request, -1 for none.
 */
int	server_http_start(struct server *server, const struct server_address *at, int log_fd,
	    struct server_http **out, struct error *err) WARN_UNUSED;
void	server_http_stop(struct server_http *http);		/* NULL is fine */
DEFINE_CLEANUP(struct server_http, server_http_stop)

/* "http://127.0.0.1:41234" */
const char	*server_http_url(const struct server_http *http);

#endif
