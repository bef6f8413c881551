#include "kms/sigv4.h"

#include <dirent.h>
#include <sys/stat.h>

#include "base/arena.h"
#include "base/file.h"
#include "base/timestamp.h"
#include "kms/json.h"
#include "tests/tap.h"

/*
 * Runs every case of AWS' signing test suite that it finds (SIGV4_VECTORS): one line a case, form and stage.
 */
#define STANDARD	"../shared/data/sigv4/v4"
#define HEADERS		64

struct vector {
	char			 name[200];
	const char		*folder;
	struct arena		 arena;
	struct json		*context;
	struct sigv4_key	 key;
	bool			 sign_body, omit_token;
	uint32_t		 expires;
	struct http_header	 headers[HEADERS];
	struct http_message	 msg;
};

static struct slice
vector_file(struct vector *vector, const char *file)
{
	CLEANUP(buf_release) struct buf bytes = BUF(1 << 20);
	struct error	err = ERROR_INIT;
	struct slice	copy;
	char		path[4096];

	(void)snprintf(path, sizeof(path), "%s/%s/%s", vector->folder, vector->name, file);
	if (file_read(path, &bytes, &err) != 0 || arena_copy(&vector->arena, buf_slice(&bytes), &copy, &err) != 0)
		return SLICE_NONE;
	return copy;
}

static struct slice
expected(struct vector *vector, const char *form, const char *stage)
{
	char		file[64];
	struct slice	text;

	(void)snprintf(file, sizeof(file), "%s-%s.txt", form, stage);
	text = vector_file(vector, file);
	return slice_ends(text, SLICE("\n")) ? slice_sub(text, 0, text.len - 1) : text;
}

static bool
read_context(struct vector *vector)
{
	struct error		err = ERROR_INIT;
	struct timestamp	when;
	const struct json	*credentials;
	struct slice		text;
	int64_t			number = 3600;
	bool			normalize = true;

	if (json_parse(vector_file(vector, "context.json"), &vector->context, &err) != 0)
		return false;
	credentials = json_find(vector->context, "credentials");
	if (!json_text(json_find(credentials, "access_key_id"), &vector->key.access_key) ||
	    !json_text(json_find(credentials, "secret_access_key"), &vector->key.secret) ||
	    !json_text(json_find(vector->context, "region"), &vector->key.region) ||
	    !json_text(json_find(vector->context, "service"), &vector->key.service) ||
	    !json_text(json_find(vector->context, "timestamp"), &text) || timestamp_parse(text, &when, &err) != 0 ||
	    sigv4_date(when.seconds, vector->key.date, &err) != 0)
		return false;
	(void)json_text(json_find(credentials, "token"), &vector->key.token);
	(void)json_int(json_find(vector->context, "expiration_in_seconds"), &number);
	(void)json_bool(json_find(vector->context, "normalize"), &normalize);
	(void)json_bool(json_find(vector->context, "sign_body"), &vector->sign_body);
	(void)json_bool(json_find(vector->context, "omit_session_token"), &vector->omit_token);
	vector->expires = (uint32_t)number;
	vector->key.flags = (normalize ? 0 : SIGV4_RAW_PATH) | (vector->omit_token ? SIGV4_TOKEN_UNSIGNED : 0);
	return true;
}

/* "METHOD target HTTP/1.1", headers with folded lines, an empty line, the body. */
static bool
read_request(struct vector *vector)
{
	struct slice		 rest = vector_file(vector, "request.txt"), line;
	struct http_message	*msg = &vector->msg;
	size_t			 first, last;

	if (!slice_split(&rest, '\n', &line))
		return false;
	first = slice_find(line, ' ', 0);
	for (last = line.len; last > 0 && line.data[last - 1] != ' '; last--)
		;
	if (first + 1 >= last)
		return false;
	msg->method = slice_sub(line, 0, first);
	msg->target = slice_sub(line, first + 1, last - 1);
	msg->headers = vector->headers;
	while (slice_split(&rest, '\n', &line) && line.len != 0) {
		size_t colon = slice_find(line, ':', 0);

		if (line.data[0] == ' ' || line.data[0] == '\t') {
			struct slice *value = &vector->headers[msg->header_count - 1].value;

			value->len = (size_t)(line.data + line.len - value->data);
			continue;
		}
		if (msg->header_count == HEADERS - 4)
			return false;
		vector->headers[msg->header_count++] =
		    (struct http_header){ slice_sub(line, 0, colon), slice_from(line, colon + 1) };
	}
	msg->body = rest;
	return true;
}

static void
add_header(struct vector *vector, const char *name, struct slice value)
{
	vector->headers[vector->msg.header_count++] = (struct http_header){ slice_str(name), value };
}

