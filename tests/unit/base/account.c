#include "base/account.h"

#include <sys/wait.h>
#include <unistd.h>

#include "tests/tap.h"

int
main(void)
{
	struct account	account;
	struct error	err = ERROR_INIT;

	is_int(account_find("no-such-user-here", &account, &err), ERR_NOT_FOUND, "a user who is not there");
	is_str(err.text, "user: unknown user no-such-user-here", "is named");
	err_reset(&err);
	if (account_find("nobody", &account, &err) != 0) {
		skip("there is no user nobody", 2);
		return done_testing();
	}
	is_str(account.name, "nobody", "one who is");
	if (geteuid() != 0)
		skip("only root can be somebody else", 1);
	else {
		int	raw = -1;
		pid_t	pid = fork();

		if (pid == 0)
			_exit(account_become(&account, &err) == 0 && getuid() == account.user && getgid() == account.group && setuid(0) != 0 ? 0 : 1);
		ok(waitpid(pid, &raw, 0) == pid && raw == 0, "can be become, and there is no way back");
	}
	return done_testing();
}
