#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/file.h"
#include "base/timestamp.h"
#include "cmd/cli.h"
#include "crypto/openssl.h"
#include "kms/json.h"
#include "kms/server_http.h"

/*
 * hubkms: the local stand-in for KMS and STS.  Set up, say where it is, serve until a signal comes.
 */
#define READY_MAX	8192
#define ROLES_MAX	64

struct options {
	const char	*data, *listen, *known, *credentials, *region, *ready_file, *log;
	struct cli_list	 keys, roles, faults;
	bool		 allow_remote, any_key;
};

static const struct cli_option options[] = {
	{ "data", 0, CLI_TEXT, offsetof(struct options, data), .argument = "DIR",
	    .help = "keep keys and credentials there" },
	{ "listen", 0, CLI_TEXT, offsetof(struct options, listen), .argument = "ADDR:PORT", .standard = "127.0.0.1:0",
	    .help = "where to listen; port 0 picks a free one" },
	{ "allow-remote", 0, CLI_FLAG, offsetof(struct options, allow_remote),
	    .help = "permit an address that is not a loopback address" },
	{ "key", 0, CLI_LIST, offsetof(struct options, keys), .argument = "ARN",
	    .help = "make sure that this key or alias exists" },
	{ "any-key", 0, CLI_FLAG, offsetof(struct options, any_key),
	    .help = "for tests: make keys when a request first names them" },
	{ "known", 0, CLI_TEXT, offsetof(struct options, known), .argument = "FILE",
	    .help = "for tests: a table of ciphertexts to open as well" },
	{ "credentials", 0, CLI_TEXT, offsetof(struct options, credentials), .argument = "FILE",
	    .help = "who may call, instead of DIR/credentials" },
	{ "region", 0, CLI_TEXT, offsetof(struct options, region), .argument = "NAME", .standard = "us-east-1",
	    .help = "the region in the environment printed" },
	{ "role", 0, CLI_LIST, offsetof(struct options, roles), .argument = "ARN",
	    .help = "only this role may be assumed" },
	{ "fault", 0, CLI_LIST, offsetof(struct options, faults), .argument = "SPEC",
	    .help = "go wrong on purpose: throttle 500 deny slow cut drop garbage" },
	{ "ready-file", 0, CLI_TEXT, offsetof(struct options, ready_file), .argument = "FILE",
	    .help = "write the environment there when ready" },
	{ "log", 0, CLI_TEXT, offsetof(struct options, log), .argument = "FILE",
	    .help = "append a line for each request ('-': standard error)" },
	CLI_END
};

/* --- what a client needs ----------------------------------------------------------------------------------- */

/* One line for a shell, quoted when it has to be. */
static int
put_export(struct buf *out, const char *name, struct slice value, struct error *err)
{
	bool plain = value.len != 0;

	for (size_t i = 0; i < value.len; i++)
		if (strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+=,.@/:-[]", value.data[i]) == NULL ||
		    value.data[i] == '\0')
			plain = false;
	if (buf_printf(out, err, "export %s=%s", name, plain ? "" : "'") != 0)
		return err->kind;
	for (size_t i = 0; i < value.len; i++)
		if ((value.data[i] == '\'' ? buf_str(out, "'\\''", err) : buf_byte(out, value.data[i], err)) != 0)
			return err->kind;
	return buf_str(out, plain ? "\n" : "'\n", err);
}

static int
environment(const struct options *opt, const char *url, const struct server_user *user, struct buf *out,
    struct error *err)
{
	if (buf_printf(out, err, "# hubkms at %s: a stand-in for tests and demonstrations, no place for real secrets\n",
	    url) != 0 || put_export(out, "AWS_ENDPOINT_URL", slice_str(url), err) != 0 ||
	    put_export(out, "AWS_ACCESS_KEY_ID", user->access_key, err) != 0 ||
	    put_export(out, "AWS_SECRET_ACCESS_KEY", secret_slice(user->secret), err) != 0 ||
	    put_export(out, "AWS_REGION", slice_str(opt->region), err) != 0 ||
	    /* botocore reads only this one */
	    put_export(out, "AWS_DEFAULT_REGION", slice_str(opt->region), err) != 0)
		return err->kind;
	/* A client must not look for a machine's role while it is pointed here. */
	return put_export(out, "AWS_EC2_METADATA_DISABLED", SLICE("true"), err);
}

/* --- set-up ------------------------------------------------------------------------------------------------ */

static int
check_options(const struct options *opt, struct server_address *at, struct error *err)
{
	if (opt->data == NULL || *opt->data == '\0') {
		(void)err_set(err, ERR_USAGE, "no data directory given");
		return err_hint(err, "'hubkms --data DIR' makes it when it is absent");
	}
	if (server_address_parse(slice_str(opt->listen), at, err) != 0)
		return err_wrap(err, "--listen");
	if (!at->loopback && !opt->allow_remote) {
		(void)err_set(err, ERR_REFUSED, "%s is not a loopback address", at->host);
		return err_hint(err, "the stand-in speaks plain HTTP; '--allow-remote' listens there all the same");
	}
	return 0;
}

