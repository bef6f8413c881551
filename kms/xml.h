#ifndef KMS_XML_H
#define KMS_XML_H

#include "base/buf.h"
#include "base/error.h"
#include "base/slice.h"

/*
 * The little XML that AWS' query protocol speaks: elements, attributes (skipped), the five named entities
 * and numeric references, CDATA, comments, processing instructions (skipped).  A DOCTYPE is refused,
 * depth is bounded.
 */

/*
 * xml_find(document, path, out, err):
 * Append to ${out} the text of the first element whose path ends in ${path} ("Credentials/AccessKeyId",
 * "Code"). The whole document is checked.  ERR_NOT_FOUND: no such element; ERR_SYNTAX: malformed, or the
 * element holds elements; ERR_LIMIT.
 */
int	xml_find(struct slice document, const char *path, struct buf *out, struct error *err) WARN_UNUSED;

/* Append ${text} with the five special characters as entities; ERR_SYNTAX for what XML cannot carry. */
int	xml_put_text(struct buf *out, struct slice text, struct error *err) WARN_UNUSED;

#endif
