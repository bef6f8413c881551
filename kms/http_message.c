#include "kms/http_message.h"

const struct http_header *
http_message_header(const struct http_message *msg, const char *name)
{
	for (size_t i = 0; i < msg->header_count; i++)
		if (slice_eq_nocase(msg->headers[i].name, slice_str(name)))
			return &msg->headers[i];
	return NULL;
}
