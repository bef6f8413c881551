#include "sops/identity.h"

#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/limits.h"
#include "tests/tap.h"

/* The test keys of sops-vectors: published on purpose. */
#define KEY1	"AGE-SECRET-KEY-1D5YT47MH33Q25PV5UUDX6040AFZPSW2XNZN0HTK3JW7GD4JR4TQS8DPV4C"

static char folder[64];
static char second[256];		/* another key, made here */
static char command[1000], ssh[PATH_MAX], locked[PATH_MAX];	/* the last two: files of the source tree */

static void
write_text(const char *path, const char *text)
{
	struct error err = ERROR_INIT;

	if (file_replace(path, slice_str(text), &err) != 0)
		bail_out(err.text);
}

static void
clean(void)
{
	static const char *const names[] = {
		"SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "SOPS_AGE_KEY_CMD", "SOPS_AGE_SSH_PRIVATE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_CMD", "XDG_CONFIG_HOME",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unsetenv(names[i]);
	setenv("HOME", folder, 1);
}

/* Loads from the environment as it is: how many keys, and what is said of the rest. */
static size_t
load(struct buf *report)
{
	CLEANUP(identities_freep) struct identities	*identities = NULL;
	const struct age_identities			*pooled = NULL;
	struct error	err = ERROR_INIT;
	size_t		count;

	buf_reset(report);
	if (identities_new(&identities, &err) != 0)
		bail_out(err.text);
	if (identities_report(identities, report, &err) != 0 || report->len != 0)
		ok(false, "nothing is reported before anything was looked for");
	if (!succeeds(identities_load(identities, SLICE("age1recipient"), &pooled, &err), err, "identities are loaded"))
		return 0;
	count = age_identities_count(pooled);
	unsetenv("SOPS_AGE_KEY");
	if (identities_load(identities, SLICE_NONE, &pooled, &err) != 0 || age_identities_count(pooled) != count)
		ok(false, "they are loaded once");
	if (identities_report(identities, report, &err) != 0 || buf_terminate(report, &err) != 0)
		bail_out(err.text);
	return count;
}

static void
reports(const struct buf *report, const char *words, const char *what)
{
	if (!ok(strstr((const char *)report->data, words) != NULL, "%s", what))
		printf("# '%s' is not in: %s\n", words, (const char *)report->data);
}

/* A command is run once for each recipient, and may print another key each time. */
static void
commands_know_recipients(void)
{
	CLEANUP(identities_freep) struct identities	*identities = NULL;
	const struct age_identities			*pooled = NULL;
	CLEANUP(buf_release) struct buf			 runs = BUF(KIB);
	struct error					 err = ERROR_INIT;

	clean();
	(void)remove("ran");
	write_text("print.sh", "echo \"$SOPS_AGE_RECIPIENT\" >>ran\ncase $SOPS_AGE_RECIPIENT in a*) echo \"$1\" ;; *) echo \"$2\" ;; esac\n");
	snprintf(command, sizeof(command), "sh print.sh '" KEY1 "' '%s'", second);
	setenv("SOPS_AGE_KEY_CMD", command, 1);
	if (identities_new(&identities, &err) != 0 || identities_load(identities, SLICE("a1"), &pooled, &err) != 0)
		bail_out(err.text);
	is_int((intmax_t)age_identities_count(pooled), 1, "the key for one recipient");
	if (identities_load(identities, SLICE("a2"), &pooled, &err) != 0)
		bail_out(err.text);
	is_int((intmax_t)age_identities_count(pooled), 1, "the same key again is no other");
	if (identities_load(identities, SLICE("b1"), &pooled, &err) != 0 || identities_load(identities, SLICE("a1"), &pooled, &err) != 0)
		bail_out(err.text);
	is_int((intmax_t)age_identities_count(pooled), 2, "the key for another recipient is added");
	if (file_read("ran", &runs, &err) != 0)
		bail_out(err.text);
	is_slice(buf_slice(&runs), SLICE("a1\na2\nb1\n"), "and nobody is asked twice");
	(void)remove("ran");
}

int
main(void)
{
	CLEANUP(buf_release) struct buf	report = BUF(64 * KIB), want = BUF(64 * KIB), text = BUF_SECRET(64 * KIB), made = BUF_SECRET(KIB);
	struct error	err = ERROR_INIT;
	char		path[PATH_MAX + 10];

	if (realpath("testdata/ssh/ed25519", ssh) == NULL || realpath("testdata/age/identity.age", locked) == NULL)
		bail_out("no test data");
	snprintf(folder, sizeof(folder), "/tmp/hub.identity.XXXXXX");
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		bail_out("no folder");
	if (age_identity_generate(&made, &err) != 0)
		bail_out(err.text);
	snprintf(second, sizeof(second), "%.*s", SLICE_ARG(buf_slice(&made)));

	clean();
	is_int((intmax_t)load(&report), 0, "an empty environment has no key");
	(void)!buf_printf(&want, &err, "Did not find keys in locations 'SOPS_AGE_SSH_PRIVATE_KEY_FILE', 'SOPS_AGE_SSH_PRIVATE_KEY_CMD', "
	    "'%s/.ssh/id_ed25519', '%s/.ssh/id_rsa', 'SOPS_AGE_KEY', 'SOPS_AGE_KEY_FILE', 'SOPS_AGE_KEY_CMD', and "
	    "'%s/.config/sops/age/keys.txt'.", folder, folder, folder);
	is_slice(buf_slice(&report), buf_slice(&want), "and every place is named, as sops does");

	setenv("SOPS_AGE_KEY", KEY1, 1);
	is_int((intmax_t)load(&report), 1, "a key in the environment");
	(void)!buf_printf(&text, &err, " # a comment with blanks\n#AGE-SECRET no key\n  %s\t%s \n\n", KEY1, second);
	(void)!buf_terminate(&text, &err);
	setenv("SOPS_AGE_KEY", "# public key: age1x\n" KEY1 "\r\n", 1);
	is_int((intmax_t)load(&report), 1, "comments and CRLF are fine");
	setenv("SOPS_AGE_KEY", (const char *)text.data + 1 + strlen("# a comment with blanks\n"), 1);
	is_int((intmax_t)load(&report), 2, "several keys on one line are several keys");

	setenv("SOPS_AGE_KEY", "garbage", 1);
	is_int((intmax_t)load(&report), 0, "garbage is no key");
	reports(&report, "Errors while loading age identities: 'SOPS_AGE_KEY': ", "and is reported");
	ok(strstr((const char *)report.data, "garbage") == NULL, "but never shown");

	setenv("SOPS_AGE_KEY_FILE", "/nonexistent/keys.txt", 1);
	is_int((intmax_t)load(&report), 0, "a missing file stops nothing");
	reports(&report, "cannot read '/nonexistent/keys.txt'", "and is reported");
	write_text("keys.txt", "# created\n" KEY1 "\n");
	setenv("SOPS_AGE_KEY_FILE", "keys.txt", 1);
	is_int((intmax_t)load(&report), 1, "a file holds keys");
	write_text("keys.txt", "  " KEY1 "\n");
	is_int((intmax_t)load(&report), 0, "blanks around a key are an error in a file");
	reports(&report, "'SOPS_AGE_KEY_FILE': keys.txt:1:1: not an age identity", "the line is named");
	write_text("keys.txt", "# no key\n");
	is_int((intmax_t)load(&report), 0, "a file without a key has none");
	reports(&report, "'SOPS_AGE_KEY_FILE': it holds no key", "and is reported");
	write_text("keys.txt", "-----BEGIN AGE ENCRYPTED FILE-----\nx\n");
	is_int((intmax_t)load(&report), 0, "an encrypted file that is damaged is of no use");
	reports(&report, "'SOPS_AGE_KEY_FILE': an encrypted identity file that no passphrase opens", "and is reported");
	setenv("SOPS_AGE_KEY_FILE", locked, 1);
	is_int((intmax_t)load(&report), 1, "one under a passphrase is a key that waits; nobody is asked yet");
	ok(strstr((const char *)report.data, "keys.txt") == NULL, "the standard file is not missed when another was given");

	clean();
	write_text("print.sh", "echo \"$1\"; echo noise >&2; [ \"$SOPS_AGE_RECIPIENT\" = age1recipient ]\n");
	setenv("SOPS_AGE_KEY_CMD", "sh print.sh '" KEY1 "'", 1);
	is_int((intmax_t)load(&report), 1, "a command prints keys, and is told the recipient");
	setenv("SOPS_AGE_KEY_CMD", "sh -c 'exit 3'", 1);
	is_int((intmax_t)load(&report), 0, "one that fails has none");
	reports(&report, "'SOPS_AGE_KEY_CMD': the command failed with status 3", "and is reported");
	setenv("SOPS_AGE_KEY_CMD", "'unclosed", 1);
	is_int((intmax_t)load(&report), 0, "one that cannot be read has none");

	commands_know_recipients();

	clean();
	if (mkdir(".config", 0700) != 0 || mkdir(".config/sops", 0700) != 0 || mkdir(".config/sops/age", 0700) != 0 || mkdir(".ssh", 0700) != 0)
		bail_out("no folder");
	write_text(".config/sops/age/keys.txt", KEY1 "\n");
	write_text(".ssh/id_rsa", "-----BEGIN OPENSSH PRIVATE KEY-----\n");
	is_int((intmax_t)load(&report), 1, "the standard file is below the home folder");
	snprintf(path, sizeof(path), "'%s/.ssh/id_rsa': malformed SSH key", folder);
	reports(&report, path, "a broken SSH key is reported");
	setenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE", ssh, 1);
	is_int((intmax_t)load(&report), 2, "an SSH key is one more");
	snprintf(path, sizeof(path), "cat %s", ssh);
	setenv("SOPS_AGE_SSH_PRIVATE_KEY_CMD", path, 1);
	is_int((intmax_t)load(&report), 3, "from a command, too");
	unsetenv("SOPS_AGE_SSH_PRIVATE_KEY_FILE");
	unsetenv("SOPS_AGE_SSH_PRIVATE_KEY_CMD");
	setenv("XDG_CONFIG_HOME", "/nonexistent", 1);
	is_int((intmax_t)load(&report), 0, "or where XDG_CONFIG_HOME says, and only there");
	setenv("XDG_CONFIG_HOME", ".config", 1);
	setenv("SOPS_AGE_KEY", second, 1);
	is_int((intmax_t)load(&report), 2, "all sources are pooled");

	(void)!system("rm -rf .config .ssh keys.txt print.sh");
	if (chdir("/") == 0)
		(void)rmdir(folder);
	return done_testing();
}