static int
load_users(const struct options *opt, struct server_users **out, struct error *err)
{
	CLEANUP(buf_release) struct buf path = BUF(8192);

	if (opt->credentials != NULL)
		return server_users_load(opt->credentials, out, err);
	if (buf_printf(&path, err, "%s/credentials", opt->data) != 0 || buf_terminate(&path, err) != 0 ||
	    server_users_make((const char *)path.data, err) != 0)
		return err->kind;
	return server_users_load((const char *)path.data, out, err);
}

/* What the lists of the command line hold; slices of it live as long as the process. */
static int
read_lists(const struct options *opt, struct server_faults *faults, struct slice roles[static ROLES_MAX],
    struct error *err)
{
	for (size_t i = 0; i < opt->faults.count; i++)
		if (server_faults_add(faults, slice_str(opt->faults.items[i]), err) != 0)
			return err_wrap(err, "--fault");
	if (opt->roles.count > ROLES_MAX)
		return err_set(err, ERR_LIMIT, "more than %d roles", ROLES_MAX);
	for (size_t i = 0; i < opt->roles.count; i++)
		roles[i] = slice_str(opt->roles.items[i]);
	return 0;
}

static int
make_keys(const struct options *opt, struct server *server, struct error *err)
{
	const struct server_key *key;

	for (size_t i = 0; i < opt->keys.count; i++)
		if (server_keys_ensure(server->keys, slice_str(opt->keys.items[i]), timestamp_now().seconds, &key, err) != 0)
			return err_wrap(err, "--key");
	return 0;
}

static int
open_log(const char *path, int *out, struct error *err)
{
	if (path == NULL)
		return 0;
	*out = strcmp(path, "-") == 0 ? fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3) :
	    open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
	return *out >= 0 ? 0 : err_errno(err, "cannot open the log '%s'", path);
}

/* --- serving ----------------------------------------------------------------------------------------------- */

/* Tell, then wait for the signal to end; the signals are blocked since before the first thread. */
static int
serve_until_signal(const struct options *opt, struct server *server, const struct server_address *at, int log_fd,
    const sigset_t *signals, struct error *err)
{
	CLEANUP(server_http_stopp) struct server_http *http = NULL;
	CLEANUP(buf_release) struct buf text = BUF_SECRET(READY_MAX);
	int signal_got;

	if (server_http_start(server, at, log_fd, &http, err) != 0 ||
	    environment(opt, server_http_url(http), server_users_first(server->users), &text, err) != 0 ||
	    cli_output(buf_slice(&text), err) != 0)
		return err->kind;
	if (opt->ready_file != NULL && file_replace_mode(opt->ready_file, buf_slice(&text), 0600, err) != 0)
		return err_wrap(err, "cannot write the ready file '%s'", opt->ready_file);
	buf_release(&text);
	(void)sigwait(signals, &signal_got);
	return 0;
}

static int
run(const struct cli_args *args, struct error *err)
{
	const struct options *opt = args->options;
	CLEANUP(server_keys_freep) struct server_keys *keys = NULL;
	CLEANUP(server_users_freep) struct server_users *users = NULL;
	CLEANUP(server_known_freep) struct server_known *known = NULL;
	CLEANUP(file_closep) int log_fd = -1;
	struct server_faults	faults = { .count = 0 };
	struct slice		roles[ROLES_MAX];
	struct server		server = { .faults = &faults, .roles = roles, .any_key = opt->any_key };
	struct server_address	at;
	sigset_t		signals;

	if (check_options(opt, &at, err) != 0 || read_lists(opt, &faults, roles, err) != 0)
		return err->kind;
	server.role_count = opt->roles.count;
	(void)sigemptyset(&signals);
	(void)sigaddset(&signals, SIGTERM);
	(void)sigaddset(&signals, SIGINT);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);

	json_setup();
	if (openssl_start(err) != 0 || server_keys_open(opt->data, &keys, err) != 0 ||
	    load_users(opt, &users, err) != 0 ||
	    (opt->known != NULL && server_known_load(opt->known, &known, err) != 0) ||
	    open_log(opt->log, &log_fd, err) != 0)
		return err->kind;
	server.keys = keys;
	server.users = users;
	server.known = known;
	/* Whoever waits for the ready file must not find that of an earlier run. */
	if (opt->ready_file != NULL && unlink(opt->ready_file) != 0 && errno != ENOENT)
		return err_errno(err, "cannot remove the old ready file '%s'", opt->ready_file);
	if (make_keys(opt, &server, err) != 0)
		return err->kind;
	return serve_until_signal(opt, &server, &at, log_fd, &signals, err);
}

static const struct cli_verb verbs[] = {
	{ "serve", run, "", 0, 0, .options = { options } },
	{ 0 }
};

static const struct cli_program program = {
	.name = "hubkms",
	.help = "a local stand-in for AWS KMS and STS, for tests and demonstrations",
	.details = "It keeps keys in plain files and speaks plain HTTP: never give it a real secret.\n",
	.options_size = sizeof(struct options),
	.verbs = verbs,
	.default_verb = "serve",
};

int
main(int argc, char **argv)
{
	return cli_main(&program, argc, argv);
}