static void
stage_is(struct vector *vector, const char *form, const char *stage, struct slice got)
{
	char what[300];

	(void)snprintf(what, sizeof(what), "%s: %s: %s", vector->name, form, stage);
	is_slice(got, expected(vector, form, stage), what);
}

static void
stages(struct vector *vector, const char *form)
{
	CLEANUP(buf_release) struct buf canonical = BUF(1 << 20);
	CLEANUP(buf_release) struct buf text = BUF(1 << 20);
	struct error	err = ERROR_INIT;
	char		signature[SIGV4_HEX_LEN + 1] = "";

	(void)!sigv4_canonical(&vector->key, &vector->msg, &canonical, &err);
	stage_is(vector, form, "canonical-request", buf_slice(&canonical));
	(void)!sigv4_string_to_sign(&vector->key, buf_slice(&canonical), &text, &err);
	stage_is(vector, form, "string-to-sign", buf_slice(&text));
	(void)!sigv4_signature(&vector->key, buf_slice(&text), signature, &err);
	stage_is(vector, form, "signature", slice_str(signature));
}

static void
query_form(struct vector *vector)
{
	CLEANUP(buf_release) struct buf target = BUF(1 << 20);
	struct http_message	original = vector->msg;
	struct error		err = ERROR_INIT;

	if (!ok(sigv4_presign_target(&vector->key, &original, vector->expires, &target, &err) == 0, "%s: query: target",
	    vector->name))
		return;
	vector->msg.target = buf_slice(&target);
	stages(vector, "query");
	vector->msg = original;
}

/* The signer's header, and the verifier on what was signed. */
static void
header_form(struct vector *vector)
{
	CLEANUP(buf_release) struct buf authorization = BUF(1 << 16);
	struct error		err = ERROR_INIT;
	struct sigv4_claim	claim;
	struct sigv4_key	key = vector->key;
	struct timestamp	when;
	struct slice		signature;

	add_header(vector, "X-Amz-Date", slice_str(vector->key.date));
	if (vector->key.token.len != 0 && !vector->omit_token)
		add_header(vector, "X-Amz-Security-Token", vector->key.token);
	if (vector->sign_body) {
		static char hash[64];
		CLEANUP(buf_release) struct buf canonical = BUF(1 << 20);

		(void)!sigv4_canonical(&key, &vector->msg, &canonical, &err);
		if (canonical.len < sizeof(hash))
			bail_out("no canonical request");
		memcpy(hash, canonical.data + canonical.len - sizeof(hash), sizeof(hash));
		add_header(vector, "x-amz-content-sha256", slice_of(hash, sizeof(hash)));
	}
	stages(vector, "header");
	if (!ok(sigv4_sign(&key, &vector->msg, &authorization, &err) == 0, "%s: header: signed", vector->name))
		return;
	add_header(vector, "Authorization", buf_slice(&authorization));
	signature = expected(vector, "header", "signature");
	ok(sigv4_claim_read(&vector->msg, &claim, &err) == 0 && slice_eq(claim.signature, signature),
	    "%s: header: the Authorization header carries it", vector->name);
	/* What a server rebuilds is normalised, and has the token that it was sent. */
	if ((key.flags & SIGV4_RAW_PATH) != 0 || vector->omit_token ||
	    timestamp_parse_basic(slice_str(key.date), &when, &err) != 0)
		return;
	ok(sigv4_verify(&key, &vector->msg, when.seconds + 10, 300, &err) == 0, "%s: header: verifies", vector->name);
	vector->msg.body = SLICE("altered");
	err_reset(&err);
	ok(sigv4_verify(&key, &vector->msg, when.seconds + 10, 300, &err) == ERR_TAMPERED,
	    "%s: header: an altered body does not verify", vector->name);
}

static void
run(const char *folder, const char *name)
{
	struct vector vector = { .folder = folder, .arena = ARENA(8 << 20) };

	(void)snprintf(vector.name, sizeof(vector.name), "%s", name);
	if (ok(read_context(&vector) && read_request(&vector), "%s: is readable", name)) {
		query_form(&vector);
		header_form(&vector);
	}
	json_free(vector.context);
	arena_release(&vector.arena);
}

static int
is_case(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

int
main(void)
{
	const char	 *folder = tap_folder("SIGV4_VECTORS", STANDARD);
	struct dirent	**cases;
	int		  n;

	if (folder == NULL)
		skip_all("no SigV4 vectors; set SIGV4_VECTORS to their folder");
	if ((n = scandir(folder, &cases, is_case, alphasort)) < 0)
		bail_out("the folder of SigV4 vectors cannot be read");
	for (int i = 0; i < n; i++) {
		run(folder, cases[i]->d_name);
		free(cases[i]);
	}
	free(cases);
	return done_testing();
}
