#include "kms/client.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/run.h"
#include "tests/tap.h"

/* The number of open descriptors below 64. */
static int
open_descriptors(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) >= 0;
	return n;
}

static void
test_lazy(void)
{
	struct kms_client	*client = NULL;
	struct error		 err = ERROR_INIT;
	int			 before = open_descriptors();

	run_set_helpers("/nowhere");
	if (!succeeds(kms_client_new(&client, &err), err, "a client is made where there is no helper"))
		return;
	is_int(kms_client_ask(client, NULL, 0, NULL, &err), 0, "asking nothing needs none");
	is_int(open_descriptors(), before, "and nothing was opened");
	kms_client_free(client);
}

static void
test_no_helper(void)
{
	struct kms_client	*client = NULL;
	struct kms_request	 request = { .service = KMS_AWS };
	struct kms_reply	 reply;
	struct error		 err = ERROR_INIT;

	run_set_helpers("/nowhere");
	if (kms_client_new(&client, &err) != 0)
		bail_out(err.text);
	ok(kms_client_ask(client, &request, 1, &reply, &err) != 0 && reply.datakey == NULL &&
	    strstr(err.text, "hubkeys") != NULL, "without the helper asking fails, and names it");
	kms_client_free(client);
}

/* A program that is no helper: it must not hang us, nor be believed. */
static void
test_strange_helper(const char *script, const char *what)
{
	char			 folder[] = "/tmp/client.XXXXXX", path[100];
	struct kms_client	*client = NULL;
	struct kms_request	 request = { .service = KMS_AWS };
	struct kms_reply	 reply;
	struct error		 err = ERROR_INIT;
	FILE			*file;

	if (mkdtemp(folder) == NULL)
		bail_out("no temporary folder");
	(void)snprintf(path, sizeof(path), "%s/hubkeys", folder);
	if ((file = fopen(path, "w")) == NULL || fprintf(file, "#!/bin/sh\n%s\n", script) < 0 || fclose(file) != 0 ||
	    chmod(path, 0700) != 0 || kms_client_new(&client, &err) != 0)
		bail_out("no helper");
	run_set_helpers(folder);
	ok(kms_client_ask(client, &request, 1, &reply, &err) != 0 && reply.datakey == NULL, "%s is a failure", what);
	err_reset(&err);
	ok(kms_client_ask(client, &request, 1, &reply, &err) != 0, "... the next time too");
	kms_client_free(client);
	(void)unlink(path);
	(void)rmdir(folder);
}

int
main(void)
{
	test_lazy();
	test_no_helper();
	test_strange_helper("exit 1", "a helper that ends");
	test_strange_helper("echo hello; sleep 0.1", "a helper that says something else");
	test_strange_helper("printf '000dhubkeys=1000bcount=10000000'; sleep 0.1", "a helper that answers neither yes nor no");
	test_strange_helper("printf '000dhubkeys=2000bcount=10000'; sleep 0.1", "a helper of another version");
	test_strange_helper("printf '000dhubkeys=1000bcount=10000000edatakey='; exit 0", "a helper that stops in the middle");
	return done_testing();
}
